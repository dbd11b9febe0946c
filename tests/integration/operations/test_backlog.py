"""A long queue: what has begun, and the sweep that finds it, do not wait behind what has not."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from cdnadmin.operations.models import Operation
from cdnadmin.operations.services import dispatch_due
from tests.integration.operations.conftest import Broker, ask, lines, wait_for_end

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.serial]

QUEUE = 200


def interrupt(operation: Operation, *, published_ago: float) -> None:
    """As a killed worker leaves it once its lease is over, its message lost with it."""
    now = timezone.now()
    Operation.objects.filter(pk=operation.pk).update(
        state=Operation.State.RUNNING,
        due_at=now - timedelta(seconds=60),
        started_at=now - timedelta(seconds=60),
        lease_token="of a dead worker",
        lease_until=now - timedelta(seconds=1),
        published_at=now - timedelta(seconds=published_ago),
    )


def test_what_was_interrupted_goes_before_a_long_queue(
    broker: Broker, start_worker: Callable[..., subprocess.Popen[bytes]], tmp_path: Path
) -> None:
    trace = tmp_path / "trace"
    begun = ask(target="thing:begun", trace=str(trace))
    broker.say("FLUSHALL")
    interrupt(begun, published_ago=60)
    queue = [ask(target=f"thing:{number}", trace=str(trace)) for number in range(QUEUE)]
    start_worker()
    wait_for_end(begun)
    ran = [int(line.split()[1]) for line in lines(trace) if line.startswith("first")]
    assert ran.index(begun.pk) < QUEUE / 2, "it waited for those that came after it"
    for operation in queue[-2:]:
        assert wait_for_end(operation).state == Operation.State.SUCCEEDED


def test_a_message_lost_with_a_second_worker_is_missed_within_seconds(broker: Broker) -> None:
    begun = ask(target="thing:begun")
    interrupt(begun, published_ago=4)
    assert dispatch_due() == 0, "somebody may be about to take it"
    interrupt(begun, published_ago=6)
    assert dispatch_due() == 1
    assert dispatch_due() == 0
