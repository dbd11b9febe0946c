"""The type comes from bytes; a name or the browser's word can't make a page of a film, or a film of a page."""

from __future__ import annotations

import pytest

from media.content_types import recognise

PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)
MP4 = b"\x00\x00\x00\x20ftypisom" + bytes(20)


@pytest.mark.parametrize(
    ("head", "name", "content_type", "kind"),
    [
        (PNG, "a.png", "image/png", "image"),
        (PNG, "a.html", "image/png", "image"),
        (MP4, "a.mp4", "video/mp4", "video"),
        (b"\x00\x00\x00\x14ftypqt  ", "a.mov", "video/quicktime", "video"),
        (b"\x00\x00\x00\x14ftypM4A ", "a.m4a", "audio/mp4", "audio"),
        (b"\x00\x00\x00\x1cftypavif", "a.avif", "image/avif", "image"),
        (b"\x1aE\xdf\xa3\x9fB\x86\x81\x01webm", "a.webm", "video/webm", "video"),
        (b"\x1aE\xdf\xa3\x9fB\x86\x81\x01matroska", "a.mkv", "video/x-matroska", "video"),
        (b"RIFF\x00\x00\x00\x00WAVEfmt ", "a.wav", "audio/wav", "audio"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "a.webp", "image/webp", "image"),
        (b"ID3\x04\x00", "a.mp3", "audio/mpeg", "audio"),
        (b"\xff\xfb\x90\x00", "a.mp3", "audio/mpeg", "audio"),
        (b"\xff\xd8\xff\xe0", "a.jpg", "image/jpeg", "image"),
        (b"%PDF-1.7", "a.pdf", "application/pdf", "other"),
        (b"PK\x03\x04", "a.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "other"),
        (b"PK\x03\x04", "a.zip", "application/zip", "other"),
        (b"hello", "a.txt", "text/plain; charset=utf-8", "other"),
        (b"WEBVTT\n", "a.vtt", "text/vtt; charset=utf-8", "other"),
        (b"\x00\x01\x02", "a.txt", "application/octet-stream", "other"),
        (b"hello", "a.mp4", "application/octet-stream", "other"),
        (b"hello", "noending", "application/octet-stream", "other"),
        (b"", "empty.mp4", "application/octet-stream", "other"),
    ],
)
def test_types(head: bytes, name: str, content_type: str, kind: str) -> None:
    found = recognise(head, name)
    assert (found.content_type, found.kind, found.attachment) == (content_type, kind, False)


@pytest.mark.parametrize(
    ("head", "name", "content_type"),
    [
        (b"<!DOCTYPE html><script>", "a.mp4", "text/html; charset=utf-8"),
        (b"\xef\xbb\xbf  <HTML>", "a.txt", "text/html; charset=utf-8"),
        (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg">', "a.png", "image/svg+xml"),
        (b"<svg onload=alert(1)>", "picture.jpg", "image/svg+xml"),
        (b"<!-- c --><svg>", "a.svg", "image/svg+xml"),
        (b"alert(1)", "a.js", "text/javascript; charset=utf-8"),
        (b"<p>hi", "a.html", "text/html; charset=utf-8"),
        (b'<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml">', "a.xml", "application/xhtml+xml"),
    ],
)
def test_what_a_browser_would_run_becomes_an_attachment(head: bytes, name: str, content_type: str) -> None:
    found = recognise(head, name)
    assert (found.content_type, found.attachment) == (content_type, True)
