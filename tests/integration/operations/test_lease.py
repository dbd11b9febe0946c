"""One holder at a time: claiming from many processes, stale tokens, many writers on one SQLite file."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from cdnadmin.operations.lease import LeaseLost, claim, renewed, write_held
from cdnadmin.operations.models import Operation
from cdnadmin.operations.services import record_progress
from tests.conftest import ROOT
from tests.integration.operations.conftest import ask, own_environment

pytestmark = [pytest.mark.django_db(transaction=True)]


def run_processes(count: int, *arguments: str) -> list[str]:
    """Run `many.py` in `count` processes at once; answers what each printed."""
    command = [sys.executable, "-m", "tests.integration.operations.many", *arguments]
    environ = own_environment()
    started = [
        subprocess.Popen(
            command, cwd=ROOT, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for _ in range(count)
    ]
    for process in started:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n", process.communicate(timeout=10)[1]
    for process in started:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    said = [process.communicate(timeout=60) for process in started]
    for process, (_, errors) in zip(started, said, strict=True):
        assert process.returncode == 0, errors
    return [out for out, _ in said]


def test_held_or_not_due_is_not_claimed() -> None:
    operation = ask()
    assert claim(operation.pk) is not None
    assert claim(operation.pk) is None
    Operation.objects.update(lease_until=None, due_at=timezone.now() + timedelta(seconds=5))
    assert claim(operation.pk) is None


def test_each_claim_counts_an_attempt_before_any_work() -> None:
    operation = ask()
    for expected in (1, 2, 3):
        Operation.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
        held = claim(operation.pk)
        assert held is not None
        assert held.attempt == expected


def test_a_stale_holder_writes_nothing() -> None:
    operation = ask("rounds")
    stale = claim(operation.pk)
    assert stale is not None
    Operation.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    holder = claim(operation.pk)
    assert holder is not None
    record_progress(holder, done=2, total=3)
    with pytest.raises(LeaseLost):
        record_progress(stale, done=1, message="from the grave", data={"stale": True})
    with pytest.raises(LeaseLost):
        write_held(stale, state=Operation.State.FAILED)
    operation.refresh_from_db()
    assert (operation.done, operation.data, operation.state) == (2, {}, Operation.State.RUNNING)
    assert not operation.events.exists()


def test_without_a_token_nothing_is_written() -> None:
    operation = ask()
    with pytest.raises(LeaseLost):
        record_progress(operation, done=1)


def test_a_slow_step_keeps_its_lease(monkeypatch: pytest.MonkeyPatch) -> None:
    from cdnadmin.operations import lease
    from tests.conftest import wait_until

    monkeypatch.setattr(lease, "RENEW_EVERY_SECONDS", 0.05)
    operation = ask()
    held = claim(operation.pk)
    assert held is not None
    almost_over = timezone.now() + timedelta(seconds=0.5)
    Operation.objects.update(lease_until=almost_over)
    with renewed(held):
        wait_until(
            lambda: Operation.objects.filter(lease_until__gt=almost_over + timedelta(seconds=5)).exists(), what="a renewed lease"
        )


def test_progress_starts_the_count_of_attempts_again() -> None:
    operation = ask("rounds")
    Operation.objects.update(attempt=3)
    held = claim(operation.pk)
    assert held is not None
    record_progress(held, note="no step forward")
    assert Operation.objects.get().attempt == 4
    record_progress(held, done=1)
    assert Operation.objects.get().attempt == 1


@pytest.mark.serial
def test_eight_processes_claim_one_winner_each_and_write_with_none_refused() -> None:
    wanted = {ask(target=f"thing:{number}").pk for number in range(60)}
    said = [out.split() for out in run_processes(8, "25")]
    claimed = [int(word) for words in said for word in words[:-1]]
    assert len(claimed) == 60, "a row had two winners, or none"
    assert set(claimed) == wanted
    assert [words[-1] for words in said] == ["25"] * 8
    written = Operation.objects.filter(target__startswith="process:")
    assert written.count() == 200
    assert set(written.values_list("done", flat=True)) == {1}
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            assert cursor.execute("PRAGMA integrity_check").fetchone() == ("ok",)
