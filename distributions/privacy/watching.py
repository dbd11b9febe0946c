"""When a distribution is asked about: after what may have changed its privacy, and every few hours."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

from django.db.models import F, Q, QuerySet
from django.utils import timezone

from cdnadmin.accounts.models import User
from cdnadmin.errors import Conflict
from cdnadmin.operations.models import Operation
from cdnadmin.operations.services import request_operation
from distributions.access.prediction import shown_at
from distributions.mirror import origins_of, s3_place
from distributions.models import Distribution, PrivacyCheck

KIND, LANE = "check_privacy", "privacy"
EVERY = timedelta(hours=6)
# What stands open is looked at more often: it shall be seen soon that it was mended.
WHILE_OPEN = timedelta(minutes=30)
# Of a round every half minute: ten thousand distributions have their turn within the six hours.
AT_ONCE = 20
NEIGHBOURS = 50
# Private ones of the same buckets: so many are looked at for whether the change may have opened them.
LOOKED_AT = 2_000
# A bucket's policy is in force everywhere within seconds.
SETTLES_SECONDS = 5.0


def uncheckable_because(distribution: Distribution) -> str:
    """Why nothing can be asked from outside now, as a sentence; "" where it can."""
    if distribution.family != Distribution.Family.WEB or not distribution.answers_viewers:
        return "No viewer reaches it by its own domain name."
    if distribution.bucket is None:
        return "Its origin is no bucket that is known here."
    if not distribution.domain_name or not distribution.is_served:
        return distribution.closed_because or "CloudFront does not answer for it yet."
    return ""


def request_check(distribution: Distribution, trigger: str, *, actor: User | None = None, delay_seconds: float = 0) -> Operation:
    """Ask for a check. Raises Conflict while one is under way."""
    return request_operation(
        kind=KIND,
        target=distribution.reference,
        lane=LANE,
        title=f"Ask from outside whether {distribution.name} is as private as it says"[:200],
        actor=actor,
        input={"trigger": trigger},
        delay_seconds=delay_seconds,
    )


def check_after_change(distribution: Distribution) -> None:
    """Ask about it, and about the private ones whose files it may have come to show."""
    if uncheckable_because(distribution) == "":
        _ask_again(distribution)
    names = {place.bucket for origin in origins_of(distribution.config_at_aws) if (place := s3_place(origin))}
    private = _checkable(Distribution.objects.filter(bucket__name__in=names, kind=Distribution.Kind.PRIVATE))
    asked = 0
    for each in private.exclude(pk=distribution.pk).select_related("bucket")[:LOOKED_AT]:
        if asked < NEIGHBOURS and shown_at(distribution, each.own_bucket.name, f"{each.prefix}any") is not None:
            _ask_again(each)
            asked += 1


def _ask_again(distribution: Distribution) -> None:
    with suppress(Conflict):  # one is under way; the next round asks again
        request_check(distribution, PrivacyCheck.Trigger.CHANGE, delay_seconds=SETTLES_SECONDS)


def check_due() -> int:
    """Ask about those whose last check is long ago, what stands open first. How many were asked for."""
    now, asked = timezone.now(), 0
    long_ago = Q(privacy_checked_at=None) | Q(privacy_checked_at__lt=now - EVERY)
    open_lately = Q(privacy_verdict=PrivacyCheck.Verdict.OPEN, privacy_checked_at__lt=now - WHILE_OPEN)
    for each in _checkable(Distribution.objects.filter(long_ago | open_lately)).order_by(
        F("privacy_open_since").asc(nulls_last=True), F("privacy_checked_at").asc(nulls_first=True)
    )[:AT_ONCE]:
        if Operation.objects.filter(kind=KIND, target=each.reference, created_at__gt=now - WHILE_OPEN).exists():
            continue  # one that failed, or said that it can't be asked, is not asked again at once
        with suppress(Conflict):
            request_check(each, PrivacyCheck.Trigger.SCHEDULE)
            asked += 1
    return asked


def _checkable(rows: QuerySet[Distribution]) -> QuerySet[Distribution]:
    return rows.filter(family=Distribution.Family.WEB, is_served=True, bucket__isnull=False).exclude(domain_name="")
