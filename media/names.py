"""How a file's name becomes a key at S3: pure, and the same every time."""

from __future__ import annotations

import re
import unicodedata

from django.utils.text import slugify

from cdnadmin.text import without_controls

# S3 Developer Guide, "Naming Amazon S3 objects": a key is at most 1,024 bytes of UTF-8.
MAX_KEY_BYTES = 1024
MAX_NAME_BYTES = 200
_UNSAFE = re.compile(r"[^\w.\-]+")


def clean_file_name(given: str) -> str:
    """The last part of what the browser sent, for showing: no path, no control characters,
    none that turn its ending round (cod.exe read as exe.doc), at most 1,024 characters."""
    last = re.split(r"[/\\]", given)[-1]
    shown = without_controls(last).strip()
    return shown[:1024] if shown.strip(". ") else "file"


def safe_key_name(file_name: str) -> str:
    """A name for a key: letters and digits of any script, `.`, `_`, `-`; its ending kept; at most 200 bytes.

    A `*`, `?` or `#` in a key would widen a signature's resource or end its URL; `..` and `/` would leave
    the asset's directory at a careless client.
    """
    name = unicodedata.normalize("NFC", clean_file_name(file_name))
    name = re.sub(r"\.{2,}", ".", _UNSAFE.sub("-", name)).strip(".-")
    stem, dot, ending = name.rpartition(".")
    if not dot or len(ending.encode()) > 16:
        stem, dot, ending = name, "", ""
    stem = _cut(stem.strip(".-") or "file", MAX_NAME_BYTES - len((dot + ending).encode()))
    return f"{stem}{dot}{ending}"


def slug_for(title: str) -> str:
    """The readable half of an asset's directory; never empty."""
    return slugify(title)[:60].strip("-") or "file"


def object_key(*, origin_path: str, slug: str, public_id: str, version: int, file_name: str) -> str:
    """The whole S3 key of a version's original. `origin_path` begins with a slash, or is empty."""
    directory = f"{slug}-{public_id}/{version}/original/"
    key = f"{origin_path}/{directory}".lstrip("/") + safe_key_name(file_name)
    if len(key.encode()) > MAX_KEY_BYTES:
        raise ValueError(f"key of {len(key.encode())} bytes")
    return key


def title_for(file_name: str) -> str:
    """What an asset is called until somebody names it: the file's name without its ending."""
    name = clean_file_name(file_name)
    stem = name.rsplit(".", 1)[0] if "." in name[1:] else name
    return (stem.strip() or name)[:255]


def _cut(text: str, size: int) -> str:
    return text.encode()[:size].decode(errors="ignore")
