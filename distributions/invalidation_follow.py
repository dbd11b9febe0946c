"""How far invalidations are: told by one list a distribution, a few distributions a round.

Source: Amazon CloudFront API Reference, "ListInvalidations": newest first, each with its status.
"""

from __future__ import annotations

import random
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from cdnadmin.accounts.models import AwsAccount
from cdnadmin.aws import invalidations as aws_invalidations
from cdnadmin.aws.session import Connection
from cdnadmin.errors import AwsError, AwsNotFound
from cdnadmin.operations.models import Operation
from distributions.models import Distribution, InvalidationBatch

KIND, LANE = "send_invalidations", "invalidation"
DISTRIBUTIONS_A_ROUND = 5
# Reads are eventually consistent: a list may leave out what was sent a moment ago. Later it is old, and forgotten.
MISSING_FOR = timedelta(minutes=10)
# They take minutes. One that never ends does not keep the account's look-out up for ever.
FOLLOWED_FOR = timedelta(days=1)
State = InvalidationBatch.State


def follow_invalidations(account: AwsAccount, connection: Connection) -> int:
    """One round for an account; how many batches are still in progress.

    Reads only distributions that have some, and at most DISTRIBUTIONS_A_ROUND of them. Raises AwsError where asking
    later may help; one distribution that may not be read does not stop the others.
    """
    on_the_way = InvalidationBatch.objects.filter(
        distribution__account=account, state=State.IN_PROGRESS, sent_at__gt=timezone.now() - FOLLOWED_FOR
    )
    keys = list(on_the_way.order_by().values_list("distribution", flat=True).distinct())
    refused = []
    # By lot: some that stay in progress for long must not keep the others waiting.
    for distribution in Distribution.objects.filter(pk__in=random.sample(keys, min(len(keys), DISTRIBUTIONS_A_ROUND))):
        try:
            follow_distribution(distribution, connection)
        except AwsError as error:
            if error.retryable or error.is_mendable:
                raise
            refused.append(distribution.pk)
    return on_the_way.exclude(distribution__in=refused).count()


def follow_distribution(distribution: Distribution, connection: Connection) -> int:
    """One distribution's batches; how many are still in progress. Wakes what waits for one that has arrived.

    One call while no more than a hundred others were sent after them.
    """
    batches = InvalidationBatch.objects.filter(distribution=distribution, state=State.IN_PROGRESS)
    sent = batches.exclude(aws_id="")
    missing = dict(sent.values_list("aws_id", "pk"))
    if not missing:
        return 0
    # Older ones than ours are not read: there may be thousands. An hour for clocks that differ.
    oldest = min(sent.values_list("created_at", flat=True)) - timedelta(hours=1)
    arrived: list[int] = []
    try:
        for seen in aws_invalidations.iterate_invalidations(connection, distribution_id=distribution.aws_id):
            pk = missing.pop(seen.id, None)
            if pk is not None and seen.status == "Completed":
                arrived.append(pk)
            if not missing or seen.created_at < oldest:
                break
    except AwsNotFound:
        # The distribution is gone, and its edges with it.
        arrived = [*arrived, *missing.values()]
        missing = {}
    forgotten = InvalidationBatch.objects.filter(pk__in=missing.values(), sent_at__lt=timezone.now() - MISSING_FOR)
    arrived += forgotten.values_list("pk", flat=True)
    if arrived:
        _complete(distribution, arrived)
    return batches.count()


def _complete(distribution: Distribution, keys: list[int]) -> None:
    now = timezone.now()
    with transaction.atomic():
        InvalidationBatch.objects.filter(pk__in=keys, state=State.IN_PROGRESS).update(state=State.COMPLETED, completed_at=now)
        waiting = Operation.objects.filter(target=distribution.reference, lane=LANE, state=Operation.State.WAITING)
        waiting.filter(error_code="", due_at__gt=now).update(due_at=now)
