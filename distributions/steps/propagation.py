"""One poll per account: a round over ListDistributions tells of every distribution that is on its way."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from cdnadmin.accounts.models import AwsAccount
from cdnadmin.accounts.services.credentials import connection_for
from cdnadmin.aws import distributions as aws_distributions
from cdnadmin.aws.session import Connection
from cdnadmin.errors import AwsNotFound
from cdnadmin.operations.models import Operation
from cdnadmin.operations.outcomes import Done, Outcome, Wait
from distributions.models import Distribution, Propagation

# Lists are eventually consistent: one may leave out what was created a moment ago.
MISSING_FOR = timedelta(minutes=10)


def look(operation: Operation) -> Outcome:
    """One round; then wait for the next, or end when nothing is on its way."""
    account = AwsAccount.objects.get(public_id=operation.target.partition(":")[2])
    moving = Distribution.objects.filter(account=account, status=Distribution.Status.IN_PROGRESS).exclude(aws_id="")
    on_their_way = {row.aws_id: row for row in moving}
    if not on_their_way:
        return Done("Nothing is on its way")
    connection = connection_for(account)
    missing = dict(on_their_way)
    for summary in aws_distributions.iterate_distributions(connection):
        row = missing.pop(summary.id, None)
        if row is not None and summary.status == "Deployed":
            # The list may be older than our write: only the configuration we wrote, with its ETag, counts.
            seen = aws_distributions.get_distribution(connection, id=row.aws_id)
            if seen.status == "Deployed" and seen.etag == row.etag and seen.enabled == row.enabled:
                _arrived(row)
            elif seen.status == "Deployed" and seen.etag != row.etag:
                _changed_outside(row, seen)
    for row in missing.values():
        _look_for(row, connection_for(account))
    if not moving.all().exists():
        return Done("Everything has reached the edges")
    return Wait(settings.PROPAGATION_POLL_SECONDS, note=f"{len(on_their_way)} on the way")


def _arrived(row: Distribution) -> None:
    now = timezone.now()
    status = Distribution.Status.DEPLOYED if row.enabled else Distribution.Status.DISABLED
    with transaction.atomic():
        # Guarded by the ETag: a newer change may have been sent meanwhile.
        changed = Distribution.objects.filter(pk=row.pk, etag=row.etag, status=Distribution.Status.IN_PROGRESS)
        if changed.update(status=status, is_served=row.enabled, seen_at=now) and row.changed_at:
            Propagation.objects.create(
                account_id=row.account_id, distribution=row, seconds=_seconds(row.changed_at, now), finished_at=now
            )


def _seconds(begin: datetime, end: datetime) -> float:
    return max(0.0, (end - begin).total_seconds())


def _changed_outside(row: Distribution, seen: aws_distributions.SeenDistribution) -> None:
    """Somebody changed it at AWS after us, and that has arrived too: take down what is there."""
    status = Distribution.Status.DEPLOYED if seen.enabled else Distribution.Status.DISABLED
    Distribution.objects.filter(pk=row.pk, etag=row.etag).update(
        status=status, is_served=seen.enabled, etag=seen.etag, config=seen.config, enabled=seen.enabled, seen_at=timezone.now()
    )


def _look_for(row: Distribution, connection: Connection) -> None:
    """Not in the list. Gone, if a direct read says so too and it is not brand-new."""
    if row.changed_at and timezone.now() - row.changed_at < MISSING_FOR:
        return
    try:
        aws_distributions.get_distribution(connection, id=row.aws_id)
    except AwsNotFound:
        Distribution.objects.filter(pk=row.pk, etag=row.etag).update(
            status=Distribution.Status.FAILED, is_served=False, seen_at=timezone.now()
        )
