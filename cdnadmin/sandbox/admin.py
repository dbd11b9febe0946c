"""What tests and demos ask of the sandbox itself, under /_sandbox/: faults, quotas, many distributions, a log of writes."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cdnadmin.sandbox.cloudfront.bulk import add_distributions
from cdnadmin.sandbox.cloudfront.key_pairs import delete_key_pairs, key_pairs, put_key_pair
from cdnadmin.sandbox.cloudfront.store import Store
from cdnadmin.sandbox.faults import DroppedAnswer, Faults, parse_fault
from cdnadmin.sandbox.http import Request, Response
from cdnadmin.sandbox.permissions import Permissions

__all__ = ["Admin", "DroppedAnswer", "Faults", "WriteLog"]


class WriteLog:
    """Every write that succeeded, one JSON object a line: how doubles are counted, not by anybody's own rows."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = threading.Lock()

    def record(self, service: str, operation: str, resource: str) -> None:
        line = json.dumps({"at": time.time(), "service": service, "operation": operation, "resource": resource})
        with self._lock, self._file.open("a", encoding="utf-8") as log:
            log.write(line + "\n")

    def text(self) -> bytes:
        return self._file.read_bytes() if self._file.exists() else b""


class Admin:
    """One method an end point; docs/sandbox.md says what each takes and answers. A body that can't be is 400."""

    def __init__(self, faults: Faults, writes: WriteLog, claim_bucket: Any, store: Store, permissions: Permissions) -> None:
        self._faults, self._writes, self._claim_bucket, self._store = faults, writes, claim_bucket, store
        self._permissions = permissions
        self.credentials_expired = False
        self._end_points: dict[tuple[str, str], Callable[[bytes], Response]] = {
            ("GET", "health"): lambda _: Response(200, {"content-type": "text/plain"}, b"ok\n"),
            ("GET", "writes"): lambda _: Response(200, {"content-type": "application/x-ndjson"}, self._writes.text()),
            ("POST", "faults"): self._add_fault,
            ("DELETE", "faults"): self._clear_faults,
            ("POST", "foreign-buckets"): self._claim,
            ("POST", "credentials"): self._set_credentials,
            ("GET", "quotas"): lambda _: _json(self._store.quotas),
            ("POST", "quotas"): self._set_quotas,
            ("POST", "distributions"): self._add_distributions,
            ("POST", "system-tags"): self._add_system_tags,
            ("POST", "unknown-fields"): self._add_unknown_field,
            ("GET", "unknown-fields"): self._unknown_fields,
            ("POST", "permissions"): self._deny,
            ("GET", "permissions"): lambda _: _json({"deny": list(self._permissions.denied)}),
            ("POST", "key-pairs"): self._put_key_pair,
            ("GET", "key-pairs"): lambda _: _json(key_pairs(self._store)),
            ("DELETE", "key-pairs"): lambda _: self._delete_key_pairs(""),
        }

    def handle(self, request: Request) -> Response:
        name, _, id = request.raw_path.removeprefix("/_sandbox/").partition("/")
        if (request.method, name) == ("DELETE", "key-pairs") and id:
            return self._delete_key_pairs(id)
        end_point = None if id else self._end_points.get((request.method, name))
        if end_point is None:
            names = sorted({name for _, name in self._end_points})
            return _text(404, f"No such end point of the sandbox. There are: {', '.join(names)}.")
        try:
            return end_point(request.buffered())
        except (ValueError, KeyError, TypeError) as error:
            return _text(400, f"Not what this end point takes: {error}")

    def _add_fault(self, body: bytes) -> Response:
        self._faults.add(parse_fault(body))
        return Response(204)

    def _clear_faults(self, body: bytes) -> Response:
        self._faults.clear()
        return Response(204)

    def _claim(self, body: bytes) -> Response:
        self._claim_bucket(json.loads(body)["name"])
        return Response(204)

    def _set_credentials(self, body: bytes) -> Response:
        expired = json.loads(body)["expired"]
        if not isinstance(expired, bool):
            raise ValueError("expired is true or false.")
        self.credentials_expired = expired
        return Response(204)

    def _set_quotas(self, body: bytes) -> Response:
        wanted = json.loads(body)
        if not set(wanted) <= set(self._store.quotas) or not all(type(value) is int and value >= 0 for value in wanted.values()):
            raise ValueError(f"Quotas are whole numbers of: {', '.join(sorted(self._store.quotas))}.")
        self._store.quotas |= wanted
        return _json(self._store.quotas)

    def _add_distributions(self, body: bytes) -> Response:
        return _json({"ids": add_distributions(self._store, **json.loads(body))})

    def _add_system_tags(self, body: bytes) -> Response:
        """Tags that only AWS's own services may set."""
        given = json.loads(body)
        thing = self._store.get("distribution", given["distribution"])
        if thing is None:
            return _text(404, "No such distribution.")
        if not given["tags"] or not all(key.startswith("aws:") and isinstance(value, str) for key, value in given["tags"].items()):
            raise ValueError("system tags begin with aws:.")
        with self._store.lock:
            thing.extra["tags"] = {**thing.extra["tags"], **given["tags"]}
            self._store.save_extra(thing)
        return Response(204)

    def _add_unknown_field(self, body: bytes) -> Response:
        given = json.loads(body)
        thing = self._store.get("distribution", given["distribution"])
        if thing is None:
            return _text(404, "No such distribution.")
        path = given.get("path") or f"DistributionConfig/{given['name']}"
        if not path.startswith("DistributionConfig/"):
            raise ValueError("a path begins with DistributionConfig/.")
        with self._store.lock:
            thing.extra["unknown"] = {**thing.extra.get("unknown", {}), path: str(given["value"])}
            self._store.save_extra(thing)
        return Response(204)

    def _deny(self, body: bytes) -> Response:
        self._permissions.deny(json.loads(body)["deny"])
        return Response(204)

    def _put_key_pair(self, body: bytes) -> Response:
        put_key_pair(self._store, **json.loads(body))
        return Response(204)

    def _delete_key_pairs(self, id: str) -> Response:
        deleted = delete_key_pairs(self._store, id)
        return Response(204) if deleted or not id else _text(404, "No such key pair.")

    def _unknown_fields(self, body: bytes) -> Response:
        found = {}
        for thing in self._store.all("distribution"):
            if unknown := thing.extra.get("unknown"):
                found[thing.id] = {path.removeprefix("DistributionConfig/"): value for path, value in unknown.items()}
        return _json(found)


def _json(value: Any) -> Response:
    return Response(200, {"content-type": "application/json"}, json.dumps(value).encode())


def _text(status: int, sentence: str) -> Response:
    return Response(status, {"content-type": "text/plain"}, f"{sentence}\n".encode())
