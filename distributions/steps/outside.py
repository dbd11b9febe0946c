"""What was read at AWS otherwise than it is known here: drift, or none; and what is there no more."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from cdnadmin.accounts.audit import record
from cdnadmin.aws.distributions import SeenDistribution
from cdnadmin.operations.models import Operation
from distributions.configuration.differences import compare
from distributions.models import ConfigurationVersion, Distribution
from distributions.privacy.watching import check_after_change
from distributions.seen import active_values, save_seen
from distributions.versions import record_version
from distributions.watching import start_watching

OUTSIDE = ConfigurationVersion.Source.OUTSIDE


def is_busy(row: Distribution) -> bool:
    """A change of ours may have landed without being written down yet: the next round tells."""
    return Operation.objects.filter(target=row.reference, lane="main", state__in=Operation.ACTIVE).exists()


def without_older(seen: dict[int, str]) -> list[int]:
    """Of rows' keys and the ETags seen of them: without those whose ETag is known, and older than what the row has.

    CloudFront never uses an ETag twice, so an older one is a stale answer.
    """
    rows = Distribution.objects.filter(pk__in=seen).values_list("pk", "etag", "drift__etag")
    own = {pk: (ours, theirs or ours) for pk, ours, theirs in rows}
    wanted = {etag for pk, etag in seen.items() if etag} | {newest for _, newest in own.values()}
    known = ConfigurationVersion.objects.filter(distribution_id__in=seen, etag__in=wanted)
    numbers = {(pk, etag): number for pk, etag, number in known.values_list("distribution_id", "etag", "number")}

    def is_older(pk: int) -> bool:
        _, newest = own.get(pk, ("", ""))
        number = numbers.get((pk, seen[pk]))
        return number is not None and number < numbers.get((pk, newest), 0)

    return [pk for pk in seen if not is_older(pk)]


def note_outside(row: Distribution, seen: SeenDistribution) -> int:
    """Write down what was read of a row that is known otherwise. 1 where that is new drift.

    A stale read, our own change that is not written down yet, and the same under another ETag are none. What is
    managed elsewhere is followed: nobody here could put it back.
    """
    with transaction.atomic():
        now = Distribution.objects.select_for_update().filter(pk=row.pk, etag=row.etag).first()
        # Asked after the read: what was read can't be of a change that was begun later.
        if now is None or is_busy(now) or not without_older({now.pk: seen.etag}):
            return 0
        if seen.etag == now.etag or not compare(now.config, seen.config):
            _settle(now, seen)
            return 0
        if now.managed_by:
            _follow(now, seen)
            return 0
        theirs = record_version(distribution=now, etag=seen.etag, config=seen.config, source=OUTSIDE)
        if now.drift_id == theirs.pk:
            return 0
        Distribution.objects.filter(pk=now.pk).update(
            drift=theirs, drift_found_at=timezone.now(), unknown_fields=list(seen.unknown_fields)
        )
        _tell("find_drift", now, seen)
        now.drift = theirs
        check_after_change(now)
    return 1


def _settle(row: Distribution, seen: SeenDistribution) -> None:
    """Put back outside, or touched without a difference: the new ETag is taken, quietly."""
    if seen.etag != row.etag:
        record_version(distribution=row, etag=seen.etag, config=seen.config, source=OUTSIDE)
    Distribution.objects.filter(pk=row.pk).update(
        etag=seen.etag,
        config=seen.config,
        drift=None,
        drift_found_at=None,
        unknown_fields=list(seen.unknown_fields),
        seen_at=timezone.now(),
        **active_values(seen),
    )


def _follow(row: Distribution, seen: SeenDistribution) -> None:
    _tell("follow_change", row, seen)
    moving = seen.status != "Deployed"
    save_seen(row, seen, mirror=True, source=OUTSIDE, moving=moving)
    if moving:
        start_watching(row.account)
    else:
        status = Distribution.Status.DEPLOYED if seen.enabled else Distribution.Status.DISABLED
        Distribution.objects.filter(pk=row.pk).update(status=status, is_served=seen.enabled)
        check_after_change(Distribution.objects.get(pk=row.pk))


def _tell(action: str, row: Distribution, seen: SeenDistribution) -> None:
    differences = compare(row.config, seen.config)
    record(
        actor=None,
        action=action,
        target=row.reference,
        label=row.name,
        before={each.path: each.before_words for each in differences},
        after={each.path: each.after_words for each in differences},
    )


def note_gone(row: Distribution) -> int:
    """1 where that is news."""
    with transaction.atomic():
        known = Distribution.objects.filter(pk=row.pk, etag=row.etag).exclude(status=Distribution.Status.GONE)
        gone = known.update(
            status=Distribution.Status.GONE, is_served=False, drift=None, drift_found_at=None, seen_at=timezone.now()
        )
        if gone:
            record(actor=None, action="find_gone", target=row.reference, label=row.name)
    return gone
