// The upload page: files chosen or dropped go to the relay in parts, several files at once.

import AwsS3 from "@uppy/aws-s3";
import Uppy from "@uppy/core";

import { duration, filesize, UploadRow } from "./lib/upload-rows.js";
import { messageOf, partSize, UploadSessions } from "./lib/upload-session.js";

const FILES_AT_ONCE = 3;

function start(root) {
  const rows = new Map();
  const limits = { least: Number(root.dataset.leastPart), parts: Number(root.dataset.mostParts) };
  const panel = root.querySelector("[data-upload-panel]");
  const list = root.querySelector("[data-upload-list]");
  const template = document.getElementById("upload-row");
  const summary = root.querySelector("[data-upload-summary]");
  const announce = root.querySelector("[data-upload-announce]");
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
    const failed = [...rows.values()].filter((row) => row.state === "failed").length;
    const title = active.length ? `${active.length} uploading` : failed ? `${failed} not uploaded` : "All uploaded";
    summary.querySelector("[data-part=title]").textContent = title;
    summary.querySelector("[data-part=rate]").textContent =
      active.length && speed ? `${filesize(speed)}/s · ${duration(left / speed)} left` : "";
  }

  function fail(file, error) {
    const known = rows.get(file.id);
    if (!known) return;
    if (error.serviceCode === "NoSuchUpload") {
      sessions.forget(file.id);
      uppy.setFileState(file.id, { s3Multipart: undefined });
    }
    // Not by the name of its class, which the build makes shorter.
    const offline = error.code === "NETWORK";
    const reason = messageOf(error.body) || (offline ? "The connection broke off. What arrived is kept; try again to go on." : error.message);
    known.show("failed", "Not uploaded", { error: reason });
    announce.textContent = `${file.meta.givenName}: ${reason}`;
    summarise();
  }

  function add(files) {
    const distribution = root.querySelector("select[name=distribution], [name=distribution]:checked")?.value;
    if (!distribution) return;
    for (const file of files) {
      counter += 1;
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
          name: file.name,
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
            uppy.retryUpload(id).catch(() => {});
          },
        }),
      );
    }
    summarise();
  }

  uppy.on("upload-progress", (file, progress) => {
    if (rows.get(file?.id)?.state === "done") return;
    rows.get(file?.id)?.progress(progress.bytesUploaded);
    summarise();
  });
  uppy.on("upload-success", (file) => {
    const link = sessions.of(file.id)?.asset ?? "";
    rows.get(file.id)?.show("done", `${filesize(file.size ?? 0)} · received, being published`, { link });
    announce.textContent = `${file.meta.givenName} is uploaded.`;
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
