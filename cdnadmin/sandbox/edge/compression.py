"""Compressing on the way to the viewer. Source: Developer Guide, "Serve compressed files"."""

from __future__ import annotations

import gzip
import re
from collections.abc import Mapping

LEAST, MOST = 1_000, 10_000_000
# "File types that CloudFront compresses"
_TYPES = frozenset(
    [
        "application/dash+xml",
        "application/eot",
        "application/font",
        "application/font-sfnt",
        "application/javascript",
        "application/json",
        "application/opentype",
        "application/otf",
        "application/pkcs7-mime",
        "application/protobuf",
        "application/rss+xml",
        "application/truetype",
        "application/ttf",
        "application/vnd.apple.mpegurl",
        "application/vnd.ms-fontobject",
        "application/xhtml+xml",
        "application/xml",
        "application/x-font-opentype",
        "application/x-font-truetype",
        "application/x-font-ttf",
        "application/x-httpd-cgi",
        "application/x-javascript",
        "application/x-mpegurl",
        "application/x-opentype",
        "application/x-otf",
        "application/x-perl",
        "application/x-ttf",
        "font/eot",
        "font/opentype",
        "font/otf",
        "font/ttf",
        "image/svg+xml",
        "text/css",
        "text/csv",
        "text/html",
        "text/javascript",
        "text/js",
        "text/plain",
        "text/richtext",
        "text/tab-separated-values",
        "text/xml",
        "text/x-component",
        "text/x-java-source",
        "text/x-script",
        "vnd.apple.mpegurl",
    ]
)


def takes_gzip(headers: Mapping[str, str]) -> bool:
    """Whether a viewer's Accept-Encoding names gzip, and not with a weight of 0."""
    for part in headers.get("accept-encoding", "").lower().split(","):
        name, _, weight = part.partition(";")
        if name.strip() == "gzip":
            return re.fullmatch(r"q=0(\.0*)?", weight.strip()) is None
    return False


def is_compressible(status: int, headers: Mapping[str, str]) -> bool:
    """By type and size; never what is encoded already, nor what does not say its length."""
    length = headers.get("content-length", "")
    return (
        status == 200
        and "content-encoding" not in headers
        and headers.get("content-type", "").partition(";")[0].strip().lower() in _TYPES
        and length.isdigit()
        and LEAST <= int(length) <= MOST
    )


def compressed(headers: Mapping[str, str], body: bytes) -> tuple[dict[str, str], bytes]:
    """The answer in gzip: a strong ETag becomes a weak one, an invalid one goes."""
    packed = gzip.compress(body, compresslevel=6, mtime=0)
    changed = {**headers, "content-encoding": "gzip", "content-length": str(len(packed)), "vary": _vary(headers.get("vary", ""))}
    changed.pop("accept-ranges", None)
    etag = changed.pop("etag", "")
    if etag.startswith(('"', "W/")):
        changed["etag"] = etag if etag.startswith("W/") else f"W/{etag}"
    return changed, packed


def _vary(value: str) -> str:
    named = [part.strip() for part in value.split(",") if part.strip()]
    return ", ".join(named if "accept-encoding" in {part.lower() for part in named} else [*named, "Accept-Encoding"])
