"""What every part of the sandbox takes and gives: one request, one response, one fault."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

# Requests of the control plane are small; S3's bodies are never read whole.
BUFFER_AT_MOST = 10_000_000


class Fault(Exception):
    """An answer that AWS gives as an error: HTTP status, AWS's code and message."""

    def __init__(self, status: int, code: str, message: str, **extra: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.extra = status, code, message, extra


@dataclass
class Request:
    """A request as it came. `raw_path` and `raw_query` are the bytes sent, undecoded, as latin-1 text."""

    method: str
    raw_path: str
    raw_query: str
    headers: dict[str, str]  # names in lower case
    body: BinaryIO
    remote_ip: str = "127.0.0.1"

    @property
    def host(self) -> str:
        return self.headers.get("host", "")

    def buffered(self) -> bytes:
        """The whole body, kept so that it can be read again."""
        if not isinstance(self.body, io.BytesIO):
            self.body = io.BytesIO(self.body.read(BUFFER_AT_MOST + 1))
        whole = self.body.getvalue()
        if len(whole) > BUFFER_AT_MOST:
            raise Fault(413, "RequestEntityTooLarge", "The request is too large.")
        return whole


@dataclass
class Response:
    """`body` is bytes, or an iterator of chunks with `content-length` among the headers."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | Iterator[bytes] = b""
