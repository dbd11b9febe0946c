"""The edge's cache, in memory: whole objects up to a size, the rest is fetched each time.

Answers carry `Hit` only for what really came from here. Errors are not cached (CloudFront keeps them for 10 s),
so that a mended policy shows at once.
"""

from __future__ import annotations

import re
import threading
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass

OBJECT_AT_MOST = 8_000_000
CACHE_AT_MOST = 128_000_000


@dataclass(frozen=True)
class Cached:
    headers: dict[str, str]
    body: bytes
    stored_at: float
    expires_at: float


class Cache:
    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, str], Cached] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def get(self, distribution: str, path: str, not_before: float) -> Cached | None:
        """What is kept and fresh, and was stored after `not_before` (the last invalidation of this path)."""
        with self._lock:
            found = self._kept.get((distribution, path))
            if found is None or found.expires_at <= time.time() or found.stored_at <= not_before:
                return None
            self._kept.move_to_end((distribution, path))
            return found

    def put(self, distribution: str, path: str, headers: Mapping[str, str], body: bytes, seconds: float) -> None:
        if len(body) > OBJECT_AT_MOST or seconds <= 0:
            return
        now = time.time()
        with self._lock:
            old = self._kept.pop((distribution, path), None)
            self._bytes += len(body) - (len(old.body) if old else 0)
            self._kept[distribution, path] = Cached(dict(headers), body, now, now + seconds)
            while self._bytes > CACHE_AT_MOST:
                self._bytes -= len(self._kept.popitem(last=False)[1].body)


def lifetime(headers: Mapping[str, str], policy: tuple[str, int, int, int]) -> float:
    """Seconds to keep an answer: what the object says, within the policy's least and most.

    Source: Developer Guide, "Manage how long content stays in the cache (expiration)".
    """
    _, least, default, most = policy
    control = headers.get("cache-control", "").lower()
    if re.search(r"no-store|no-cache|private", control):
        return least
    found = re.search(r"s-maxage=(\d+)", control) or re.search(r"max-age=(\d+)", control)
    return min(max(int(found.group(1)) if found else default, least), most)
