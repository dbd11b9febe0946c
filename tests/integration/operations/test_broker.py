"""A broker that forgets, dies or is silent, and a step that kills its worker: with a real broker and a real worker."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from cdnadmin.accounts.models import User
from cdnadmin.operations.models import Operation
from cdnadmin.operations.services import dispatch_due
from tests.conftest import free_port, wait_until
from tests.integration.operations.conftest import Broker, ask, lines, use_broker, wait_for_end

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.serial]
StartWorker = Callable[..., subprocess.Popen[bytes]]


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A socket that accepts and never answers."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(64)
        yield int(listening.getsockname()[1])


def failed_operation(administrator: User) -> Operation:
    operation = ask()
    Operation.objects.update(state=Operation.State.FAILED, error_message="Before")
    return operation


def timed_post(client: Client, operation: Operation) -> float:
    began = time.monotonic()
    response = client.post(reverse("operation_retry", args=[operation.public_id]))
    assert response.status_code == 302
    return time.monotonic() - began


def test_a_flushed_broker_loses_nothing(broker: Broker, start_worker: StartWorker, tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    operations = [ask(target=f"thing:{number}", trace=str(trace)) for number in range(10)]
    assert broker.say("FLUSHALL") == b"+OK\r\n"
    start_worker()
    for operation in operations:
        assert wait_for_end(operation).state == Operation.State.SUCCEEDED
    assert len(lines(trace)) == 30, "something ran twice"
    after = wait_for_end(ask(trace=str(tmp_path / "after")))
    assert lines(tmp_path / "after") == [f"first {after.pk}", f"second {after.pk}", "ended succeeded"]


def test_a_stopped_broker_delays_only(broker: Broker, start_worker: StartWorker, administrator: User, client: Client) -> None:
    start_worker()
    wait_for_end(ask(target="thing:warm"))
    operation = failed_operation(administrator)
    broker.stop()
    client.force_login(administrator)
    assert timed_post(client, operation) < 5
    broker.start()
    # kombu 5.7 may take a worker down that loses its broker with a message in hand. Whoever watches
    # it (the supervisor, Docker) starts it again, as is done here.
    start_worker()
    assert wait_for_end(operation).state == Operation.State.SUCCEEDED


def test_a_silent_broker_stalls_no_request(
    silent_port: int, start_worker: StartWorker, administrator: User, client: Client
) -> None:
    operation = failed_operation(administrator)
    client.force_login(administrator)
    with use_broker(f"redis://127.0.0.1:{silent_port}/0"):
        assert timed_post(client, operation) < 5
        operation.refresh_from_db()
        assert operation.state == Operation.State.PENDING
        began = time.monotonic()
        for number in range(20):
            ask(target=f"many:{number}")
        assert time.monotonic() - began < 5, "each of them waited for the silent broker"
    start_worker()
    assert wait_for_end(operation).state == Operation.State.SUCCEEDED


def test_a_dead_broker_fails_no_request() -> None:
    with use_broker(f"redis://127.0.0.1:{free_port()}/0"):
        operation = ask()
        assert dispatch_due() == 0
    operation.refresh_from_db()
    assert (operation.state, operation.published_at) == (Operation.State.PENDING, None)


def test_the_sweep_sends_each_once_until_it_may_be_lost(broker: Broker) -> None:
    with use_broker(f"redis://127.0.0.1:{free_port()}/0"):
        for number in range(3):
            ask(target=f"thing:{number}")
    assert dispatch_due() == 3
    assert dispatch_due() == 0
    # kombu's name for the queue of this priority: no message has another.
    assert broker.say(r'LLEN "celery\x06\x166"') == b":3\r\n"


def test_a_step_that_kills_its_process_ends_after_five_starts(start_worker: StartWorker, tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    start_worker(lease_seconds=0.5)
    operation = ask("poison", trace=str(trace))
    beside = ask(target="thing:beside")
    assert wait_for_end(operation, seconds=60).state == Operation.State.FAILED
    assert lines(trace) == ["start"] * 5 + ["ended failed"]
    assert operation.error_message == "Its worker ended 5 times in “Poison”."
    assert wait_for_end(beside).state == Operation.State.SUCCEEDED, "it took its neighbour down"


def test_what_a_killed_worker_held_goes_on_in_another(start_worker: StartWorker, tmp_path: Path) -> None:
    trace, gate = tmp_path / "trace", tmp_path / "gate"
    worker = start_worker()
    operation = ask("held", trace=str(trace), gate=str(gate))
    wait_until(lambda: lines(trace)[-1:] == ["holding"], seconds=30, what="the step that is interrupted")
    worker.kill()
    worker.wait(timeout=10)
    gate.touch()
    start_worker()
    assert wait_for_end(operation).state == Operation.State.SUCCEEDED
    key = operation.pk
    assert lines(trace) == [f"first {key}", "holding", "holding", f"second {key}", "ended succeeded"]
