// The upload page: files chosen or dropped go to the relay in parts, several files at once.

import AwsS3 from "@uppy/aws-s3";
import Uppy from "@uppy/core";

import { AWAY, watchConnection } from "./lib/upload-connection.js";
import { Publishing } from "./lib/upload-publishing.js";
import { duration, filesize, shownName, UploadRow } from "./lib/upload-rows.js";
import { messageOf, partSize, UploadSessions } from "./lib/upload-session.js";

const FILES_AT_ONCE = 3;

function start(root) {
  const rows = new Map();
  const limits = { least: Number(root.dataset.leastPart), parts: Number(root.dataset.mostParts) };
  const panel = root.querySelector("[data-upload-panel]");
  const list = root.querySelector("[data-upload-list]");
  const template = document.getElementById("upload-row");
  const summary = root.querySelector("[data-upload-summary]");
  const spoken = root.querySelector("[data-upload-announce]");
  const announce = (text) => (spoken.textContent = text);
  const uppy = new Uppy({ autoProceed: true, allowMultipleUploadBatches: true });
  const sessions = new UploadSessions({
    beginUrl: root.dataset.begin,
    csrf: root.querySelector("[name=csrfmiddlewaretoken]").value,
    fileOf: (id) => uppy.getFile(id),
  });
  let counter = 0;

  uppy.use(AwsS3, {
    shouldUseMultipart: true,
    limit: FILES_AT_ONCE,
    getChunkSize: ({ size }) => partSize(size, limits),
    generateObjectKey: (file) => file.id,
    signRequest: sessions.signRequest,
  });

  const underWay = () => [...rows.values()].filter((row) => row.state === "waiting" || row.state === "uploading");

  function summarise() {
    const active = underWay();
    panel.hidden = rows.size === 0;
    const speed = active.reduce((sum, row) => sum + row.rate.perSecond, 0);
    const left = active.reduce((sum, row) => sum + row.size - row.sent, 0);
    const count = (state) => [...rows.values()].filter((row) => row.state === state).length;
    const away = active.length && !navigator.onLine;
    const ended = count("failed")
      ? `${count("failed")} not uploaded`
      : count("unpublished")
        ? `${count("unpublished")} not published`
        : "All uploaded";
    const title = away ? "Waiting for the connection" : active.length ? `${active.length} uploading` : ended;
    const pace = active.length && speed ? `${filesize(speed)}/s · ${duration(left / speed)} left` : "";
    summary.querySelector("[data-part=title]").textContent = title;
    summary.querySelector("[data-part=rate]").textContent = away ? "goes on by itself once it is back" : pace;
  }

  function fail(file, error) {
    const known = rows.get(file.id);
    if (!known) return;
    if (error.serviceCode === "NoSuchUpload") {
      sessions.forget(file.id);
      uppy.setFileState(file.id, { s3Multipart: undefined });
    }
    // Not by the name of its class, which the build makes shorter.
    const lost = error.code === "NETWORK";
    const reason = messageOf(error.body) || (lost ? "The connection broke off. What arrived is kept; try again to go on." : error.message);
    if (lost && !navigator.onLine) {
      known.hold(AWAY);
    } else {
      known.show("failed", "Not uploaded", { error: reason });
      announce(`${known.name}: ${reason}`);
    }
    known.lost = lost;
    summarise();
  }

  function retry(id) {
    rows.get(id).lost = false;
    uppy.retryUpload(id).catch(() => {});
  }

  watchConnection({
    rows: () => [...rows.values()].filter((row) => row.lost || row.state === "waiting" || row.state === "uploading"),
    resume: (row) => retry(row.id),
    announce,
    summarise,
  });

  const publishing = new Publishing({
    url: root.dataset.states,
    onEnd: (id, { state, message, asset }) => {
      const row = rows.get(id);
      if (!row) return;
      const size = filesize(row.size);
      if (state === "ready") row.show("ready", `${size} · Ready`, { link: asset });
      else if (state === "failed") row.show("unpublished", "Not published", { link: asset, error: message || "It could not be published." });
      else if (state === "gone") row.show("gone", "No longer in the library");
      else row.show("done", `${size} · received; log in again to see what became of it`);
      announce(`${row.name}: ${state === "failed" ? message : row.words}`);
      summarise();
    },
  });

  function add(files) {
    const distribution = root.querySelector("select[name=distribution], [name=distribution]:checked")?.value;
    if (!distribution) return;
    for (const file of files) {
      counter += 1;
      const name = shownName(file.name);
      // Uppy's id is made from name, size and path: the counter keeps two files of one name apart.
      const id = uppy.addFile({
        name: file.name,
        type: file.type,
        data: file,
        meta: { relativePath: String(counter), givenName: file.name, distribution },
      });
      rows.set(
        id,
        new UploadRow({
          template,
          list,
          id,
          name,
          size: file.size,
          onStop: () => {
            rows.get(id)?.remove();
            rows.delete(id);
            uppy.removeFile(id);
            sessions.stop(id).catch(() => {});
            summarise();
          },
          onRetry: () => {
            rows.get(id).show("waiting", "Waiting");
            retry(id);
          },
        }),
      );
    }
    summarise();
  }

  uppy.on("upload-progress", (file, progress) => {
    const row = rows.get(file?.id);
    if (!row || !(row.state === "waiting" || row.state === "uploading")) return;
    row.progress(progress.bytesUploaded);
    // Uppy tells of progress with a delay.
    if (!navigator.onLine) row.hold(AWAY);
    summarise();
  });
  uppy.on("upload-success", (file) => {
    const session = sessions.of(file.id);
    const row = rows.get(file.id);
    if (!row || !session) return;
    row.show("done", `${filesize(file.size ?? 0)} · received, being published`, { link: session.asset });
    announce(`${row.name} is uploaded.`);
    publishing.follow(session.id, file.id);
    summarise();
  });
  uppy.on("upload-error", fail);

  const input = root.querySelector("[type=file]");
  const zone = root.querySelector("[data-drop]");
  input.addEventListener("change", () => {
    add([...input.files]);
    input.value = "";
  });
  for (const name of ["dragenter", "dragover"]) {
    zone.addEventListener(name, (event) => {
      event.preventDefault();
      zone.dataset.over = "";
    });
  }
  for (const name of ["dragleave", "drop"]) {
    zone.addEventListener(name, (event) => {
      event.preventDefault();
      delete zone.dataset.over;
    });
  }
  zone.addEventListener("drop", (event) => add([...event.dataTransfer.files]));
  window.addEventListener("beforeunload", (event) => {
    if (underWay().length) event.preventDefault();
  });
}

for (const root of document.querySelectorAll("[data-upload]")) start(root);
