"""Asking as a stranger: one request without credentials, to hosts of distributions and accounts known here alone."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx

# It writes each address down, and some here carry a signature.
logging.getLogger("httpx").setLevel(logging.WARNING)

CONNECT_SECONDS, READ_SECONDS = 3.0, 5.0
READ_AT_MOST = 4096  # bytes: enough for an error's code
_CODE = re.compile(rb"<Code>([A-Za-z0-9]+)</Code>")


@dataclass(frozen=True)
class Probed:
    """What a stranger was answered. `status` None: nobody answered, and `unreachable` says why. `code`: that of the error's
    XML. `listing`: the answer lists what lies in a bucket. `cache`: CloudFront's X-Cache.
    """

    status: int | None
    code: str = ""
    listing: bool = False
    cache: str = ""
    unreachable: str = ""

    @property
    def opens(self) -> bool | None:
        """Whether the file was given; None where the answer says neither."""
        if self.status is None:
            return None
        if self.status in {200, 206, 304, 416}:
            return True  # 416: of an empty file no byte can be given, but it may be read
        refused = 400 <= self.status < 500 and self.status not in {408, 429}
        return False if refused else None


def probe(url: str) -> Probed:
    """GET the first byte of `url`, which its caller made of a known host. No redirect is followed, no proxy used, no cookie
    or credential sent. Names below localhost stand for the loopback, as browsers take them.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    headers = {"Range": "bytes=0-0", "User-Agent": "cdnadmin privacy check", "Accept-Encoding": "identity"}
    if host == "localhost" or host.endswith(".localhost"):
        headers["Host"] = parts.netloc
        url = parts._replace(netloc=f"127.0.0.1:{parts.port}" if parts.port else "127.0.0.1").geturl()
    timeout = httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS)
    try:
        with (
            httpx.Client(timeout=timeout, trust_env=False, follow_redirects=False) as client,
            client.stream("GET", url, headers=headers) as response,
        ):
            body = b""
            for chunk in response.iter_bytes(READ_AT_MOST):
                body = chunk[:READ_AT_MOST]
                break
    except httpx.TimeoutException:
        return Probed(None, unreachable="No answer came in time.")
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        return Probed(None, unreachable=f"Nobody answered there ({type(error).__name__}).")
    found = _CODE.search(body)
    return Probed(
        response.status_code,
        code=found.group(1).decode() if found and response.status_code >= 400 else "",
        listing=b"<ListBucketResult" in body,
        cache=response.headers.get("x-cache", "")[:80],
    )
