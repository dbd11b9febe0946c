"""How many calls a second the work that nobody waits for may make of an account's CloudFront: one budget for all workers.

AWS names no number for CloudFront's API ("Quotas" in the Developer Guide has none): the rate is halved when it
throttles, and grows back slowly. What a person asked for is not counted: it is little, and goes first.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import wraps
from typing import Self

from django.db.models import F, Q
from django.db.models.functions import Greatest
from django.utils import timezone

from cdnadmin.accounts.models import AwsAccount
from cdnadmin.accounts.services.credentials import connection_for
from cdnadmin.aws.session import Connection
from cdnadmin.errors import AwsError, CdnadminError, NotReady
from cdnadmin.operations.models import Operation
from cdnadmin.operations.outcomes import Outcome, Wait
from distributions.models import CallBudget

LOWEST = 0.5
HIGHEST = 10.0
# The sandbox, or whatever else answers in AWS's place: it is nobody's quota.
HIGHEST_ELSEWHERE = 1_000.0
RECOVERY_SECONDS = 600.0
# Several workers are throttled by the same moment: that halves once.
ONE_MOMENT = timedelta(seconds=1)
# Taken at once, so that the database is not written for each call.
HANDFUL = 50
# A worker sleeps so long for its next handful, and so long in all; then it gives the operation back.
NAP_SECONDS = 4.0
PATIENCE_SECONDS = 30.0
THROTTLING = frozenset({"Throttling", "ThrottlingException", "RequestLimitExceeded", "SlowDown"})


class BudgetSpent(CdnadminError):
    """No call may be made for `seconds`."""

    code = "budget_spent"

    def __init__(self, seconds: float) -> None:
        super().__init__("This account's budget of calls is spent for a moment.")
        self.seconds = seconds


@dataclass(frozen=True)
class Taken:
    """So many calls may be made now; where it is none, ask again after `seconds`."""

    calls: int
    seconds: float = 0.0


def highest_rate(account: AwsAccount) -> float:
    """Calls a second, where nothing throttles."""
    return HIGHEST_ELSEWHERE if account.endpoint_url else HIGHEST


def take_calls(account: AwsAccount, at_most: int = HANDFUL) -> Taken:
    """As many calls as the budget has, up to `at_most`; safe with any number of workers at once."""
    highest = highest_rate(account)
    CallBudget.objects.get_or_create(account=account, defaults={"rate": highest, "tokens": highest})
    while True:
        row = CallBudget.objects.get(account=account)
        now = timezone.now()
        rate, tokens = refilled(row, highest, now)
        calls = min(int(tokens), at_most)
        if calls < 1:
            # A second's worth, or one where that takes longer: waited for together, written once.
            wanted = max(1.0, min(at_most, rate))
            return Taken(0, (wanted - tokens) / rate)
        mine = CallBudget.objects.filter(pk=row.pk, tokens=row.tokens, filled_at=row.filled_at, rate=row.rate)
        if mine.update(tokens=tokens - calls, rate=rate, filled_at=now):
            return Taken(calls)


def refilled(row: CallBudget, highest: float, now: datetime) -> tuple[float, float]:
    """(rate, tokens) of now: both have grown since it was last written. At most a second's worth is saved up."""
    elapsed = max(0.0, (now - row.filled_at).total_seconds())
    rate = min(highest, max(LOWEST, row.rate) + elapsed * highest / RECOVERY_SECONDS)
    return rate, min(max(1.0, rate), row.tokens + elapsed * rate)


def give_back(account: AwsAccount, calls: int) -> None:
    CallBudget.objects.filter(account=account).update(tokens=F("tokens") + calls)


def note_throttled(account: AwsAccount) -> float:
    """AWS throttled: half the rate from now on. Answers the seconds after which to ask again."""
    now = timezone.now()
    CallBudget.objects.get_or_create(account=account, defaults={"rate": highest_rate(account)})
    rows = CallBudget.objects.filter(account=account)
    rows.filter(Q(throttled_at=None) | Q(throttled_at__lt=now - ONE_MOMENT)).update(
        rate=Greatest(F("rate") / 2, LOWEST), tokens=0.0, filled_at=now, throttled_at=now
    )
    return min(60.0, max(1.0, 10.0 / rows.values_list("rate", flat=True).get()))


class Calls:
    """The calls of one delivery, taken by the handful; what is left over is given back at the end."""

    def __init__(self, account: AwsAccount) -> None:
        self._account, self._left, self._slept = account, 0, 0.0
        self.made = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._left:
            give_back(self._account, self._left)
            self._left = 0

    def take(self, calls: int = 1) -> None:
        """Before so many calls. Sleeps a little for them; raises BudgetSpent where that would be long."""
        for _ in range(calls):
            while not self._left:
                taken = take_calls(self._account)
                self._left = taken.calls
                if not taken.calls:
                    self._sleep(taken.seconds)
            self._left -= 1
            self.made += 1

    def _sleep(self, seconds: float) -> None:
        if seconds > NAP_SECONDS or self._slept + seconds > PATIENCE_SECONDS:
            raise BudgetSpent(seconds)
        self._slept += seconds
        time.sleep(seconds)

    def paged[T](self, items: Iterable[T], *, page: int = 100) -> Iterator[T]:
        """Items that AWS lists so many a call, each call taken from the budget before it is made."""
        source = iter(items)
        count = 0
        while True:
            if count % page == 0:
                self.take()
            try:
                item = next(source)
            except StopIteration:
                return
            yield item
            count += 1


@dataclass(frozen=True)
class Background:
    """What a step that looks at an account works with. Of `connection` each call is tried once, so that throttling is seen."""

    account: AwsAccount
    connection: Connection
    calls: Calls


def load_account(operation: Operation) -> AwsAccount:
    """The account that "account:…" names. Raises NotReady where it was forgotten."""
    account = AwsAccount.objects.filter(public_id=operation.target.partition(":")[2]).first()
    if account is None:
        raise NotReady("This AWS account is no longer known here.", code="no_such_account")
    return account


def in_background(step: Callable[[Operation, Background], Outcome]) -> Callable[[Operation], Outcome]:
    """A step that only looks at an account: within its budget, and put off, never failed, where AWS throttles."""

    @wraps(step)
    def run(operation: Operation) -> Outcome:
        account = load_account(operation)
        connection = replace(connection_for(account), background=True)
        try:
            with Calls(account) as calls:
                return step(operation, Background(account, connection, calls))
        except BudgetSpent as spent:
            return Wait(spent.seconds, note=operation.note)
        except AwsError as error:
            if error.code not in THROTTLING:
                raise
            return Wait(note_throttled(account), note=error.message)

    return run
