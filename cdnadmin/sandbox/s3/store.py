"""What the sandbox's S3 remembers: buckets, objects and uploads in SQLite, their bytes in files.

An object is a list of files (the parts it was completed from), so that completing gigabytes copies nothing.
A row is written after its bytes are on disk: what was acknowledged survives a kill; files without a row are
removed at the next start.
"""

from __future__ import annotations

import json
import os
import sqlite3
import threading
import uuid
from collections import Counter
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_SCHEMA = """
CREATE TABLE IF NOT EXISTS buckets (name TEXT PRIMARY KEY, foreign_owner INTEGER NOT NULL DEFAULT 0, facts TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS objects (bucket TEXT, key TEXT, facts TEXT NOT NULL, PRIMARY KEY (bucket, key)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS uploads (id TEXT PRIMARY KEY, bucket TEXT, key TEXT, facts TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS parts (upload TEXT, number INTEGER, facts TEXT NOT NULL, PRIMARY KEY (upload, number));
CREATE TABLE IF NOT EXISTS account (name TEXT PRIMARY KEY, facts TEXT NOT NULL);
"""
READ_SIZE = 1 << 20


@dataclass
class Bucket:
    name: str
    created: float
    ownership: str = "BucketOwnerEnforced"
    block: dict[str, bool] = field(default_factory=dict)
    policy: str = ""
    acl: list[dict[str, str]] = field(default_factory=list)
    cors: list[dict[str, list[str]]] = field(default_factory=list)
    tags: dict[str, str] = field(default_factory=dict)
    encryption: dict[str, str] = field(default_factory=dict)  # algorithm, key, bucket_key; empty for S3's own keys


@dataclass
class StoredObject:
    size: int
    etag: str
    modified: float
    headers: dict[str, str]  # content-type, cache-control …, x-amz-meta-…
    blobs: list[tuple[str, int]]  # file name and size of each piece, in order
    acl: list[dict[str, str]]
    checksums: dict[str, str] = field(default_factory=dict)
    checksum_type: str = "FULL_OBJECT"


@dataclass
class Upload:
    id: str
    bucket: str
    key: str
    initiated: float
    headers: dict[str, str]
    acl: list[dict[str, str]]
    algorithm: str = ""
    checksum_type: str = ""
    completed_etag: str = ""


@dataclass
class Part:
    number: int
    size: int
    etag: str
    blob: str
    modified: float
    checksums: dict[str, str] = field(default_factory=dict)


class Reading(Iterator[bytes]):
    """An object's bytes on their way to somebody, whose files stay until the last byte or `close`."""

    def __init__(self, store: Store, blobs: list[str], pieces: Generator[bytes]) -> None:
        self._store, self._blobs, self._pieces = store, blobs, pieces
        store.hold(blobs)

    def __next__(self) -> bytes:
        try:
            return next(self._pieces)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        self._pieces.close()
        self._store.let_go(self._blobs)
        self._blobs = []

    def __del__(self) -> None:
        self.close()  # an answer that was never sent


