"""One poll per account: a round over ListDistributions tells of every distribution that is on its way.

n distributions on their way cost n/100 calls a round, and one more at most: arrival is told by the list's own ETag
and status. No operation asks by itself: those that wait are woken when theirs has arrived.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from math import ceil
from statistics import median
from typing import NamedTuple

from django.conf import settings
from django.db import transaction
from django.db.models import Max, Min, QuerySet
from django.utils import timezone

from cdnadmin.accounts.models import AwsAccount
from cdnadmin.accounts.services.credentials import connection_for
from cdnadmin.aws.distributions import SeenDistribution
from cdnadmin.errors import AwsError, AwsNotFound
from cdnadmin.operations.models import Operation
from cdnadmin.operations.outcomes import Done, Outcome, Wait
from cdnadmin.operations.services import record_progress, wake_operations
from distributions.budget import THROTTLING, Background, BudgetSpent, Calls, load_account, note_throttled
from distributions.invalidation_follow import DISTRIBUTIONS_A_ROUND, follow_invalidations
from distributions.models import Distribution, Propagation
from distributions.privacy.watching import check_after_change
from distributions.seen import active_values
from distributions.steps.listing import Round
from distributions.steps.outside import note_gone, note_outside, without_older
from distributions.steps.writing import read
from distributions.watching import start_watching

# Lists are eventually consistent: one may leave out what was created a moment ago.
MISSING_FOR = timedelta(minutes=10)
LONGEST_PAUSE = 30.0
CALLS_A_SECOND = 2.0
LONGEST_BACK_OFF = 120.0
REMEMBERED = 20
# Nothing arrives much sooner than anything did before.
SOONEST = 0.8


class Moving(NamedTuple):
    """What is needed of a row: ten thousand of them with their configurations would fill a worker's memory."""

    pk: int
    aws_id: str
    etag: str
    enabled: bool
    changed_at: datetime | None
    public_id: str


def look(operation: Operation) -> Outcome:
    """One round; then wait for the next, or end when nothing is on its way."""
    account = load_account(operation)
    web, old = _moving(account, Distribution.Family.WEB), _moving(account, Distribution.Family.RTMP)
    try:
        with Calls(account) as calls:
            work = Background(account, replace(connection_for(account), background=True), calls)
            _look_at_all(operation, work, web)
            for row in old:
                _look_at_one(work, row)
            made = calls.made
            invalidations = follow_invalidations(account, work.connection)
            calls.take(min(invalidations, DISTRIBUTIONS_A_ROUND))
    except BudgetSpent as spent:
        return Wait(spent.seconds, note=operation.note)
    except AwsError as error:
        if error.code not in THROTTLING and not error.retryable:
            raise
        # Asked too often, or AWS is not well: it is asked less often, and nothing fails by it.
        at_least = note_throttled(account) if error.code in THROTTLING else 0.0
        times = operation.data.get("put_off", 0) + 1
        record_progress(operation, data={"put_off": times})
        return Wait(max(at_least, min(2.0**times, LONGEST_BACK_OFF)), note=error.message)
    if operation.data.get("put_off"):
        record_progress(operation, data={"put_off": 0})
    return _what_next(account, made, invalidations)


def end_look_out(operation: Operation) -> None:
    """What was sent while the last round ended found this look-out still there, and asked for no other."""
    account = AwsAccount.objects.filter(public_id=operation.target.partition(":")[2]).first()
    if account is not None and operation.state == Operation.State.SUCCEEDED and _on_their_way(account).exists():
        start_watching(account)


def _on_their_way(account: AwsAccount) -> QuerySet[Distribution]:
    return Distribution.objects.filter(account=account, status=Distribution.Status.IN_PROGRESS).exclude(aws_id="")


def _what_next(account: AwsAccount, made: int, invalidations: int) -> Outcome:
    rest = _on_their_way(account)
    count = rest.count()
    if not count and not invalidations:
        return Done("Everything has reached the edges")
    note = f"{count} on the way" + (f", {invalidations} invalidations" if invalidations else "")
    if invalidations:
        # How long these take says nothing of changes, nor the other way round.
        return Wait(max(settings.PROPAGATION_POLL_SECONDS, made / CALLS_A_SECOND), note=note)
    sent, now = rest.aggregate(first=Min("changed_at"), last=Max("changed_at")), timezone.now()
    ages = [(now - at).total_seconds() for at in (sent["first"], sent["last"]) if at is not None]
    return Wait(pause_before_next(_usual(account), ages, calls=made), note=note)


def _moving(account: AwsAccount, family: str) -> list[Moving]:
    return [Moving(*values) for values in _on_their_way(account).filter(family=family).values_list(*Moving._fields)]


def _usual(account: AwsAccount) -> list[float]:
    recent = Propagation.objects.filter(account=account).order_by("-finished_at")
    return list(recent.values_list("seconds", flat=True)[:REMEMBERED])


