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

export class UploadRow {
  rate = new Rate();

  constructor({ template, list, name, size, onStop, onRetry }) {
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
    this.element.dataset.state = state;
    this.#part("detail").textContent = words;
    this.#part("error").textContent = error;
    this.#part("error").hidden = !error;
    this.#part("retry").hidden = state !== "failed";
    this.#part("stop").hidden = state === "done";
    this.#part("progress").hidden = state === "done" || state === "failed";
    this.#part("done").hidden = state !== "done";
    this.#part("open").hidden = !link;
    if (link) this.#part("open").href = link;
  }

  progress(sent) {
    this.sent = sent;
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
