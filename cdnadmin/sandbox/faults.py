"""Faults that tests ask for in advance: the next calls of an operation are refused, delayed, not answered, or answered stale."""

from __future__ import annotations

import json
import threading
import time
from typing import Any

from cdnadmin.sandbox.http import Fault

# How long a call with `time_out` is left hanging, where no delay is given: longer than any client of ours waits.
_SILENCE_SECONDS = 60.0
_FIELDS = {
    "service",
    "operation",
    "resource",
    "code",
    "status",
    "message",
    "times",
    "after",
    "drop_answer",
    "delay",
    "stale",
    "time_out",
}


class DroppedAnswer(Exception):
    """The connection is closed without an answer, whatever was done."""


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

    def take(self, service: str, operation: str, resource: str = "") -> str:
        """Raise the fault that waits for this call, if one does. `resource`: the id that the call is about, "" for a list.

        "drop": do the work, then drop the answer; "stale" or "stale <id>": answer as before the last change, for that one
        resource where an id is given. Raises DroppedAnswer after the silence of a time-out, with nothing done.
        """
        with self._lock:
            fault = next((each for each in self._waiting if _meets(each, service, operation, resource)), None)
            if fault is None:
                return ""
            if fault.get("after", 0) > 0:
                fault["after"] -= 1
                return ""
            fault["times"] -= 1
        if fault.get("time_out"):
            time.sleep(float(fault.get("delay", _SILENCE_SECONDS)))
            raise DroppedAnswer
        if fault.get("delay"):
            time.sleep(float(fault["delay"]))
        if fault.get("drop_answer"):
            return "drop"
        if fault.get("stale"):
            return f"stale {fault['resource']}" if fault.get("resource") else "stale"
        if fault.get("code"):
            raise Fault(int(fault.get("status", 400)), str(fault["code"]), str(fault.get("message", "Injected by the sandbox.")))
        return ""


def _meets(fault: dict[str, Any], service: str, operation: str, resource: str) -> bool:
    # A list is about no resource: what is stale in it may be one all the same.
    about = fault.get("resource") in (None, resource) or (fault.get("stale") and operation.startswith("List"))
    return (
        fault["times"] > 0
        and fault.get("service") in (None, service)
        and fault.get("operation") in (None, operation)
        and bool(about)
    )


def parse_fault(body: bytes) -> dict[str, Any]:
    """A fault as it was posted. Raises ValueError: a misspelt fault would make a test pass for nothing."""
    fault = json.loads(body)
    if not isinstance(fault, dict) or not set(fault) <= _FIELDS:
        raise ValueError(f"A fault is an object with some of: {', '.join(sorted(_FIELDS))}.")
    if not {"code", "drop_answer", "delay", "stale", "time_out"} & set(fault):
        raise ValueError("A fault has a code, a delay, drop_answer, time_out or stale.")
    return fault
