"""What the sandbox's CloudFront remembers, in SQLite; and what the edges have of it by now.

A change reaches the edges after `propagation_seconds`: until then they have what they had before. This is
worked out from stored times, so that it needs no thread and survives a restart. Everything is in memory too,
under the keys by which rules look for it: 10,000 distributions are no slower to change than ten.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
import string
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from cdnadmin.sandbox.cloudfront.uses import Key, keys_of

_LETTERS = string.ascii_uppercase + string.digits
# How many an account has, until the sandbox is asked for more. Source: Developer Guide, "Quotas".
QUOTAS = {
    "distribution": 500,
    "streaming-distribution": 100,
    "oai": 100,
    "oac": 100,
    "public-key": 10,
    "key-group": 10,
    "CachePolicy": 20,
    "OriginRequestPolicy": 20,
    "ResponseHeadersPolicy": 20,
    "function": 100,
    "distributions-per-use": 100,
}


def new_id(first: str = "E") -> str:
    return first + "".join(secrets.choice(_LETTERS) for _ in range(13))


@dataclass
class Thing:
    """A resource of CloudFront: a distribution, an OAI, an OAC, a public key, a key group, a policy, an invalidation …"""

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
        self.quotas = dict(QUOTAS)
        self.lock = threading.RLock()
        # The names that a certificate of this account covers; None where ACM has none that is issued. Set by whoever has ACM.
        self.certificate_names: Callable[[str], list[str] | None] = lambda arn: None
        # Whose reads are answered as before their last change: an id, "*" for every distribution, "" for none.
        self.stale = ""
        self._db = sqlite3.connect(data / "cloudfront.sqlite3", check_same_thread=False, isolation_level=None)
        self._db.executescript(
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
            "CREATE TABLE IF NOT EXISTS things (kind TEXT, id TEXT, facts TEXT NOT NULL, PRIMARY KEY (kind, id));"
        )
        self._things: dict[str, dict[str, Thing]] = {}
        self._index: dict[Key, dict[str, Thing]] = {}
        self._keys: dict[tuple[str, str], set[Key]] = {}
        kept = [Thing(**json.loads(facts)) for (facts,) in self._db.execute("SELECT facts FROM things")]
        for thing in sorted(kept, key=lambda thing: (thing.created, thing.id)):
            self._things.setdefault(thing.kind, {})[thing.id] = thing
            self._find_by(thing)

    def get(self, kind: str, id: str) -> Thing | None:
        return self._things.get(kind, {}).get(id)

    def all(self, kind: str) -> list[Thing]:
        """In the order in which they were made."""
        with self.lock:
            return list(self._things.get(kind, {}).values())

    def count(self, kind: str) -> int:
        return len(self._things.get(kind, {}))

    def having(self, *key: str) -> list[Thing]:
        """What is found under one of the keys of uses.keys_of."""
        with self.lock:
            return list(self._index.get(key, {}).values())

    @contextmanager
    def together(self) -> Iterator[None]:
        """Many writes as one transaction."""
        with self.lock:
            self._db.execute("BEGIN")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def add(self, thing: Thing, *, seconds: float | None = None) -> Thing:
        """`seconds`: until the edges have it, where it is not what every change takes."""
        thing.deployed_at = thing.created + (self.propagation_seconds if seconds is None else seconds)
        with self.lock:
            self._things.setdefault(thing.kind, {})[thing.id] = thing
            self._save(thing)
        return thing

    def change(self, thing: Thing, config: dict[str, Any]) -> None:
        """Replace its configuration: a new ETag, and the edges have the old one for a while."""
        thing.previous = thing.at_edges
        thing.extra["before"] = {"config": thing.config, "etag": thing.etag}
        thing.modified = time.time()
        # Before the configuration: an edge that looks in between must still find the one before.
        thing.deployed_at = thing.modified + self.propagation_seconds
        thing.config = config
        thing.etag = new_id()
        self._save(thing)

    def read(self, thing: Thing) -> Thing:
        """The thing as a read answers it: as it is, or for a stale one as it was, deployed."""
        before = thing.extra.get("before")
        if self.stale not in {"*", thing.id} or not before:
            return thing
        return replace(thing, config=before["config"], etag=before["etag"], deployed_at=0.0)

    def remove(self, thing: Thing) -> None:
        with self.lock:
            self._things[thing.kind].pop(thing.id, None)
            for key in self._keys.pop((thing.kind, thing.id), set()):
                self._index[key].pop(thing.id, None)
                if not self._index[key]:
                    del self._index[key]
            self._db.execute("DELETE FROM things WHERE kind = ? AND id = ?", (thing.kind, thing.id))

    def save_extra(self, thing: Thing) -> None:
        self._save(thing)

    def _find_by(self, thing: Thing) -> None:
        keys = keys_of(thing)
        before = self._keys.get((thing.kind, thing.id), set())
        for key in before - keys:
            self._index[key].pop(thing.id, None)
            if not self._index[key]:
                del self._index[key]
        for key in keys - before:
            self._index.setdefault(key, {})[thing.id] = thing
        self._keys[thing.kind, thing.id] = keys

    def _save(self, thing: Thing) -> None:
        with self.lock:
            self._find_by(thing)
            facts = json.dumps(vars(thing))
            self._db.execute("INSERT OR REPLACE INTO things VALUES (?, ?, ?)", (thing.kind, thing.id, facts))
