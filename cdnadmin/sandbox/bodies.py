"""Request bodies as streams: of a known length, in HTTP chunks, or in AWS's signed chunks. Never held whole."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from typing import BinaryIO

from cdnadmin.sandbox.http import Fault, Request
from cdnadmin.sandbox.sigv4 import Authentication

CHUNK = 1 << 20
_EMPTY = hashlib.sha256(b"").hexdigest()


class IncompleteBody(Fault):
    def __init__(self) -> None:
        super().__init__(
            400, "IncompleteBody", "You did not provide the number of bytes specified by the Content-Length HTTP header"
        )


class LimitedBody:
    """The next `length` bytes of a connection. Raises IncompleteBody when it ends before."""

    def __init__(self, source: BinaryIO, length: int) -> None:
        if length < 0:
            raise ValueError("negative length")
        self._source, self._left = source, length

    def read(self, size: int = -1) -> bytes:
        wanted = self._left if size < 0 else min(size, self._left)
        if not wanted:
            return b""
        data = self._source.read(wanted)
        self._left -= len(data)
        if len(data) < wanted:
            raise IncompleteBody
        return data

    def readline(self, size: int = 65_536) -> bytes:
        line = self._source.readline(min(size, self._left))
        self._left -= len(line)
        return line

    def drained(self, *, limit: int) -> bool:
        """Read away what is left, so that the connection can be used again; False when that is too much."""
        if self._left > limit:
            return False
        try:
            while self.read(CHUNK):
                pass
        except (IncompleteBody, OSError):
            return False
        return True


class ChunkedBody:
    """A body with `Transfer-Encoding: chunked`."""

    def __init__(self, source: BinaryIO) -> None:
        self._source, self._left, self._ended = source, 0, False

    def read(self, size: int = -1) -> bytes:
        pieces: list[bytes] = []
        while size != 0 and not self._ended:
            if not self._left:
                self._next_chunk()
                continue
            data = self._source.read(self._left if size < 0 else min(size, self._left))
            if not data:
                raise IncompleteBody
            self._left -= len(data)
            size = size - len(data) if size > 0 else size
            pieces.append(data)
            if not self._left:
                self._source.readline(2)
        return b"".join(pieces)

    def _next_chunk(self) -> None:
        try:
            self._left = int(self._source.readline(1024).split(b";")[0], 16)
        except ValueError:
            raise IncompleteBody from None
        if not self._left:
            while self._source.readline(65_536).strip():
                pass
            self._ended = True

    def drained(self, *, limit: int) -> bool:
        read = 0
        try:
            while (data := self.read(CHUNK)) and read <= limit:
                read += len(data)
        except (IncompleteBody, OSError):
            return False
        return self._ended


def payload(request: Request, authentication: Authentication, trailers: dict[str, str]) -> Iterator[bytes]:
    """The object's bytes in pieces, with their hash or chunk signatures checked; trailers are filled in at the end."""
    declared = request.headers.get("x-amz-content-sha256", "UNSIGNED-PAYLOAD")
    if declared.startswith("STREAMING-"):
        yield from _aws_chunks(request, authentication, declared, trailers)
        return
    digest = hashlib.sha256() if len(declared) == 64 else None
    while chunk := request.body.read(CHUNK):
        if digest:
            digest.update(chunk)
        yield chunk
    if digest and digest.hexdigest() != declared.lower():
        message = "The provided 'x-amz-content-sha256' header does not match what was computed."
        raise Fault(400, "XAmzContentSHA256Mismatch", message)


def _aws_chunks(request: Request, authentication: Authentication, declared: str, trailers: dict[str, str]) -> Iterator[bytes]:
    signed = declared.startswith("STREAMING-AWS4-HMAC-SHA256-PAYLOAD")
    previous = authentication.signature
    body = request.body
    while True:
        line = body.readline(4096).rstrip(b"\r\n")
        size_text, _, extension = line.partition(b";")
        try:
            size = int(size_text, 16)
        except ValueError:
            raise Fault(400, "InvalidRequest", "The chunk sizes of the body can't be read.") from None
        digest = hashlib.sha256()
        left = size
        while left:
            chunk = body.read(min(left, CHUNK))
            if not chunk:
                raise IncompleteBody
            left -= len(chunk)
            digest.update(chunk)
            yield chunk
        if signed:
            previous = _check_chunk(authentication, previous, digest.hexdigest(), extension)
        if not size:
            break
        body.readline(2)
    while trailer := body.readline(8192).rstrip(b"\r\n"):
        name, _, value = trailer.partition(b":")
        trailers[name.decode().strip().lower()] = value.decode().strip()
    expected = request.headers.get("x-amz-trailer", "").lower()
    if expected and expected not in trailers:
        raise Fault(400, "MalformedTrailerError", "The request contained trailing data that was not well-formed.")


def _check_chunk(authentication: Authentication, previous: str, digest: str, extension: bytes) -> str:
    to_sign = f"AWS4-HMAC-SHA256-PAYLOAD\n{authentication.timestamp}\n{authentication.scope}\n{previous}\n{_EMPTY}\n{digest}"
    expected = hmac.new(authentication.signing_key, to_sign.encode(), hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected, extension.decode().removeprefix("chunk-signature=")):
        raise Fault(403, "SignatureDoesNotMatch", "A chunk's signature does not match its bytes.")
    return expected
