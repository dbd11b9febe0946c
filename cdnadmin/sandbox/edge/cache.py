"""The edge's cache, in memory: whole answers up to a size, the rest is fetched each time.

Answers carry `Hit` only for what really came from here.
"""

from __future__ import annotations

import re
import threading
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

OBJECT_AT_MOST = 8_000_000
CACHE_AT_MOST = 128_000_000


@dataclass(frozen=True)
class Key:
    """What tells one kept answer from another: the path, and what the behavior's cache policy adds to it.

    `chosen`: headers and cookies in the key. `coding`: "gzip" for a compressed answer, "" for one as it is.
    `is_page`: an error page, which is kept for as long as errors are.
    """

    distribution: str
    path: str
    query: str = ""
    chosen: tuple[tuple[str, str], ...] = ()
    coding: str = ""
    is_page: bool = False

    @property
    def target(self) -> str:
        """What an invalidation path is held against: the path, with the query where it is part of the key."""
        return f"{self.path}?{self.query}" if self.query else self.path


@dataclass(frozen=True)
class Cached:
    """`source` is the bucket that answered; "" for a custom origin. Times are seconds since 1970."""

    status: int
    headers: dict[str, str]
    body: bytes
    source: str
    stored_at: float
    expires_at: float


class Cache:
    def __init__(self) -> None:
        self._kept: OrderedDict[Key, Cached] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def get(self, key: Key, not_before: float, *, expired: bool = False) -> Cached | None:
        """What is kept and was stored after `not_before` (the last invalidation of this path), and is still fresh.

        `expired`: or is not, for when the origin fails.
        """
        with self._lock:
            found = self._kept.get(key)
            if found is None or found.stored_at <= not_before or (not expired and found.expires_at <= time.time()):
                return None
            self._kept.move_to_end(key)
            return found

    def put(self, key: Key, kept: Cached) -> None:
        """Keep an answer. Its `stored_at` is when the origin was asked: an invalidation meanwhile empties it too."""
        if len(kept.body) > OBJECT_AT_MOST:
            return
        with self._lock:
            old = self._kept.pop(key, None)
            self._bytes += len(kept.body) - (len(old.body) if old else 0)
            self._kept[key] = kept
            while self._bytes > CACHE_AT_MOST:
                self._bytes -= len(self._kept.popitem(last=False)[1].body)


def lifetime(headers: Mapping[str, str], least: float, default: float, most: float) -> float:
    """Seconds to keep an answer: what the object says, within the behavior's minimum and maximum TTL.

    `s-maxage` goes before `max-age`, `max-age` before `Expires`; an `Expires` that is no date is in the past.
    Source: Developer Guide, "Manage how long content stays in the cache (expiration)".
    """
    control = headers.get("cache-control", "").lower()
    if re.search(r"no-store|no-cache|private", control):
        return least
    seconds = said_seconds(headers)
    if seconds is None and "expires" in headers:
        try:
            seconds = parsedate_to_datetime(headers["expires"]).timestamp() - time.time()
        except (ValueError, TypeError):
            seconds = 0.0
    return max(default, least) if seconds is None else min(max(seconds, least), most)


def said_seconds(headers: Mapping[str, str]) -> float | None:
    """The seconds of `s-maxage`, else of `max-age`; None where an answer names neither."""
    control = headers.get("cache-control", "").lower()
    found = re.search(r"s-maxage=\"?(\d+)", control) or re.search(r"max-age=\"?(\d+)", control)
    return float(found.group(1)) if found else None
