"""What a file is, from its first bytes; its name only decides where bytes can't.

The browser's word is never taken: a page sent as "video/mp4" would run as a page at a viewer that sniffs,
and a type that a viewer may choose would make every upload a place for scripts.
"""

from __future__ import annotations

from dataclasses import dataclass

from media.models import Asset

HEAD_BYTES = 4096
_OCTETS = "application/octet-stream"

# Signature, offset, type. Order matters where one begins another.
_SIGNATURES: tuple[tuple[bytes, int, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", 0, "image/png"),
    (b"\xff\xd8\xff", 0, "image/jpeg"),
    (b"GIF87a", 0, "image/gif"),
    (b"GIF89a", 0, "image/gif"),
    (b"WEBP", 8, "image/webp"),
    (b"WAVE", 8, "audio/wav"),
    (b"AVI ", 8, "video/x-msvideo"),
    (b"BM", 0, "image/bmp"),
    (b"II*\x00", 0, "image/tiff"),
    (b"MM\x00*", 0, "image/tiff"),
    (b"8BPS", 0, "image/vnd.adobe.photoshop"),
    (b"OggS", 0, "audio/ogg"),
    (b"fLaC", 0, "audio/flac"),
    (b"ID3", 0, "audio/mpeg"),
    (b"%PDF-", 0, "application/pdf"),
    (b"PK\x03\x04", 0, "application/zip"),
    (b"\x1f\x8b", 0, "application/gzip"),
    (b"7z\xbc\xaf\x27\x1c", 0, "application/x-7z-compressed"),
    (b"\x00\x00\x01\xba", 0, "video/mpeg"),
)
_RIFF = {"image/webp", "audio/wav", "video/x-msvideo"}
_BRANDS = {
    b"qt  ": "video/quicktime",
    b"M4A ": "audio/mp4",
    b"M4B ": "audio/mp4",
    b"avif": "image/avif",
    b"avis": "image/avif",
    b"heic": "image/heic",
    b"heix": "image/heic",
    b"mif1": "image/heif",
}
# Types that bytes can't tell, or only as a container: the name's ending decides, among harmless types.
_ENDINGS = {
    "txt": "text/plain; charset=utf-8",
    "md": "text/plain; charset=utf-8",
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "vtt": "text/vtt; charset=utf-8",
    "srt": "application/x-subrip",
    "m3u8": "application/vnd.apple.mpegurl",
    "mpd": "application/dash+xml",
    "css": "text/css; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "htm": "text/html; charset=utf-8",
    "xhtml": "application/xhtml+xml",
    "svg": "image/svg+xml",
    "xml": "application/xml",
    "js": "text/javascript; charset=utf-8",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}
_IN_ZIP = {"docx", "xlsx", "pptx"}
# What a browser would run as a page of the CDN's host.
_ACTIVE = ("text/html", "image/svg+xml", "application/xhtml+xml", "application/xml", "text/javascript")


@dataclass(frozen=True)
class FileType:
    """`content_type` as S3 keeps it; `kind` for the library; `attachment`: never to be opened as a page."""

    content_type: str
    kind: str
    attachment: bool


def recognise(head: bytes, file_name: str) -> FileType:
    """Tell a file's type from its first bytes (up to HEAD_BYTES) and, where they can't, its name."""
    ending = file_name.rsplit(".", 1)[-1].lower() if "." in file_name else ""
    content_type = _from_bytes(head) or ""
    if content_type == "application/zip" and ending in _IN_ZIP:
        content_type = _ENDINGS[ending]
    if not content_type:
        content_type = _markup(head) or (_ENDINGS.get(ending, _OCTETS) if _is_text(head) else _OCTETS)
    return FileType(content_type, _kind(content_type), content_type.startswith(_ACTIVE))


def _from_bytes(head: bytes) -> str | None:
    if head[4:8] == b"ftyp":
        return _BRANDS.get(head[8:12], "video/mp4")
    if head[4:8] in {b"moov", b"mdat", b"wide"}:
        return "video/quicktime"
    if head.startswith(b"\x1aE\xdf\xa3"):
        return "video/webm" if b"webm" in head[:64] else "video/x-matroska"
    for signature, offset, content_type in _SIGNATURES:
        if head[offset : offset + len(signature)] == signature:
            if content_type in _RIFF and not head.startswith(b"RIFF"):
                continue
            return content_type
    if len(head) >= 2 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0 and head[1] & 0x06:
        return "audio/mpeg"
    if len(head) > 188 and head[0] == 0x47 and head[188] == 0x47:
        return "video/mp2t"
    return None


def _markup(head: bytes) -> str | None:
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n\x00").lower()
    if start.startswith((b"<!doctype html", b"<html", b"<head", b"<body", b"<script")):
        return "text/html; charset=utf-8"
    if start.startswith((b"<?xml", b"<svg", b"<!doctype svg", b"<!--")):
        if b"<svg" in start:
            return "image/svg+xml"
        if b"<html" in start:
            return "application/xhtml+xml"
        return "application/xml"
    return None


def _is_text(head: bytes) -> bool:
    return b"\x00" not in head


def _kind(content_type: str) -> str:
    if content_type.startswith("video/"):
        return Asset.Type.VIDEO
    if content_type.startswith("audio/"):
        return Asset.Type.AUDIO
    if content_type.startswith("image/") and content_type not in {"image/vnd.adobe.photoshop"}:
        return Asset.Type.IMAGE
    return Asset.Type.OTHER
