"""Whether AWS still has what is wanted: told by lists, and read in full only where a list shows an ETag nobody knows."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from cdnadmin.accounts.audit import record
from cdnadmin.accounts.models import AwsAccount
from cdnadmin.accounts.services.credentials import connection_for
from cdnadmin.aws import distributions as aws_distributions
from cdnadmin.aws.distributions import DistributionSummary, SeenDistribution
from cdnadmin.aws.session import Connection
from cdnadmin.errors import AwsNotFound
from cdnadmin.operations.models import Operation
from cdnadmin.operations.outcomes import Next, Outcome
from distributions.configuration.differences import compare
from distributions.models import AccountInventory, ConfigurationVersion, Distribution
from distributions.steps.importing import load_account
from distributions.versions import is_known_etag, record_version


def check_drift(operation: Operation) -> Outcome:
    """One round over ListDistributions, n/100 calls, and one read for each that somebody changed."""
    account = load_account(operation)
    connection = connection_for(account)
    rows = Distribution.objects.filter(account=account, family=Distribution.Family.WEB).exclude(aws_id="")
    missing = {
        aws_id: (pk, etag, drift)
        for pk, aws_id, etag, drift in rows.exclude(status=Distribution.Status.GONE).values_list(
            "pk", "aws_id", "etag", "drift__etag"
        )
    }
    unknown = found = 0
    for summary in aws_distributions.iterate_distributions(connection):
        known = missing.pop(summary.id, None)
        if known is None:
            unknown += 1
        elif not summary.etag or summary.etag != (known[2] or known[1]):
            found += _look(known[0], summary, connection)
    gone = sum(_look_for(pk, connection) for pk, _, _ in missing.values())
    _write_down(account, unknown)
    said = f"{found} changed outside" if found else "Nothing was changed outside"
    return Next(said + (f", {gone} deleted there" if gone else "") + (f", {unknown} not imported" if unknown else ""))


def _write_down(account: AwsAccount, unknown: int) -> None:
    inventory, _ = AccountInventory.objects.get_or_create(account=account)
    inventory.checked_at, inventory.not_imported, inventory.check_error = timezone.now(), unknown, ""
    inventory.save(update_fields=["checked_at", "not_imported", "check_error"])


def _busy(row: Distribution) -> bool:
    """A change of ours may have landed without being written down yet: the next round tells."""
    return Operation.objects.filter(target=row.reference, lane="main", state__in=Operation.ACTIVE).exists()


def _look(pk: int, summary: DistributionSummary, connection: Connection) -> int:
    row = Distribution.objects.get(pk=pk)
    settled = bool(summary.etag) and summary.etag == row.etag
    if _busy(row) or (summary.etag and not settled and is_known_etag(row, summary.etag)):
        return 0  # a list may be older than what we know: ETags are never used twice
    try:
        seen = aws_distributions.get_distribution(connection, id=row.aws_id)
    except AwsNotFound:
        return 0
    if seen.etag != row.etag and is_known_etag(row, seen.etag) and (row.drift is None or seen.etag != row.drift.etag):
        return 0
    return note_outside(row, seen)


def note_outside(row: Distribution, seen: SeenDistribution) -> int:
    """What AWS has under an ETag that is not ours: drift, or the same under another name. 1 where it is new drift."""
    if seen.etag == row.etag or not compare(row.config, seen.config):
        # Put back outside, or touched without a difference: the new ETag is taken, quietly.
        if seen.etag != row.etag:
            record_version(distribution=row, etag=seen.etag, config=seen.config, source=ConfigurationVersion.Source.OUTSIDE)
        Distribution.objects.filter(pk=row.pk, etag=row.etag).update(
            etag=seen.etag, config=seen.config, drift=None, drift_found_at=None, unknown_fields=list(seen.unknown_fields)
        )
        return 0
    with transaction.atomic():
        theirs = record_version(distribution=row, etag=seen.etag, config=seen.config, source=ConfigurationVersion.Source.OUTSIDE)
        changed = Distribution.objects.filter(pk=row.pk, etag=row.etag).exclude(drift=theirs)
        if not changed.update(drift=theirs, drift_found_at=timezone.now(), unknown_fields=list(seen.unknown_fields)):
            return 0
        differences = compare(row.config, seen.config)
        record(
            actor=None,
            action="find_drift",
            target=row.reference,
            label=row.name,
            before={each.path: each.before_words for each in differences},
            after={each.path: each.after_words for each in differences},
        )
    return 1


def _look_for(pk: int, connection: Connection) -> int:
    """Not in the list: gone if a read says so too. Lists are eventually consistent, and may leave out what is new."""
    row = Distribution.objects.get(pk=pk)
    if _busy(row):
        return 0
    try:
        aws_distributions.get_distribution(connection, id=row.aws_id)
    except AwsNotFound:
        changed = Distribution.objects.filter(pk=pk, etag=row.etag).update(
            status=Distribution.Status.GONE, is_served=False, drift=None, drift_found_at=None, seen_at=timezone.now()
        )
        if changed:
            record(actor=None, action="find_gone", target=row.reference, label=row.name)
        return changed
    return 0
