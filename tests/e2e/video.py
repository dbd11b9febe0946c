"""A small real video, made by Chromium itself: a square that wanders over changing colours."""

from __future__ import annotations

import base64

from playwright.sync_api import Browser

SECONDS = 1
RECORD = """async ([types, seconds]) => {
  const canvas = Object.assign(document.createElement("canvas"), { width: 320, height: 180 });
  const pen = canvas.getContext("2d");
  let frame = 0;
  const drawing = setInterval(() => {
    pen.fillStyle = `hsl(${200 + frame} 60% 45%)`;
    pen.fillRect(0, 0, 320, 180);
    pen.fillStyle = "white";
    pen.fillRect((frame * 5) % 300, 80, 20, 20);
    frame += 1;
  }, 33);
  const mimeType = types.find((type) => MediaRecorder.isTypeSupported(type));
  const recorder = new MediaRecorder(canvas.captureStream(30), { mimeType });
  const chunks = [];
  recorder.ondataavailable = (event) => chunks.push(event.data);
  const ended = new Promise((resolve) => (recorder.onstop = resolve));
  recorder.start();
  setTimeout(() => recorder.stop(), seconds * 1000);
  await ended;
  clearInterval(drawing);
  const reader = new FileReader();
  const read = new Promise((resolve) => (reader.onload = resolve));
  reader.readAsDataURL(new Blob(chunks));
  await read;
  return reader.result.split(",")[1];
}"""
# H.264 where this Chromium has an encoder for it, else VP9; both in MP4.
TYPES = ["video/mp4;codecs=avc1.42E01E", "video/mp4;codecs=vp9"]


def record_video(browser: Browser) -> bytes:
    """An MP4 of SECONDS, without sound."""
    page = browser.new_page()
    try:
        return base64.b64decode(page.evaluate(RECORD, [TYPES, SECONDS]))
    finally:
        page.close()