def pause_before_next(usual: list[float], ages: list[float], *, calls: int) -> float:
    """Seconds to the next round.

    `usual`: how long the account's last changes took; `ages`: seconds since the oldest and the newest under way were
    sent; `calls`: those of a round, which must not be more than CALLS_A_SECOND.
    """
    least = max(settings.PROPAGATION_POLL_SECONDS, calls / CALLS_A_SECOND)
    if not usual or not ages:
        return least
    soonest = SOONEST * min(usual) - max(ages)
    # A tenth of what changes take; where all are late, there is less reason to hurry.
    tenth = median(usual) / 10 * (3 if min(ages) > 3 * median(usual) else 1)
    return max(least, min(max(tenth, soonest), LONGEST_PAUSE))


def _look_at_all(operation: Operation, work: Background, moving: list[Moving]) -> None:
    if not moving:
        return
    known = Distribution.objects.filter(account=work.account, family=Distribution.Family.WEB).exclude(aws_id="").count()
    if len(moving) < ceil(known / 100):
        # Few among many: reading these costs less than the whole list.
        for each in moving:
            _look_at_one(work, each)
        return
    missing = {row.aws_id: row for row in moving}
    odd: list[Moving] = []
    listing = Round(operation, work)
    for page in listing:
        arrived: list[Moving] = []
        for summary in page.summaries:
            row = missing.pop(summary.id, None)
            if row is None or summary.status != "Deployed":
                continue
            if summary.etag == row.etag and summary.enabled == row.enabled:
                arrived.append(row)
            else:
                odd.append(row)  # a stale list, somebody else's change, or a list without ETags: a read will tell
        _arrived(arrived)
    now = timezone.now()
    lost = [row for row in missing.values() if row.changed_at is None or now - row.changed_at > MISSING_FOR]
    _look_at_next(operation, work, [*odd, *lost] if listing.is_whole else odd)


def _look_at_next(operation: Operation, work: Background, rows: list[Moving]) -> None:
    """At most one a round is read by itself, in turn: one that stays odd must not hide the others."""
    if not rows:
        return
    last = operation.data.get("read_last", 0)
    ordered = sorted(rows, key=lambda row: row.pk)
    row = next((row for row in ordered if row.pk > last), ordered[0])
    record_progress(operation, data={"read_last": row.pk})
    _look_at_one(work, row)


def _arrived(rows: list[Moving]) -> None:
    if not rows:
        return
    now = timezone.now()
    with transaction.atomic():
        # Guarded by ETags, which are never used twice: a newer change may have been sent meanwhile.
        still = Distribution.objects.select_for_update().filter(
            pk__in=[row.pk for row in rows], etag__in=[row.etag for row in rows], status=Distribution.Status.IN_PROGRESS
        )
        there = {pk: (account, changed_at) for pk, account, changed_at in still.values_list("pk", "account_id", "changed_at")}
        on = Distribution.objects.filter(pk__in=there, enabled=True)
        on.update(status=Distribution.Status.DEPLOYED, is_served=True, seen_at=now)
        off = Distribution.objects.filter(pk__in=there, enabled=False)
        off.update(status=Distribution.Status.DISABLED, is_served=False, seen_at=now)
        Propagation.objects.bulk_create(
            Propagation(
                account_id=account, distribution_id=pk, seconds=max(0.0, (now - changed_at).total_seconds()), finished_at=now
            )
            for pk, (account, changed_at) in there.items()
            if changed_at is not None
        )
        # A change of ours that is under way asks once it has ended; of others, and of one that failed, nobody else does.
        busy = Operation.objects.filter(target__in=[f"distribution:{row.public_id}" for row in rows], lane="main")
        named = set(busy.filter(state__in=Operation.ACTIVE).values_list("target", flat=True))
        for distribution in Distribution.objects.filter(pk__in=there).select_related("drift"):
            if distribution.reference not in named:
                check_after_change(distribution)
    wake_operations([f"distribution:{row.public_id}" for row in rows if row.pk in there])


def _look_at_one(work: Background, row: Moving) -> None:
    """A read of one alone: arrived, changed by somebody else since, gone, or still on its way."""
    whole = Distribution.objects.filter(pk=row.pk).first()
    if whole is None:
        return
    work.calls.take()
    try:
        seen = read(work.connection, whole)
    except AwsNotFound:
        # Reads are eventually consistent, too.
        if row.changed_at is None or timezone.now() - row.changed_at > MISSING_FOR:
            note_gone(whole)
            wake_operations([whole.reference])
        return
    if seen.status != "Deployed":
        return
    if seen.etag == row.etag and seen.enabled == row.enabled:
        Distribution.objects.filter(pk=row.pk, etag=seen.etag).update(**active_values(seen))
        _arrived([row])
    elif without_older({row.pk: seen.etag}):
        _overtaken(whole, seen)


def _overtaken(row: Distribution, seen: SeenDistribution) -> None:
    """Somebody changed it after us, and that has arrived: ours will not any more."""
    note_outside(row, seen)
    status = Distribution.Status.DEPLOYED if seen.enabled else Distribution.Status.DISABLED
    changed = Distribution.objects.filter(pk=row.pk, etag__in=[row.etag, seen.etag], status=Distribution.Status.IN_PROGRESS)
    if changed.update(status=status, is_served=seen.enabled, seen_at=timezone.now()):
        wake_operations([row.reference])
