"""Asking as a stranger: one request without credentials, to hosts of distributions and accounts known here alone."""

from __future__ import annotations

import logging
import re
import ssl
import time
from dataclasses import dataclass
from functools import cache
from urllib.parse import SplitResult, urlsplit

import httpx

# They write addresses and headers down, and some here carry a signature.
for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.WARNING)

CONNECT_SECONDS, READ_SECONDS, WHOLE_SECONDS = 3.0, 5.0, 15.0
READ_AT_MOST = 4096  # bytes: enough for an error's code
_CODE = re.compile(rb"<Code>([A-Za-z0-9]{1,80})</Code>")
# Of what is not there, and of what lies in an archive, S3 says so to those who might read it, too.
_OF_NO_FILE = frozenset({"NoSuchKey", "NoSuchVersion", "NoSuchBucket", "InvalidObjectState"})
_GIVEN = frozenset({200, 206})
_PASSING = frozenset({408, 429})


@dataclass(frozen=True)
class Probed:
    """What a stranger was answered. `status` None: nobody answered, and `unreachable` says why. `code`: that of the error's
    XML. `listing`: the answer lists what lies in a bucket; None where it was cut off before that could be seen. `cache`:
    CloudFront's X-Cache.
    """

    status: int | None
    code: str = ""
    listing: bool | None = False
    cache: str = ""
    unreachable: str = ""

    @property
    def is_error_page(self) -> bool:
        """A page that stands in for an error, with whatever status the distribution gives it.

        Source: Developer Guide, "Generate custom error responses"; CloudFront marks them in X-Cache.
        """
        return self.cache.lower().startswith("error from cloudfront")

    @property
    def opens(self) -> bool | None:
        """Whether the file was given; None where the answer says neither."""
        if self.status is None or self.code in _OF_NO_FILE:
            return None
        if self.status in _GIVEN:
            return not self.is_error_page
        if self.status == 416:
            return True  # of an empty file no byte can be given, but it may be read
        return False if 400 <= self.status < 500 and self.status not in _PASSING else None

    @property
    def lists(self) -> bool | None:
        """Whether a list of what lies there was given, to whom asked for one; None where the answer says neither."""
        if self.status is None:
            return None
        if self.status in _GIVEN:
            return self.listing
        return False if 400 <= self.status < 500 and self.status not in _PASSING else None


def probe(url: str, *, whole: bool = False, loopback: str = "127.0.0.1") -> Probed:
    """GET the first byte of `url`, which its caller made of a known host; with `whole` no range, as for a list, whose first
    byte says nothing. No redirect is followed, no proxy used, no cookie or credential sent.

    `loopback`: the host that names below localhost stand for.
    """
    headers = {"User-Agent": "cdnadmin privacy check", "Accept-Encoding": "identity"}
    if not whole:
        headers["Range"] = "bytes=0-0"
    timeout = httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS)
    try:
        parts = urlsplit(url)
        # Rebuilt without a user's name and password, which would be sent.
        headers["Host"] = _netloc(parts)
        url = parts._replace(netloc=connected_to(parts, loopback)).geturl()
        with (
            httpx.Client(verify=_trusted(), timeout=timeout, trust_env=False, follow_redirects=False) as client,
            client.stream("GET", url, headers=headers) as response,
        ):
            body = _beginning(response)
    except httpx.TimeoutException:
        return Probed(None, unreachable="No answer came in time.")
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
        return Probed(None, unreachable=f"Nobody answered there ({type(error).__name__}).")
    found = _CODE.search(body or b"")
    return Probed(
        response.status_code,
        code=found.group(1).decode() if found and response.status_code >= 400 else "",
        listing=None if body is None else b"<ListBucketResult" in body,
        cache=response.headers.get("x-cache", "")[:80],
    )


def connected_to(parts: SplitResult, loopback: str) -> str:
    """Host and port that are connected to: names below localhost are the loopback's, as browsers take them."""
    host = parts.hostname or ""
    return _netloc(parts, loopback if host == "localhost" or host.endswith(".localhost") else host)


def _netloc(parts: SplitResult, host: str = "") -> str:
    host = host or parts.hostname or ""
    name = f"[{host}]" if ":" in host else host
    return f"{name}:{parts.port}" if parts.port else name


def _beginning(response: httpx.Response) -> bytes | None:
    """The first bytes as they were sent; None where the answer broke off. Its status stands all the same.

    Nothing is decoded: what is stored as compressed comes so whether it was asked for or not.
    """
    body, end = b"", time.monotonic() + WHOLE_SECONDS
    try:
        for chunk in response.iter_raw():
            body += chunk
            if len(body) >= READ_AT_MOST:
                break
            if time.monotonic() > end:
                return None
    except (httpx.HTTPError, OSError):
        return None
    return body[:READ_AT_MOST]


@cache
def _trusted() -> ssl.SSLContext:
    """Made once: reading the authorities' certificates costs more than the request."""
    return httpx.create_ssl_context(trust_env=False)
