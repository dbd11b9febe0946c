"""One poll per account: a round over ListDistributions tells of every distribution that is on its way.

n distributions on their way cost n/100 calls a round, and one more at most: arrival is told by the list's own ETag
and status. No operation asks by itself: those that wait are woken when theirs has arrived.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from statistics import median
from typing import NamedTuple

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from cdnadmin.accounts.models import AwsAccount
from cdnadmin.accounts.services.credentials import connection_for
from cdnadmin.aws import distributions as aws_distributions
from cdnadmin.aws import streaming as aws_streaming
from cdnadmin.aws.session import Connection
from cdnadmin.errors import AwsError, AwsNotFound
from cdnadmin.operations.models import Operation
from cdnadmin.operations.outcomes import Done, Outcome, Wait
from cdnadmin.operations.services import record_progress, wake_operations
from distributions.models import Distribution, Propagation
from distributions.steps.drift import note_outside
from distributions.versions import is_known_etag

# Lists are eventually consistent: one may leave out what was created a moment ago.
MISSING_FOR = timedelta(minutes=10)
CHUNK = 500
LONGEST_PAUSE = 30.0
CALLS_A_SECOND = 2.0
LONGEST_BACK_OFF = 120.0
REMEMBERED = 20


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
    account = AwsAccount.objects.get(public_id=operation.target.partition(":")[2])
    moving = _moving(account, Distribution.Family.WEB)
    old = _moving(account, Distribution.Family.RTMP)
    if not moving and not old:
        return Done("Nothing is on its way")
    connection = connection_for(account)
    try:
        _look_at_all(connection, moving)
        for row in old:
            _look_at_streaming(connection, row)
    except AwsError as error:
        if not error.retryable:
            raise
        # Asked too often, or AWS is not well: it is asked less often, and nothing fails by it.
        times = operation.data.get("put_off", 0) + 1
        record_progress(operation, data={"put_off": times})
        return Wait(min(2.0**times, LONGEST_BACK_OFF), note=error.message)
    if operation.data.get("put_off"):
        record_progress(operation, data={"put_off": 0})
    if not Distribution.objects.filter(account=account, status=Distribution.Status.IN_PROGRESS).exclude(aws_id="").exists():
        return Done("Everything has reached the edges")
    return Wait(_pause(account, len(moving)), note=f"{len(moving) + len(old)} on the way")


def _moving(account: AwsAccount, family: str) -> list[Moving]:
    rows = Distribution.objects.filter(account=account, family=family, status=Distribution.Status.IN_PROGRESS).exclude(aws_id="")
    return [Moving(*values) for values in rows.values_list(*Moving._fields)]


def _pause(account: AwsAccount, count: int) -> float:
    """Seconds to the next round: a tenth of what changes take here, no shorter than the calls of a round should."""
    usual = list(
        Propagation.objects.filter(account=account).order_by("-finished_at").values_list("seconds", flat=True)[:REMEMBERED]
    )
    tenth = min(median(usual) / 10, LONGEST_PAUSE) if usual else 0.0
    return max(settings.PROPAGATION_POLL_SECONDS, tenth, count / 100 / CALLS_A_SECOND)


def _look_at_all(connection: Connection, moving: list[Moving]) -> None:
    if not moving:
        return
    missing = {row.aws_id: row for row in moving}
    arrived: list[Moving] = []
    odd: Moving | None = None
    for summary in aws_distributions.iterate_distributions(connection):
        row = missing.pop(summary.id, None)
        if row is None or summary.status != "Deployed":
            continue
        if summary.etag == row.etag and summary.enabled == row.enabled:
            arrived.append(row)
        else:
            odd = odd or row  # a stale list, somebody else's change, or a list without ETags: a read will tell
    for start in range(0, len(arrived), CHUNK):
        _arrived(arrived[start : start + CHUNK])
    now = timezone.now()
    lost = next((row for row in missing.values() if row.changed_at is None or now - row.changed_at > MISSING_FOR), None)
    if odd is not None:
        _look_closely(connection, odd)
    elif lost is not None:
        _look_for(connection, lost)


def _arrived(rows: list[Moving]) -> None:
    now = timezone.now()
    with transaction.atomic():
        # Guarded by ETags, which are never used twice: a newer change may have been sent meanwhile.
        still = Distribution.objects.filter(
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
        wake_operations([f"distribution:{row.public_id}" for row in rows if row.pk in there])


def _look_closely(connection: Connection, row: Moving) -> None:
    """One that says “Deployed” of something else than what was written."""
    try:
        seen = aws_distributions.get_distribution(connection, id=row.aws_id)
    except AwsNotFound:
        _gone(row)
        return
    if seen.status != "Deployed":
        return
    if seen.etag == row.etag and seen.enabled == row.enabled:
        _arrived([row])
        return
    whole = Distribution.objects.get(pk=row.pk)
    if is_known_etag(whole, seen.etag) and (whole.drift is None or whole.drift.etag != seen.etag):
        return  # older than what was written
    # Somebody changed it after us, and that has arrived: ours will not any more.
    note_outside(whole, seen)
    status = Distribution.Status.DEPLOYED if seen.enabled else Distribution.Status.DISABLED
    changed = Distribution.objects.filter(pk=row.pk, status=Distribution.Status.IN_PROGRESS)
    if changed.update(status=status, is_served=seen.enabled, seen_at=timezone.now()):
        wake_operations([whole.reference])


def _look_at_streaming(connection: Connection, row: Moving) -> None:
    try:
        seen = aws_streaming.get_streaming_distribution(connection, id=row.aws_id)
    except AwsNotFound:
        _gone(row)
        return
    if seen.status == "Deployed" and seen.etag == row.etag:
        _arrived([row])


def _look_for(connection: Connection, row: Moving) -> None:
    """Not in the list. Gone, if a direct read says so too."""
    try:
        aws_distributions.get_distribution(connection, id=row.aws_id)
    except AwsNotFound:
        _gone(row)


def _gone(row: Moving) -> None:
    changed = Distribution.objects.filter(pk=row.pk, etag=row.etag)
    if changed.update(status=Distribution.Status.GONE, is_served=False, seen_at=timezone.now()):
        wake_operations([f"distribution:{row.public_id}"])
