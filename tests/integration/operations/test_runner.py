"""Steps, outcomes, failures, stopping and trying again, run in this process."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.db import transaction
from django.utils import timezone

from cdnadmin.accounts.models import AuditEntry, Role, User
from cdnadmin.errors import Conflict, InvalidInput, NotAllowed
from cdnadmin.operations import runner
from cdnadmin.operations.lease import claim
from cdnadmin.operations.models import Operation
from cdnadmin.operations.outcomes import registry
from cdnadmin.operations.queries import steps_of
from cdnadmin.operations.runner import run_operation
from cdnadmin.operations.services import cancel_operation, request_operation, retry_operation
from tests.integration.operations.conftest import ask, lines

pytestmark = pytest.mark.django_db(transaction=True)


def run(operation: Operation) -> Operation:
    run_operation(operation.pk)
    operation.refresh_from_db()
    return operation


def test_steps_run_in_order_and_leave_a_history(tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    operation = run(ask(trace=str(trace)))
    assert lines(trace) == [f"first {operation.pk}", f"second {operation.pk}", "ended succeeded"]
    assert operation.state == Operation.State.SUCCEEDED
    assert operation.finished_at is not None
    assert operation.lease_token == ""
    assert [event.message for event in operation.events.all()] == ["The first step is done", "Done"]
    assert [step.state for step in steps_of(operation)] == ["done", "done"]


def test_what_has_ended_is_not_run_again(tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    operation = run(ask(trace=str(trace)))
    run(operation)
    assert len(lines(trace)) == 3


def test_one_active_operation_per_target_and_lane() -> None:
    ask()
    with pytest.raises(Conflict, match="still under way"):
        ask()
    ask(target="thing:2")
    with transaction.atomic():
        request_operation(kind="test_two", target="thing:1", title="Beside it", lane="other")
    assert Operation.objects.count() == 3


def test_a_conflict_leaves_the_callers_transaction_usable() -> None:
    ask()
    with transaction.atomic():
        with pytest.raises(Conflict):
            request_operation(kind="test_two", target="thing:1", title="Again")
        AuditEntry.objects.create(actor_label="after", action="test")
    assert AuditEntry.objects.filter(actor_label="after").exists()


def test_waiting_is_a_time_in_the_row(tmp_path: Path) -> None:
    operation = run(ask("waits", trace=str(tmp_path / "trace")))
    assert operation.state == Operation.State.WAITING
    assert operation.note == "Waiting for the edges"
    assert timedelta(seconds=50) < operation.due_at - timezone.now() < timedelta(seconds=61)
    assert run(operation).state == Operation.State.WAITING, "it ran before it was due"
    Operation.objects.update(due_at=timezone.now())
    assert run(operation).state == Operation.State.SUCCEEDED


def test_what_comes_while_the_wait_is_written_down_is_not_waited_for() -> None:
    operation = run(ask("waits", comes=True))
    assert operation.state == Operation.State.WAITING
    assert operation.due_at <= timezone.now()


def test_a_long_step_is_handed_on_after_a_bounded_while(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "DELIVERY_SECONDS", -1.0)
    operation = run(ask("rounds", trace=str(tmp_path / "trace")))
    assert (operation.state, operation.done, operation.lease_token) == (Operation.State.PENDING, 1, "")
    run(operation)
    assert run(operation).state == Operation.State.SUCCEEDED
    assert lines(tmp_path / "trace")[:3] == ["round 1", "round 2", "round 3"]


def test_what_may_succeed_later_is_put_off_and_then_succeeds() -> None:
    operation = run(ask("throttled"))
    assert operation.state == Operation.State.WAITING
    assert "Trying again" in operation.note
    for _ in range(2):
        Operation.objects.update(due_at=timezone.now())
        run(operation)
    assert operation.state == Operation.State.SUCCEEDED
    assert operation.error_code == ""
    assert [event.request_id for event in operation.events.filter(level="warning")] == ["R0", "R1"]


def test_what_never_succeeds_fails_with_awss_own_words() -> None:
    operation = ask("always_throttled")
    for _ in range(20):
        Operation.objects.update(due_at=timezone.now())
        run(operation)
    assert operation.state == Operation.State.FAILED
    assert (operation.error_code, operation.request_id) == ("Throttling", "R9")
    assert operation.attempt == runner.RETRYABLE_ATTEMPTS


def test_a_refusal_fails_at_once_and_can_be_tried_again(administrator: User) -> None:
    operation = run(ask("refused"))
    assert (operation.state, operation.error_message) == (Operation.State.FAILED, "Somebody else changed it meanwhile.")
    Operation.objects.update(data={"mended": True})
    retry_operation(actor=administrator, operation=operation)
    assert run(operation).state == Operation.State.SUCCEEDED
    assert operation.error_message == ""
    messages = [event.message for event in operation.events.all()]
    assert "Ada tried it again" in messages
    assert messages.count("The first step is done") == 1, "it began again at the first step"
    assert AuditEntry.objects.filter(action="retry_operation", actor=administrator).count() == 1


def test_something_unforeseen_fails_without_showing_its_insides() -> None:
    operation = run(ask("broken"))
    assert operation.state == Operation.State.FAILED
    assert "ZeroDivisionError" in operation.error_message
    assert "secret detail" not in operation.error_message


def test_a_kind_that_is_gone_fails_with_a_sentence() -> None:
    operation = ask()
    Operation.objects.update(kind="gone")
    assert run(operation).state == Operation.State.FAILED
    assert "does not know" in operation.error_message
    assert steps_of(operation) == []


def test_stopped_before_it_began(administrator: User, tmp_path: Path) -> None:
    operation = ask(trace=str(tmp_path / "trace"))
    cancel_operation(actor=administrator, operation=operation)
    assert run(operation).state == Operation.State.CANCELLED
    assert lines(tmp_path / "trace") == ["ended cancelled"]
    assert AuditEntry.objects.filter(action="cancel_operation").count() == 1


def test_stopped_at_its_next_progress(administrator: User, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(runner, "DELIVERY_SECONDS", -1.0)
    operation = run(ask("rounds", trace=str(tmp_path / "trace")))
    claimed = claim(operation.pk)
    assert claimed is not None
    cancel_operation(actor=administrator, operation=operation)
    runner._work(claimed, registry.get(operation.kind))
    operation.refresh_from_db()
    assert operation.state == Operation.State.CANCELLED
    assert operation.done == 2, "what was done must be written before it stops"


def test_what_must_be_finished_cannot_be_stopped(administrator: User) -> None:
    operation = ask("unstoppable")
    with pytest.raises(InvalidInput, match="half-way"):
        cancel_operation(actor=administrator, operation=operation)
    assert run(operation).state == Operation.State.SUCCEEDED
    with pytest.raises(InvalidInput):
        retry_operation(actor=administrator, operation=operation)


@pytest.mark.parametrize("role", [Role.VIEWER, Role.STAFF, Role.EDITOR])
def test_stopping_needs_the_permission(role: Role) -> None:
    person = User.objects.create_user("p@example.org", "a long pass phrase", role=role)
    operation = ask()
    with pytest.raises(NotAllowed):
        cancel_operation(actor=person, operation=operation)
    operation.refresh_from_db()
    assert not operation.cancel_requested


def test_an_end_that_breaks_is_an_end(tmp_path: Path) -> None:
    operation = run(ask("broken_end", trace=str(tmp_path / "trace")))
    assert (operation.state, operation.error_code, operation.lease_token) == (Operation.State.FAILED, "internal", "")
    assert "ZeroDivisionError" in operation.error_message
    assert "secret detail" not in operation.error_message
    run(operation)
    assert len(lines(tmp_path / "trace")) == 1, "it ran again"
    ask("two")  # its target is free again


def test_a_kind_that_is_gone_is_neither_stopped_nor_tried_again(administrator: User) -> None:
    operation = ask()
    Operation.objects.update(kind="gone")
    operation.refresh_from_db()
    for act in (cancel_operation, retry_operation):
        with pytest.raises(InvalidInput, match="does not know"):
            act(actor=administrator, operation=operation)
