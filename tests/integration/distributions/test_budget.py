"""How many calls a second work in the background may make: shared by all workers, halved when AWS throttles."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import httpx
import pytest
from django.db import connection
from django.utils import timezone

from cdnadmin.accounts.models import AwsAccount
from cdnadmin.operations.models import Operation
from cdnadmin.operations.runner import run_operation
from distributions.budget import HIGHEST, HIGHEST_ELSEWHERE, LOWEST, BudgetSpent, Calls, note_throttled, take_calls
from distributions.models import CallBudget
from distributions.services.importing import check_account
from tests.conftest import RunningSandbox
from tests.integration.distributions.conftest import finish

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def aws() -> AwsAccount:
    """An account of AWS itself; nothing is asked of it here."""
    return AwsAccount.objects.create(label="Production")


def set_budget(account: AwsAccount, **values: Any) -> None:
    CallBudget.objects.update_or_create(account=account, defaults={"filled_at": timezone.now(), **values})


def test_workers_that_take_at_once_never_take_more_than_there_is(aws: AwsAccount) -> None:
    set_budget(aws, rate=HIGHEST, tokens=HIGHEST)

    def take(_: int) -> int:
        try:
            return take_calls(aws, 3).calls
        finally:
            connection.close()

    begun = time.monotonic()
    with ThreadPoolExecutor(8) as workers:
        taken = sum(workers.map(take, range(40)))
    assert HIGHEST - 2 <= taken <= HIGHEST + HIGHEST * (time.monotonic() - begun)


def test_what_is_not_used_is_given_back(aws: AwsAccount) -> None:
    set_budget(aws, rate=HIGHEST, tokens=HIGHEST)
    with Calls(aws) as calls:
        calls.take(2)
    assert calls.made == 2
    assert CallBudget.objects.get(account=aws).tokens >= HIGHEST - 2


def test_throttling_halves_the_rate_once_a_moment_and_never_to_nothing(aws: AwsAccount) -> None:
    set_budget(aws, rate=8.0, tokens=8.0)
    note_throttled(aws)
    note_throttled(aws)
    assert CallBudget.objects.get(account=aws).rate == 4.0, "two workers were throttled by the same moment"
    assert take_calls(aws).calls == 0
    pauses = []
    for _ in range(8):
        CallBudget.objects.update(throttled_at=timezone.now() - timedelta(seconds=5))
        pauses.append(note_throttled(aws))
    assert CallBudget.objects.get(account=aws).rate == LOWEST
    assert pauses == sorted(pauses)
    assert pauses[-1] <= 60


def test_the_rate_grows_back_slowly(aws: AwsAccount) -> None:
    def rate_after(minutes: float) -> float:
        set_budget(aws, rate=LOWEST, tokens=0.0, filled_at=timezone.now() - timedelta(minutes=minutes))
        take_calls(aws, 1)
        return CallBudget.objects.get(account=aws).rate

    assert rate_after(0.1) < 1
    assert 1 < rate_after(3) < HIGHEST / 2
    assert rate_after(30) == HIGHEST


def test_the_sandbox_is_not_slowed(account: AwsAccount) -> None:
    begun = time.monotonic()
    with Calls(account) as calls:
        calls.take(700)
    assert time.monotonic() - begun < 2
    assert CallBudget.objects.get(account=account).rate == HIGHEST_ELSEWHERE


def test_a_worker_does_not_sleep_for_long(aws: AwsAccount) -> None:
    set_budget(aws, rate=LOWEST, tokens=-20.0)
    begun = time.monotonic()
    with Calls(aws) as calls, pytest.raises(BudgetSpent) as spent:
        calls.take()
    assert time.monotonic() - begun < 1
    assert spent.value.seconds > 30


def test_work_waits_for_its_budget_and_goes_on(account: AwsAccount, inject: Callable[..., None], sandbox: RunningSandbox) -> None:
    operation = check_account(actor=None, account=account)
    set_budget(account, rate=LOWEST, tokens=-1_000.0)
    # Whoever asked AWS all the same would fail.
    inject(service="cloudfront", code="AccessDenied", status=403)
    run_operation(operation.pk)
    operation.refresh_from_db()
    assert operation.state == Operation.State.WAITING
    assert operation.due_at > timezone.now() + timedelta(seconds=10)
    assert operation.attempt == 0, "waiting for the budget uses no try up"
    httpx.delete(f"{sandbox.url}/_sandbox/faults").raise_for_status()
    set_budget(account, rate=HIGHEST_ELSEWHERE, tokens=HIGHEST_ELSEWHERE)
    assert finish(operation).state == Operation.State.SUCCEEDED


def test_throttling_in_the_middle_fails_nothing(account: AwsAccount, inject: Callable[..., None]) -> None:
    inject(service="cloudfront", operation="ListDistributions", code="Throttling", status=400, times=12)
    ended = finish(check_account(actor=None, account=account), seconds=60)
    assert ended.state == Operation.State.SUCCEEDED, ended.error_message
    assert CallBudget.objects.get(account=account).rate < HIGHEST_ELSEWHERE
