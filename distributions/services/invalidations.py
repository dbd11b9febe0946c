"""Copies at the edges fetched anew: asked for, gathered, sent within CloudFront's limits."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from cdnadmin.accounts.audit import record
from cdnadmin.accounts.models import AwsAccount, User
from cdnadmin.accounts.permissions import Action, may, require
from cdnadmin.errors import Conflict, NotReady
from cdnadmin.operations.models import Operation
from cdnadmin.operations.services import request_operation
from distributions.invalidation_follow import KIND, LANE
from distributions.invalidation_paths import Cost, read_paths
from distributions.models import Distribution, InvalidationBatch, InvalidationPath, InvalidationRequest

# Requests within these seconds go to CloudFront as one.
GATHERED_SECONDS = 3.0


def may_invalidate(actor: User, distribution: Distribution) -> bool:
    return may(actor, Action.EDIT_MEDIA, distribution) or may(actor, Action.MANAGE_DISTRIBUTIONS, distribution)


def request_invalidation(
    *, actor: User, distribution: Distribution, paths: Sequence[str], origin: str = "pasted", label: str = ""
) -> InvalidationRequest:
    """Write the request down and have it sent, each path once. `label`: what it was asked for, as a file's title.

    No configuration changes by it, so it is open for what is managed elsewhere, too. Raises NotAllowed, NotReady,
    Conflict, and InvalidInput as `read_paths` does.
    """
    if not may_invalidate(actor, distribution):
        require(actor, Action.EDIT_MEDIA, distribution)
    paths = read_paths("\n".join(paths)).paths
    if not distribution.aws_id:
        raise NotReady("CloudFront does not have this distribution yet.")
    if distribution.status == Distribution.Status.GONE or distribution.family == Distribution.Family.RTMP:
        raise Conflict("No edge answers for it: there are no copies to fetch anew.")
    with transaction.atomic():
        request = InvalidationRequest.objects.create(
            distribution=distribution, origin=origin, label=label[:200], actor=actor, path_count=len(paths)
        )
        InvalidationPath.objects.bulk_create(
            (InvalidationPath(request=request, distribution=distribution, path=path) for path in paths), batch_size=500
        )
        ensure_sending(distribution, actor)
        record(
            actor=actor,
            action="request_invalidation",
            target=distribution.reference,
            label=distribution.name,
            after={"paths": list(paths[:20]), "count": len(paths)},
        )
    return request


def ensure_sending(distribution: Distribution, actor: User | None = None) -> None:
    """Have the operation there that sends what is queued: one that runs already takes it along."""
    target = distribution.reference
    running = Operation.objects.filter(target=target, lane=LANE, state__in=Operation.ACTIVE)
    soon = timezone.now() + timedelta(seconds=GATHERED_SECONDS)
    if running.exists():
        running.filter(state=Operation.State.WAITING, due_at__gt=soon).update(due_at=soon)
        return
    try:
        with transaction.atomic():
            request_operation(
                kind=KIND,
                target=target,
                lane=LANE,
                title=f"Fetch files of {distribution.name} anew"[:200],
                actor=actor,
                delay_seconds=GATHERED_SECONDS,
            )
    except Conflict:
        return


def send_what_was_left() -> int:
    """Queued paths without an operation: one that ended in the moment in which they were written."""
    before = timezone.now() - timedelta(minutes=1)
    left = InvalidationPath.objects.filter(batch=None, request__created_at__lt=before).values("distribution").distinct()
    count = 0
    for distribution in Distribution.objects.filter(pk__in=left):
        failed = Operation.objects.filter(target=distribution.reference, lane=LANE).order_by("-id").first()
        if failed is None or failed.state != Operation.State.FAILED:
            ensure_sending(distribution)
            count += 1
    return count


def cost_of(account: AwsAccount, paths: int) -> Cost:
    """What so many paths more cost this month (UTC). Paths sent outside cdnadmin are not known, and not counted."""
    month = timezone.now().replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    sent = InvalidationBatch.objects.filter(distribution__account=account, created_at__gte=month)
    used = sent.exclude(state=InvalidationBatch.State.FAILED).aggregate(paths=Sum("path_count"))["paths"] or 0
    queued = InvalidationPath.objects.filter(distribution__account=account, batch=None).count()
    return Cost(paths, used + queued, settings.INVALIDATION_FREE_PATHS, settings.INVALIDATION_PRICE)
