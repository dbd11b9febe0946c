// The list of files in the page: one row each, cloned from <template id="upload-row">.

const UNITS = ["B", "kB", "MB", "GB", "TB"];

/** Bytes as people read them, in the SI units that the rest of the pages use: "1.4 GB". */
export function filesize(bytes) {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 || value >= 99.95 ? Math.round(value) : value.toFixed(1)} ${UNITS[unit]}`;
}

/** Seconds as "40 s", "3 min", "2 h 10 min". */
export function duration(seconds) {
  if (seconds < 60) return `${Math.max(1, Math.round(seconds))} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** Bytes a second over the last few seconds: a mean over all would hide that a line slowed down. */
export class Rate {
  #samples = [];

  add(bytes, now = performance.now()) {
    this.#samples.push({ bytes, now });
    while (this.#samples.length > 2 && now - this.#samples[0].now > 5000) this.#samples.shift();
  }

  get perSecond() {
    const first = this.#samples[0];
    const last = this.#samples.at(-1);
    if (!first || last.now - first.now < 250) return 0;
    return Math.max(0, ((last.bytes - first.bytes) / (last.now - first.now)) * 1000);
  }
}

/** A file's name as the library will show it: the server cleans it by the same rule. */
export function shownName(given) {
  const name = given.split(/[/\\]/).at(-1).replace(/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/gu, " ").trim();
  return /[^. ]/.test(name) ? name : "file";
}

export class UploadRow {
  rate = new Rate();
  /** Whether the uploader gave it up because the line broke off. */
  lost = false;
  note = "";
  #movedAt = performance.now();

  constructor({ template, list, id, name, size, onStop, onRetry }) {
    this.id = id;
    this.name = name;
    this.element = template.content.firstElementChild.cloneNode(true);
    this.size = size;
    this.sent = 0;
    this.state = "waiting";
    this.#part("name").textContent = name;
    this.#part("name").title = name;
    this.#part("progress").setAttribute("aria-label", name);
    this.#part("stop").setAttribute("aria-label", `Stop ${name}`);
    this.#part("stop").addEventListener("click", onStop);
    this.#part("retry").addEventListener("click", onRetry);
    this.show("waiting", "Waiting");
    list.append(this.element);
  }

  #part(name) {
    return this.element.querySelector(`[data-part="${name}"]`);
  }

  show(state, words, { link = "", error = "" } = {}) {
    this.state = state;
    this.lost = false;
    this.#tell("");
    this.words = words;
    this.element.dataset.state = state;
    this.#part("detail").textContent = words;
    this.#part("error").textContent = error;
    this.#part("error").hidden = !error;
    this.#part("retry").hidden = state !== "failed";
    const underWay = state === "waiting" || state === "uploading";
    this.#part("stop").hidden = !underWay && state !== "failed";
    this.#part("progress").hidden = !underWay;
    this.#part("done").hidden = state !== "ready";
    this.#part("open").hidden = !link;
    if (link) this.#part("open").href = link;
  }

  #tell(note) {
    this.note = note;
    this.#part("note").textContent = note;
    this.#part("note").hidden = !note;
  }

  /** It stands still for a reason that passes: a sentence, and no rate that would be a lie. */
  hold(note) {
    const { lost } = this;
    this.rate = new Rate();
    const begun = this.state === "uploading" || this.sent > 0;
    this.show(begun ? "uploading" : "waiting", begun ? `${filesize(this.sent)} of ${filesize(this.size)}` : "Waiting");
    this.lost = lost;
    this.#movedAt = performance.now();
    this.#tell(note);
  }

  get silentFor() {
    return performance.now() - this.#movedAt;
  }

  progress(sent) {
    this.sent = sent;
    this.#movedAt = performance.now();
    this.rate.add(sent);
    const bar = this.#part("progress");
    bar.max = Math.max(1, this.size);
    bar.value = sent;
    const speed = this.rate.perSecond;
    const left = speed ? ` · ${duration((this.size - sent) / speed)} left` : "";
    this.show("uploading", `${filesize(sent)} of ${filesize(this.size)}${speed ? ` · ${filesize(speed)}/s${left}` : ""}`);
  }

  remove() {
    this.element.remove();
  }
}
