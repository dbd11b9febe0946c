"""When a distribution is asked about: after what may have changed its privacy, and every few hours."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Concat
from django.utils import timezone

from cdnadmin.accounts.models import Bucket, User
from cdnadmin.errors import Conflict
from cdnadmin.operations.models import Operation
from cdnadmin.operations.services import request_operation
from distributions.access.neighbours import over_places_of
from distributions.models import Distribution, PrivacyCheck

KIND, LANE = "check_privacy", "privacy"
EVERY = timedelta(hours=6)
# What stands open is looked at more often: it shall be seen soon that it was mended.
WHILE_OPEN = timedelta(minutes=30)
# Of a round every half minute: ten thousand distributions have their turn within the six hours. Half of them at most are
# those that stand open, or these would take everybody's turn.
AT_ONCE = 20
NEIGHBOURS = 50
# A bucket's policy is in force everywhere within seconds, and edges keep a refusal for ten.
SETTLES_SECONDS = 12.0


def uncheckable_because(distribution: Distribution) -> str:
    """Why nothing can be asked from outside now, as a sentence; "" where it can."""
    if distribution.family != Distribution.Family.WEB or not distribution.answers_viewers:
        return "No viewer reaches it by its own domain name."
    if distribution.bucket is None:
        return "Its origin is no bucket that is known here."
    if distribution.is_moving:
        return "A change is on its way to CloudFront’s edges. It is asked once that has arrived."
    if not distribution.domain_name or not distribution.is_served:
        return distribution.closed_because or "CloudFront does not answer for it yet."
    return ""


def request_check(
    distribution: Distribution, trigger: str, *, actor: User | None = None, changed: str = "", delay_seconds: float = 0
) -> Operation:
    """Ask for a check. `changed`: public id of the distribution after whose change it is asked. Raises Conflict while one is
    under way.
    """
    return request_operation(
        kind=KIND,
        target=distribution.reference,
        lane=LANE,
        title=f"Ask from outside whether {distribution.name} is as private as it says"[:200],
        actor=actor,
        input={"trigger": trigger, **({"changed": changed} if changed else {})},
        delay_seconds=delay_seconds,
    )


def check_after_change(distribution: Distribution) -> None:
    """Ask about it, and about the first private ones whose files it may have come to show."""
    if uncheckable_because(distribution) == "":
        ask_again(distribution, changed=distribution.public_id)
    shown = Distribution.objects.filter(over_places_of(distribution.config_at_aws), kind=Distribution.Kind.PRIVATE)
    for each in _checkable(shown.exclude(pk=distribution.pk))[:NEIGHBOURS]:
        ask_again(each, changed=distribution.public_id)


def check_in_bucket(bucket: Bucket) -> None:
    """Ask about the first distributions whose own files lie in the bucket: what opens it to others was changed."""
    for each in _checkable(Distribution.objects.filter(bucket=bucket))[:NEIGHBOURS]:
        ask_again(each)


def ask_again(distribution: Distribution, *, changed: str = "") -> None:
    """After a change. A check that is under way is told to be followed by another: what it met may be from before."""
    under_way = Operation.objects.filter(kind=KIND, target=distribution.reference, state__in=Operation.ACTIVE)
    for _ in range(2):
        with suppress(Conflict):
            request_check(distribution, PrivacyCheck.Trigger.CHANGE, changed=changed, delay_seconds=SETTLES_SECONDS)
            return
        running = under_way.first()
        again = {"again_at": timezone.now().isoformat(), "changed": changed}
        if running is not None and under_way.filter(pk=running.pk).update(input={**running.input, **again}):
            return


def check_due() -> int:
    """Ask about those whose last check is long ago, and about what stands open. How many were asked for.

    Whoever is being asked about, or could not be, waits for the next turn like the others.
    """
    now = timezone.now()
    about_it = Operation.objects.filter(target=Concat(Value("distribution:"), OuterRef("public_id")), lane=LANE)
    waiting = _checkable(Distribution.objects.filter(~Exists(about_it.filter(state__in=Operation.ACTIVE))))
    lately = Q(privacy_verdict=PrivacyCheck.Verdict.OPEN, privacy_checked_at__lt=now - WHILE_OPEN)
    long_ago = Q(privacy_checked_at=None) | Q(privacy_checked_at__lt=now - EVERY)
    in_turn = F("privacy_checked_at").asc(nulls_first=True)
    due = [*waiting.filter(lately).order_by(in_turn)[: AT_ONCE // 2], *waiting.filter(long_ago).order_by(in_turn)[:AT_ONCE]]
    asked = 0
    for each in list(dict.fromkeys(due))[:AT_ONCE]:
        with suppress(Conflict):
            request_check(each, PrivacyCheck.Trigger.SCHEDULE)
            asked += 1
    return asked


def _checkable(rows: QuerySet[Distribution]) -> QuerySet[Distribution]:
    """Without their configurations: thousands of them would be read for nothing."""
    rows = rows.filter(family=Distribution.Family.WEB, is_served=True, bucket__isnull=False).exclude(domain_name="")
    moving = [Distribution.Status.CREATING, Distribution.Status.IN_PROGRESS]
    return rows.exclude(status__in=moving).defer("config", "template")
