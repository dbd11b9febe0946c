"""Standard logs: a line for each request, delivered to the bucket that the distribution names, about a second later.

Source: Developer Guide, "Standard logging reference", "Configure standard logging (legacy)". As there, a bucket takes
logs only while its ACLs are on; what can't be delivered is dropped.
"""

from __future__ import annotations

import gzip
import hashlib
import secrets
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from cdnadmin.sandbox.http import Request, Response
from cdnadmin.sandbox.s3.engine import OWNER_GRANT, S3Engine
from cdnadmin.sandbox.s3.store import StoredObject

DELIVERY_SECONDS = 1.0
FIELDS = (
    "date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) cs(User-Agent) cs-uri-query "
    "cs(Cookie) x-edge-result-type x-edge-request-id x-host-header cs-protocol cs-bytes time-taken x-forwarded-for ssl-protocol "
    "ssl-cipher x-edge-response-result-type cs-protocol-version fle-status fle-encrypted-fields c-port time-to-first-byte "
    "x-edge-detailed-result-type sc-content-type sc-content-len sc-range-start sc-range-end"
)


@dataclass(frozen=True)
class Destination:
    bucket: str
    prefix: str  # with the distribution's id at its end


def destination(distribution: str, config: dict[str, Any]) -> Destination | None:
    """Where a distribution's lines go; None where it keeps no logs."""
    logging = config.get("Logging", {})
    if not logging.get("Enabled") or not logging.get("Bucket"):
        return None
    return Destination(logging["Bucket"].partition(".s3")[0], f"{logging.get('Prefix', '')}{distribution}")


def line(request: Request, response: Response, *, domain: str, pop: str, request_id: str, began: float, cookies: bool) -> str:
    """One request in the order of FIELDS. What the sandbox has not, such as TLS, is a dash. `began`: of time.time()."""
    taken = f"{time.time() - began:.3f}"
    ended = datetime.now(UTC)
    result = response.headers.get("x-cache", "Error").split()[0]
    length = response.headers.get("content-length") or (str(len(response.body)) if isinstance(response.body, bytes) else "-")
    sent = int(length) if length.isdigit() and request.method != "HEAD" else 0
    span = response.headers.get("content-range", "").removeprefix("bytes ").partition("/")[0].partition("-")
    header = request.headers
    values = [
        ended.strftime("%Y-%m-%d"),
        ended.strftime("%H:%M:%S"),
        pop,
        str(sent + sum(len(name) + len(value) + 4 for name, value in response.headers.items())),
        request.remote_ip,
        request.method,
        domain,
        request.raw_path,
        str(response.status),
        _encoded(header.get("referer", "")),
        _encoded(header.get("user-agent", "")),
        request.raw_query,
        _encoded(header.get("cookie", "")) if cookies else "",
        result,
        request_id,
        header.get("host", ""),
        "https" if header.get("x-forwarded-proto") == "https" else "http",
        str(sum(len(name) + len(value) + 4 for name, value in header.items()) + len(request.raw_path)),
        taken,
        header.get("x-forwarded-for", ""),
        "",
        "",
        result,
        "HTTP/1.1",
        "",
        "",
        "0",
        taken,
        result,
        _encoded(response.headers.get("content-type", "")),
        length,
        span[0],
        span[2],
    ]
    return "\t".join(value or "-" for value in values)


def _encoded(text: str) -> str:
    """As in the logs: what would break a line or a field is percent-encoded."""
    return quote(text, safe="!#$&'()*+,/:;=?@[]_.~-%")


class AccessLog:
    def __init__(self, s3: S3Engine) -> None:
        self._s3, self._lock = s3, threading.Lock()
        self._waiting: dict[Destination, list[str]] = {}

    def write(self, to: Destination, entry: str) -> None:
        """Take a line; the first one starts the second after which all are delivered."""
        with self._lock:
            first = not self._waiting
            self._waiting.setdefault(to, []).append(entry)
        if first:
            timer = threading.Timer(DELIVERY_SECONDS, self._deliver)
            timer.daemon = True
            timer.start()

    def _deliver(self) -> None:
        with self._lock:
            waiting, self._waiting = self._waiting, {}
        for to, entries in waiting.items():
            bucket = self._s3.store.bucket(to.bucket)
            if bucket is None or bucket.ownership == "BucketOwnerEnforced":
                continue
            packed = gzip.compress(f"#Version: 1.0\n#Fields: {FIELDS}\n".encode() + "".join(f"{one}\n" for one in entries).encode())
            hour = datetime.now(UTC).strftime("%Y-%m-%d-%H")
            etag = hashlib.md5(packed, usedforsecurity=False).hexdigest()
            headers = {"content-type": "text/plain", "content-encoding": "gzip"}
            blob = self._s3.store.write_blob([packed])
            stored = StoredObject(len(packed), etag, time.time(), headers, [(blob, len(packed))], [OWNER_GRANT])
            self._s3.store.save_object(to.bucket, f"{to.prefix}.{hour}.{secrets.token_hex(4)}.gz", stored)
