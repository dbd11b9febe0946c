"""When a path was last invalidated, found without looking through all invalidations.

They take effect at the edge as they are made, where CloudFront's edges need until `Completed`.
Source: Developer Guide, "Invalidate files to remove content".
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from cdnadmin.sandbox.cloudfront.invalidations import invalidations_of
from cdnadmin.sandbox.cloudfront.store import Store

PATHS_AT_MOST = 50_000


@dataclass
class _Index:
    """Of one distribution: its paths, and its wildcards by what stands before the `*`; each with its latest time.

    `floor`: everything that was kept until then is taken for invalidated, because it is not known better any more.
    """

    newest: str = ""
    floor: float = 0.0
    exact: dict[str, float] = field(default_factory=dict)
    prefixes: dict[str, float] = field(default_factory=dict)
    lengths: set[int] = field(default_factory=set)

    def add(self, path: str, at: float) -> None:
        if len(self.exact) + len(self.prefixes) >= PATHS_AT_MOST:
            self.floor = at
            for kept in (self.exact, self.prefixes, self.lengths):
                kept.clear()
        if path.endswith("*"):
            self.prefixes[path[:-1]] = max(at, self.prefixes.get(path[:-1], 0.0))
            self.lengths.add(len(path) - 1)
        else:
            self.exact[path] = max(at, self.exact.get(path, 0.0))

    def latest(self, target: str) -> float:
        found = [self.floor, self.exact.get(target, 0.0)]
        found += [self.prefixes.get(target[:length], 0.0) for length in self.lengths if length <= len(target)]
        return max(found)


class Invalidations:
    def __init__(self, store: Store) -> None:
        self._store, self._lock = store, threading.Lock()
        self._of: dict[str, _Index] = {}

    def latest(self, distribution: str, target: str) -> float:
        """When a path, with its query where the cache key has one, was last invalidated; 0 for never."""
        with self._lock:
            index = self._of.setdefault(distribution, _Index())
            self._read_on(distribution, index)
            return index.latest(target)

    def _read_on(self, distribution: str, index: _Index) -> None:
        """Take in what was made since the last look."""
        made = invalidations_of(self._store, distribution)
        new = []
        for thing in reversed(made):
            if thing.id == index.newest:
                break
            new.append(thing)
        else:
            # The last one seen is forgotten already, and others with it maybe.
            index.floor = made[0].created if made and index.newest else index.floor
        for thing in reversed(new):
            for path in thing.config["Paths"]["Items"]:
                index.add(path, thing.created)
        if new:
            index.newest = new[0].id
