// What becomes of received files: one request for all of them, until each is published or failed.

const FIRST_MS = 1000;
const MOST_MS = 10_000;
const AT_ONCE = 100;

export class Publishing {
  #waiting = new Map();
  #timer = 0;
  #delay = FIRST_MS;
  #asking = false;

  /** `onEnd(key, { state, message, asset })`: state is ready, failed, gone, or unknown where nobody may ask any more. */
  constructor({ url, onEnd }) {
    this.url = url;
    this.onEnd = onEnd;
    document.addEventListener("visibilitychange", () => {
      clearTimeout(this.#timer);
      this.#timer = 0;
      this.#delay = FIRST_MS;
      if (!document.hidden) this.#ask();
    });
  }

  follow(id, key) {
    this.#waiting.set(id, key);
    this.#delay = FIRST_MS;
    this.#plan();
  }

  #plan() {
    if (this.#timer || this.#asking || document.hidden || !this.#waiting.size) return;
    this.#timer = setTimeout(() => this.#ask(), this.#delay);
    this.#delay = Math.min(MOST_MS, this.#delay * 1.5);
  }

  async #ask() {
    this.#timer = 0;
    if (this.#asking || !this.#waiting.size) return;
    this.#asking = true;
    try {
      await this.#look([...this.#waiting.keys()].slice(0, AT_ONCE));
    } catch {
      // Away for a moment: asked again, later and later.
    } finally {
      this.#asking = false;
      this.#plan();
    }
  }

  async #look(ids) {
    const response = await fetch(`${this.url}?${new URLSearchParams(ids.map((id) => ["id", id]))}`);
    if (response.status >= 500) return;
    const refused = response.redirected || !response.ok;
    const { uploads } = refused ? { uploads: {} } : await response.json();
    for (const id of ids) {
      const key = this.#waiting.get(id);
      const found = uploads[id] ?? { state: refused ? "unknown" : "gone" };
      this.#waiting.delete(id);
      // Behind the others, so that more than one request holds get their turn.
      if (found.state === "publishing" || found.state === "receiving") this.#waiting.set(id, key);
      else this.onEnd(key, found);
    }
  }
}
