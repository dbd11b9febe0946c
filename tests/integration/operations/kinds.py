"""Kinds of operations for tests; a real worker loads them by `--include`. What they did stands in files."""

from __future__ import annotations

import os
import signal
import threading
from datetime import timedelta
from pathlib import Path

from django.db import connection

from cdnadmin.celery import app
from cdnadmin.errors import AwsDenied, AwsError, Conflict
from cdnadmin.operations import lease, services
from cdnadmin.operations.models import Operation
from cdnadmin.operations.outcomes import Again, Done, Kind, Next, Outcome, Step, Wait, registry
from cdnadmin.operations.services import record_progress

if "TEST_LEASE_SECONDS" in os.environ:  # a worker of a test that waits for leases to end
    lease.LEASE = timedelta(seconds=float(os.environ["TEST_LEASE_SECONDS"]))
    vars(services)["LEASE"] = lease.LEASE
    lease.RENEW_EVERY_SECONDS = float(os.environ["TEST_LEASE_SECONDS"]) / 4
    services.RESEND_AFTER = timedelta(seconds=0.5)
    app.conf.beat_schedule["find operations that are due"]["schedule"] = 0.3


def _note(operation: Operation, text: str) -> None:
    """One line into the file that the test named, in one write, so that many processes may do it."""
    path = operation.input.get("trace")
    if path:
        with Path(str(path)).open("ab", buffering=0) as trace:
            trace.write(f"{text}\n".encode())


def first(operation: Operation) -> Outcome:
    assert not connection.in_atomic_block
    _note(operation, f"first {operation.pk}")
    return Next("The first step is done")


def second(operation: Operation) -> Outcome:
    assert not connection.in_atomic_block
    _note(operation, f"second {operation.pk}")
    return Next()


def three_rounds(operation: Operation) -> Outcome:
    record_progress(operation, done=operation.done + 1, total=3)
    _note(operation, f"round {operation.done}")
    return Done("All rounds") if operation.done == 3 else Again()


def wait_once(operation: Operation) -> Outcome:
    if operation.data.get("waited"):
        return Next()
    record_progress(operation, data={"waited": True})
    # What it waits for comes while the wait is written down: too early to wake it.
    return Wait(60, "Waiting for the edges", has_come=(lambda: True) if operation.input.get("comes") else None)


def throttled_twice(operation: Operation) -> Outcome:
    count = int(operation.data.get("count", 0))
    record_progress(operation, data={"count": count + 1})
    if count < 2:
        raise AwsError("AWS asks to slow down.", code="Throttling", request_id=f"R{count}", retryable=True)
    return Next()


def always_throttled(operation: Operation) -> Outcome:
    raise AwsError("AWS asks to slow down.", code="Throttling", request_id="R9", retryable=True)


def expired(operation: Operation) -> Outcome:
    """Its credentials have ended until the test puts `mended` into the row's input."""
    if operation.input.get("mended"):
        return Next("Done with new ones")
    raise AwsDenied("These credentials have expired. Enter new ones.", code="ExpiredToken", request_id="R7")


def refused(operation: Operation) -> Outcome:
    if operation.data.get("mended"):
        return Next()
    raise Conflict("Somebody else changed it meanwhile.")


def broken(operation: Operation) -> Outcome:
    raise ZeroDivisionError("secret detail")


def held(operation: Operation) -> Outcome:
    """Runs until the test opens the gate, as a long call to AWS does."""
    _note(operation, "holding")
    gate, end = Path(str(operation.input["gate"])), threading.Event()
    for _ in range(600):
        if gate.exists():
            return Next()
        end.wait(0.05)
    raise AssertionError("the gate was never opened")


def poison(operation: Operation) -> Outcome:
    _note(operation, "start")
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("unreachable")


def _kind(name: str, *steps: Step, cancellable: bool = True) -> None:
    registry.register(Kind(f"test_{name}", name.capitalize(), steps, cancellable=cancellable, on_end=ended))


def ended(operation: Operation) -> None:
    assert connection.in_atomic_block
    _note(operation, f"ended {operation.state}")


_first, _second = Step("first", "First step", first), Step("second", "Second step", second)
_kind("two", _first, _second)
_kind("rounds", Step("rounds", "Rounds", three_rounds))
_kind("waits", Step("wait", "Wait", wait_once), _second)
_kind("throttled", Step("throttled", "Slow", throttled_twice))
_kind("always_throttled", Step("slow", "Slow", always_throttled))
_kind("expired", _first, Step("expired", "Expired", expired), _second)
_kind("expired_unstoppable", Step("expired", "Expired", expired), cancellable=False)
_kind("refused", _first, Step("refused", "Refused", refused))
_kind("broken", Step("broken", "Broken", broken))
_kind("held", _first, Step("held", "Held", held), _second)
_kind("poison", Step("poison", "Poison", poison))
_kind("unstoppable", _first, _second, cancellable=False)


def broken_end(operation: Operation) -> None:
    raise ZeroDivisionError("secret detail")


registry.register(Kind("test_broken_end", "Broken end", (_first,), on_end=broken_end))
