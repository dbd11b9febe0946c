"""S3's checksums: computed while bytes pass, and combined for objects completed from parts."""

from __future__ import annotations

import base64
import hashlib
import zlib
from collections.abc import Iterable, Iterator, Mapping

from awscrt import checksums as crt

from cdnadmin.sandbox.http import Fault

NAMES = {"crc32", "crc32c", "crc64nvme", "sha1", "sha256"}
_WIDTH = {"crc32": 4, "crc32c": 4, "crc64nvme": 8}


class Digests:
    """MD5 (for the ETag) and the checksums asked for, of the bytes that pass through."""

    def __init__(self, wanted: Iterable[str]) -> None:
        self._md5 = hashlib.md5(usedforsecurity=False)
        self._crcs = {name: 0 for name in wanted if name in _WIDTH}
        self._hashes = {name: hashlib.new(name, usedforsecurity=False) for name in wanted if name in {"sha1", "sha256"}}
        self.size = 0

    def passing(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        for chunk in chunks:
            self.size += len(chunk)
            self._md5.update(chunk)
            for name in self._crcs:
                self._crcs[name] = crc(name, chunk, self._crcs[name])
            for digest in self._hashes.values():
                digest.update(chunk)
            yield chunk

    @property
    def md5(self) -> bytes:
        return self._md5.digest()

    def checksums(self) -> dict[str, str]:
        found = {name: encoded(name, value) for name, value in self._crcs.items()}
        return found | {name: base64.b64encode(digest.digest()).decode() for name, digest in self._hashes.items()}


def crc(name: str, data: bytes, previous: int = 0) -> int:
    match name:
        case "crc32":
            return zlib.crc32(data, previous)
        case "crc32c":
            return int(crt.crc32c(data, previous))
    return int(crt.crc64nvme(data, previous))


def encoded(name: str, value: int) -> str:
    return base64.b64encode(value.to_bytes(_WIDTH[name], "big")).decode()


def combined(name: str, parts: Iterable[tuple[str, int]]) -> str:
    """The whole object's CRC from its parts' (Base64, size)."""
    combine = {"crc32": crt.combine_crc32, "crc32c": crt.combine_crc32c, "crc64nvme": crt.combine_crc64nvme}[name]
    total = 0
    for text, size in parts:
        total = combine(total, int.from_bytes(base64.b64decode(text), "big"), size)
    return encoded(name, total)


def composite(name: str, parts: list[str]) -> str:
    """The checksum of the parts' checksums, as S3 writes it: "…-3"."""
    raw = b"".join(base64.b64decode(text) for text in parts)
    if name in _WIDTH:
        return f"{encoded(name, crc(name, raw))}-{len(parts)}"
    return f"{base64.b64encode(hashlib.new(name, raw, usedforsecurity=False).digest()).decode()}-{len(parts)}"


def declared(headers: Mapping[str, str]) -> dict[str, str]:
    """The checksums that a request's headers (or trailers) name."""
    prefix = "x-amz-checksum-"
    return {
        name.removeprefix(prefix): value
        for name, value in headers.items()
        if name.startswith(prefix) and name[len(prefix) :] in NAMES
    }


def is_well_formed(name: str, value: str) -> bool:
    """Whether a digest is Base64 of its algorithm's length."""
    widths = {**_WIDTH, "md5": 16, "sha1": 20, "sha256": 32}
    try:
        return len(base64.b64decode(value, validate=True)) == widths[name]
    except ValueError:
        return False


def check_document(headers: Mapping[str, str], body: bytes) -> None:
    """Hold a small request document to its digest, which it must have. Raises Fault."""
    named = declared(headers)
    if "content-md5" not in headers and not named:
        raise Fault(400, "InvalidRequest", "Missing required header for this request: Content-MD5")
    digests = Digests(named)
    for _ in digests.passing([body]):
        pass
    if "content-md5" in headers and base64.b64encode(digests.md5).decode() != headers["content-md5"]:
        raise Fault(400, "BadDigest", "The Content-MD5 you specified did not match what we received.")
    check(named, digests.checksums())


def check(wanted: Mapping[str, str], found: Mapping[str, str]) -> None:
    for name, value in wanted.items():
        if found.get(name) != value:
            raise Fault(400, "BadDigest", f"The {name.upper()} you specified did not match the calculated checksum.")
