"""Credentials that end in the middle of long work: it waits until somebody has mended them, and says so once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from cdnadmin.accounts.models import User
from cdnadmin.errors import InvalidInput
from cdnadmin.operations import runner
from cdnadmin.operations.models import Operation, OperationEvent
from cdnadmin.operations.runner import run_operation
from cdnadmin.operations.services import cancel_operation, retry_operation
from tests.integration.operations.conftest import ask

pytestmark = pytest.mark.django_db(transaction=True)


def run(operation: Operation) -> Operation:
    Operation.objects.filter(pk=operation.pk).update(due_at=timezone.now())
    run_operation(operation.pk)
    operation.refresh_from_db()
    return operation


def warnings(operation: Operation) -> list[str]:
    return list(operation.events.filter(level="warning").values_list("message", flat=True))


def test_it_waits_and_says_so_once_however_long_it_takes() -> None:
    operation = ask("expired")
    for _ in range(runner.RETRYABLE_ATTEMPTS * 3):
        run(operation)
    assert (operation.state, operation.error_code, operation.step) == (Operation.State.WAITING, "ExpiredToken", "expired")
    assert operation.note == (
        "These credentials have expired. Enter new ones. Waiting until they are mended; looking again every minute."
    )
    assert warnings(operation) == ["These credentials have expired. Enter new ones. Waiting until they are mended."]
    assert timedelta(seconds=25) < operation.due_at - timezone.now() <= timedelta(seconds=60)


def test_it_goes_on_at_the_same_step_once_they_are_mended() -> None:
    operation = run(ask("expired"))
    Operation.objects.update(input={"mended": True})
    assert run(operation).state == Operation.State.SUCCEEDED
    assert operation.error_code == ""
    assert [event.message for event in operation.events.all()].count("The first step is done") == 1


def test_it_can_be_stopped_meanwhile(administrator: User) -> None:
    operation = run(ask("expired"))
    cancel_operation(actor=administrator, operation=operation)
    run_operation(operation.pk)
    operation.refresh_from_db()
    assert operation.state == Operation.State.CANCELLED


def test_what_can_not_be_stopped_can_be_given_up_while_it_waits_and_is_tried_again(administrator: User) -> None:
    operation = run(ask("expired_unstoppable"))
    cancel_operation(actor=administrator, operation=operation)
    assert run(operation).state == Operation.State.FAILED
    retry_operation(actor=administrator, operation=operation)
    Operation.objects.update(input={"mended": True})
    assert run(operation).state == Operation.State.SUCCEEDED


def test_what_can_not_be_stopped_gives_up_after_a_week(administrator: User) -> None:
    operation = ask("expired_unstoppable")
    with pytest.raises(InvalidInput):
        cancel_operation(actor=administrator, operation=operation)
    run(operation)
    assert run(operation).state == Operation.State.WAITING
    OperationEvent.objects.update(at=timezone.now() - runner.MENDED_WITHIN)
    assert run(operation).state == Operation.State.FAILED
    assert operation.error_message == "These credentials have expired. Enter new ones."
