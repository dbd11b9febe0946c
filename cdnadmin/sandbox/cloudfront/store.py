"""What the sandbox's CloudFront remembers, in SQLite; and what the edges have of it by now.

A change reaches the edges after `propagation_seconds`: until then they have what they had before. This is
worked out from stored times, so that it needs no thread and survives a restart.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
import string
import threading
import time
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

_LETTERS = string.ascii_uppercase + string.digits


def new_id(first: str = "E") -> str:
    return first + "".join(secrets.choice(_LETTERS) for _ in range(13))


@dataclass
class Thing:
    """A resource of CloudFront: a distribution, an OAI, an OAC, a public key, a key group or an invalidation."""

    kind: str
    id: str
    config: dict[str, Any]
    etag: str = field(default_factory=new_id)
    created: float = field(default_factory=time.time)
    modified: float = field(default_factory=time.time)
    deployed_at: float = 0.0
    previous: dict[str, Any] | None = None
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def is_deployed(self) -> bool:
        return time.time() >= self.deployed_at

    @property
    def at_edges(self) -> dict[str, Any] | None:
        """The configuration that edges serve now; None before the first has reached them."""
        return self.config if self.is_deployed else self.previous


class Store:
    def __init__(self, data: Path, propagation_seconds: float) -> None:
        self.propagation_seconds = propagation_seconds
        self.lock = threading.RLock()
        self.stale = False  # answer reads of distributions as before their last change
        self._db = sqlite3.connect(data / "cloudfront.sqlite3", check_same_thread=False, isolation_level=None)
        self._db.executescript(
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
            "CREATE TABLE IF NOT EXISTS things (kind TEXT, id TEXT, facts TEXT NOT NULL, PRIMARY KEY (kind, id));"
        )
        self._things: dict[str, dict[str, Thing]] = {}
        for (facts,) in self._db.execute("SELECT facts FROM things ORDER BY rowid"):
            thing = Thing(**json.loads(facts))
            self._things.setdefault(thing.kind, {})[thing.id] = thing

    def get(self, kind: str, id: str) -> Thing | None:
        return self._things.get(kind, {}).get(id)

    def all(self, kind: str) -> list[Thing]:
        with self.lock:
            return sorted(self._things.get(kind, {}).values(), key=lambda thing: (thing.created, thing.id))

    def add(self, thing: Thing) -> Thing:
        thing.deployed_at = thing.created + self.propagation_seconds
        self._things.setdefault(thing.kind, {})[thing.id] = thing
        self._save(thing)
        return thing

    def change(self, thing: Thing, config: dict[str, Any]) -> None:
        """Replace its configuration: a new ETag, and the edges have the old one for a while."""
        thing.previous = thing.at_edges
        thing.extra["before"] = {"config": thing.config, "etag": thing.etag}
        thing.config = config
        thing.etag = new_id()
        thing.modified = time.time()
        thing.deployed_at = thing.modified + self.propagation_seconds
        self._save(thing)

    def read(self, thing: Thing) -> Thing:
        """The thing as a read answers it: as it is, or for a stale one as it was, deployed."""
        before = thing.extra.get("before")
        if not self.stale or not before:
            return thing
        return replace(thing, config=before["config"], etag=before["etag"], deployed_at=0.0)

    def remove(self, thing: Thing) -> None:
        self._things[thing.kind].pop(thing.id, None)
        self._db.execute("DELETE FROM things WHERE kind = ? AND id = ?", (thing.kind, thing.id))

    def save_extra(self, thing: Thing) -> None:
        self._save(thing)

    def _save(self, thing: Thing) -> None:
        self._db.execute("INSERT OR REPLACE INTO things VALUES (?, ?, ?)", (thing.kind, thing.id, json.dumps(asdict(thing))))
