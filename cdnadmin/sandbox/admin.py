"""What tests and demos ask of the sandbox itself, under /_sandbox/: faults to inject, and a log of every write."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path
from typing import Any

from cdnadmin.sandbox.cloudfront.store import Store
from cdnadmin.sandbox.http import Fault, Request, Response


class DroppedAnswer(Exception):
    """The work was done and the connection is closed without an answer."""


class Faults:
    """Faults asked for in advance: the next `times` calls of an operation are refused, delayed or not answered."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[dict[str, Any]] = []

    def add(self, fault: dict[str, Any]) -> None:
        with self._lock:
            self._waiting.append({"times": 1, **fault})

    def clear(self) -> None:
        with self._lock:
            self._waiting.clear()

    def take(self, service: str, operation: str) -> str:
        """Raise the fault that waits for this call, if one does. "drop": do the work, then drop the answer; "stale":
        answer as before the last change."""
        with self._lock:
            for fault in self._waiting:
                if fault.get("service") in (None, service) and fault.get("operation") in (None, operation) and fault["times"] > 0:
                    fault["times"] -= 1
                    break
            else:
                return ""
        if fault.get("delay"):
            time.sleep(float(fault["delay"]))
        if fault.get("drop_answer"):
            return "drop"
        if fault.get("stale"):
            return "stale"
        if fault.get("code"):
            raise Fault(int(fault.get("status", 400)), str(fault["code"]), str(fault.get("message", "Injected by the sandbox.")))
        return ""


_FIELDS = {"service", "operation", "code", "status", "message", "times", "drop_answer", "delay", "stale"}


def _fault(body: bytes) -> dict[str, Any]:
    """A fault as it was posted. Raises ValueError: a misspelt fault would make a test pass for nothing."""
    fault = json.loads(body)
    if not isinstance(fault, dict) or not set(fault) <= _FIELDS:
        raise ValueError(f"A fault is an object with some of: {', '.join(sorted(_FIELDS))}.")
    if not {"code", "drop_answer", "delay", "stale"} & set(fault):
        raise ValueError("A fault has a code, a delay, drop_answer or stale.")
    return fault


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
    """GET health, writes; POST faults {service, operation, code, status, message, times, drop_answer, delay, stale};
    DELETE faults; POST foreign-buckets {name}, unknown-fields {distribution, name, value}; GET unknown-fields."""

    def __init__(self, faults: Faults, writes: WriteLog, claim_bucket: Any, store: Store) -> None:
        self._faults, self._writes, self._claim_bucket, self._store = faults, writes, claim_bucket, store

    def handle(self, request: Request) -> Response:
        match request.method, request.raw_path:
            case "GET", "/_sandbox/health":
                return Response(200, {"content-type": "text/plain"}, b"ok\n")
            case "GET", "/_sandbox/writes":
                return Response(200, {"content-type": "application/x-ndjson"}, self._writes.text())
            case "POST", "/_sandbox/faults":
                try:
                    self._faults.add(_fault(request.buffered()))
                except ValueError as error:
                    return Response(400, {"content-type": "text/plain"}, f"{error}\n".encode())
                return Response(204)
            case "DELETE", "/_sandbox/faults":
                self._faults.clear()
                return Response(204)
            case "POST", "/_sandbox/foreign-buckets":
                self._claim_bucket(json.loads(request.buffered())["name"])
                return Response(204)
            case "POST", "/_sandbox/unknown-fields":
                given = json.loads(request.buffered())
                thing = self._store.get("distribution", given["distribution"])
                if thing is None:
                    return Response(404, {"content-type": "text/plain"}, b"No such distribution.\n")
                thing.extra["unknown"] = {given["name"]: given["value"]}
                self._store.save_extra(thing)
                return Response(204)
            case "GET", "/_sandbox/unknown-fields":
                found = {
                    thing.id: thing.extra["unknown"] for thing in self._store.all("distribution") if thing.extra.get("unknown")
                }
                return Response(200, {"content-type": "application/json"}, json.dumps(found).encode())
        return Response(404, {"content-type": "text/plain"}, b"No such end point of the sandbox.\n")