class Store:
    def __init__(self, data: Path) -> None:
        self._blobs = data / "blobs"
        self._blobs.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(data / "s3.sqlite3", check_same_thread=False, isolation_level=None)
        self._db.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;" + _SCHEMA)
        self.lock = threading.RLock()
        self._readers: Counter[str] = Counter()
        self._doomed: set[str] = set()
        self._remove_orphans()
        row = self._one("SELECT facts FROM account WHERE name = 'block'")
        self.account_block: dict[str, bool] = json.loads(row[0]) if row else {}

    def save_account_block(self, block: dict[str, bool]) -> None:
        self._run("INSERT OR REPLACE INTO account VALUES ('block', ?)", json.dumps(block))
        self.account_block = block

    # buckets
    def bucket(self, name: str) -> Bucket | None:
        row = self._one("SELECT facts FROM buckets WHERE name = ? AND NOT foreign_owner", name)
        return Bucket(**json.loads(row[0])) if row else None

    def is_foreign(self, name: str) -> bool:
        return self._one("SELECT 1 FROM buckets WHERE name = ? AND foreign_owner", name) is not None

    def claim_for_another_account(self, name: str) -> None:
        self._run("INSERT OR REPLACE INTO buckets VALUES (?, 1, '{}')", name)

    def buckets(self) -> list[Bucket]:
        rows = self._all("SELECT facts FROM buckets WHERE NOT foreign_owner ORDER BY name")
        return [Bucket(**json.loads(row[0])) for row in rows]

    def save_bucket(self, bucket: Bucket) -> None:
        self._run("INSERT OR REPLACE INTO buckets VALUES (?, 0, ?)", bucket.name, json.dumps(vars(bucket)))

    def delete_bucket(self, name: str) -> None:
        with self.lock:
            for (id,) in self._all("SELECT id FROM uploads WHERE bucket = ?", name):
                self.delete_upload(id, remove_bytes=True)
            self._run("DELETE FROM buckets WHERE name = ?", name)

    def is_empty(self, bucket: str) -> bool:
        return self._one("SELECT 1 FROM objects WHERE bucket = ? LIMIT 1", bucket) is None

    # objects
    def object(self, bucket: str, key: str) -> StoredObject | None:
        row = self._one("SELECT facts FROM objects WHERE bucket = ? AND key = ?", bucket, key)
        return StoredObject(**json.loads(row[0])) if row else None

    def save_object(self, bucket: str, key: str, stored: StoredObject) -> None:
        with self.lock:
            old = self.object(bucket, key)
            self._run("INSERT OR REPLACE INTO objects VALUES (?, ?, ?)", bucket, key, json.dumps(vars(stored)))
        kept = {blob for blob, _ in stored.blobs}
        if old:
            self.remove_blobs(blob for blob, _ in old.blobs if blob not in kept)

    def delete_object(self, bucket: str, key: str) -> bool:
        with self.lock:
            old = self.object(bucket, key)
            self._run("DELETE FROM objects WHERE bucket = ? AND key = ?", bucket, key)
        if old:
            self.remove_blobs(blob for blob, _ in old.blobs)
        return old is not None

    def objects(self, bucket: str, *, prefix: str, after: str) -> Iterator[tuple[str, StoredObject]]:
        """In S3's order, which is that of UTF-8 bytes, as SQLite's is."""
        start, inclusive = (after, ">") if after >= prefix else (prefix, ">=")
        while True:
            rows = self._all(
                f"SELECT key, facts FROM objects WHERE bucket = ? AND key {inclusive} ? ORDER BY key LIMIT 1000",  # noqa: S608
                bucket,
                start,
            )
            for key, facts in rows:
                if not key.startswith(prefix):
                    return
                yield key, StoredObject(**json.loads(facts))
            if len(rows) < 1000:
                return
            start, inclusive = rows[-1][0], ">"

    # uploads in parts
    def upload(self, id: str) -> Upload | None:
        row = self._one("SELECT facts FROM uploads WHERE id = ?", id)
        return Upload(**json.loads(row[0])) if row else None

    def uploads(self, bucket: str, prefix: str) -> list[Upload]:
        rows = self._all("SELECT facts FROM uploads WHERE bucket = ? ORDER BY key, id", bucket)
        found = [Upload(**json.loads(row[0])) for row in rows]
        return [upload for upload in found if upload.key.startswith(prefix) and not upload.completed_etag]

    def save_upload(self, upload: Upload) -> None:
        self._run(
            "INSERT OR REPLACE INTO uploads VALUES (?, ?, ?, ?)", upload.id, upload.bucket, upload.key, json.dumps(vars(upload))
        )

    def delete_upload(self, id: str, *, remove_bytes: bool) -> None:
        with self.lock:
            parts = self.parts(id)
            self._run("DELETE FROM parts WHERE upload = ?", id)
            self._run("DELETE FROM uploads WHERE id = ?", id)
        if remove_bytes:
            self.remove_blobs(part.blob for part in parts)

    def parts(self, upload: str) -> list[Part]:
        return [Part(**json.loads(row[0])) for row in self._all("SELECT facts FROM parts WHERE upload = ? ORDER BY number", upload)]

    def save_part(self, upload: str, part: Part) -> None:
        with self.lock:
            old = self._one("SELECT facts FROM parts WHERE upload = ? AND number = ?", upload, part.number)
            self._run("INSERT OR REPLACE INTO parts VALUES (?, ?, ?)", upload, part.number, json.dumps(vars(part)))
        if old:
            self.remove_blobs([Part(**json.loads(old[0])).blob])

    def forget_parts(self, upload: str, except_blobs: set[str]) -> None:
        with self.lock:
            unused = [part.blob for part in self.parts(upload) if part.blob not in except_blobs]
            self._run("DELETE FROM parts WHERE upload = ?", upload)
        self.remove_blobs(unused)

    # bytes
    def write_blob(self, chunks: Iterable[bytes]) -> str:
        """Write the bytes to disk, whole or not at all; answers the file's name."""
        name = uuid.uuid4().hex
        path = self.path(name)
        path.parent.mkdir(exist_ok=True)
        try:
            with path.open("wb", buffering=0) as file:
                for chunk in chunks:
                    file.write(chunk)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        return name

    def path(self, blob: str) -> Path:
        return self._blobs / blob[:2] / blob

    def remove_blobs(self, blobs: Iterable[str]) -> None:
        """Remove files; one that somebody is reading goes when they are done."""
        for blob in blobs:
            with self.lock:
                if self._readers[blob]:
                    self._doomed.add(blob)
                else:
                    self.path(blob).unlink(missing_ok=True)

    def hold(self, blobs: Iterable[str]) -> None:
        with self.lock:
            self._readers.update(blobs)

    def let_go(self, blobs: Iterable[str]) -> None:
        with self.lock:
            self._readers.subtract(blobs)
            self._readers = +self._readers
            done = {blob for blob in self._doomed if not self._readers[blob]}
            self._doomed -= done
        self.remove_blobs(done)

    def read(self, stored: StoredObject, start: int, length: int) -> Iterator[bytes]:
        """The bytes [start, start + length) of an object, in pieces, whatever is put in its place meanwhile."""
        return Reading(self, [blob for blob, _ in stored.blobs], self._pieces(stored, start, length))

    def _pieces(self, stored: StoredObject, start: int, length: int) -> Generator[bytes]:
        position = 0
        for blob, size in stored.blobs:
            if length and start < position + size:
                with self.path(blob).open("rb", buffering=0) as file:
                    file.seek(start - position)
                    while length and (chunk := file.read(min(READ_SIZE, length))):
                        length -= len(chunk)
                        start += len(chunk)
                        yield chunk
            position += size

    def _remove_orphans(self) -> None:
        used = {blob for (facts,) in self._all("SELECT facts FROM objects") for blob, _ in json.loads(facts)["blobs"]}
        used |= {json.loads(facts)["blob"] for (facts,) in self._all("SELECT facts FROM parts")}
        for folder in self._blobs.iterdir():
            for file in os.scandir(folder):
                if file.name not in used:
                    os.unlink(file.path)

    def _run(self, sql: str, *values: Any) -> None:
        with self.lock:
            self._db.execute(sql, values)

    def _one(self, sql: str, *values: Any) -> Any:
        with self.lock:
            return self._db.execute(sql, values).fetchone()

    def _all(self, sql: str, *values: Any) -> list[Any]:
        with self.lock:
            return self._db.execute(sql, values).fetchall()
