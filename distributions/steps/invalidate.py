"""Queued paths sent in batches: within the limits, each batch once, followed until every edge has dropped its copies.

Source: CloudFront Developer Guide, "Concurrent invalidation request maximum"; API Reference, "CreateInvalidation".
"""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from cdnadmin.aws import invalidations as aws_invalidations
from cdnadmin.aws.session import Connection
from cdnadmin.errors import AwsError, AwsQuotaExceeded
from cdnadmin.operations.models import Operation
from cdnadmin.operations.outcomes import Again, Next, Outcome, Wait
from cdnadmin.operations.services import record_progress, request_operation
from distributions.invalidation_follow import follow_distribution
from distributions.invalidation_paths import PATHS_IN_PROGRESS, WILDCARDS_IN_PROGRESS, is_wildcard
from distributions.models import Distribution, InvalidationBatch, InvalidationPath
from distributions.steps.target import connect, load_distribution
from distributions.watching import start_watching

State = InvalidationBatch.State
FOLLOWED_EVERY_SECONDS = 5.0
FULL_SECONDS = 15.0
CHUNK = 500


def send_and_follow(operation: Operation) -> Outcome:
    """One round: what lies half-sent, then what is queued; where nothing can be sent, how far the others are."""
    distribution = load_distribution(operation)
    connection = connect(distribution)
    batch = _half_sent(distribution) or _gather(operation, distribution)
    if batch is None:
        on_the_way = follow_distribution(distribution, connection)
        batch = _gather(operation, distribution)
    if batch is not None:
        return _send(operation, distribution, connection, batch)
    if on_the_way:
        return Wait(FOLLOWED_EVERY_SECONDS, note="Reaching the edges")
    if refused := operation.data.get("refused"):
        record_progress(operation, data={"refused": None})
        message, code, request_id = refused
        raise AwsError(message, code=code, request_id=request_id)
    return Next("Every edge has dropped its copies")


def _half_sent(distribution: Distribution) -> InvalidationBatch | None:
    """Written down, and perhaps sent: under the same reference CloudFront answers the existing one."""
    return InvalidationBatch.objects.filter(distribution=distribution, state=State.SENDING).order_by("id").first()


def _gather(operation: Operation, distribution: Distribution) -> InvalidationBatch | None:
    """A batch of what is queued, as much as there is room for; None where there is none of either."""
    running = InvalidationBatch.objects.filter(distribution=distribution, state=State.IN_PROGRESS)
    counts = list(running.values_list("path_count", "wildcard_count"))
    room = min(operation.data.get("at_most", PATHS_IN_PROGRESS), PATHS_IN_PROGRESS - sum(count for count, _ in counts))
    wildcards = WILDCARDS_IN_PROGRESS - sum(count for _, count in counts)
    queued = InvalidationPath.objects.filter(distribution=distribution, batch=None).order_by("id")
    chosen: dict[str, list[int]] = {}
    for pk, path in queued.values_list("pk", "path").iterator():
        if path not in chosen:
            if len(chosen) >= room:
                break
            if is_wildcard(path):
                if wildcards <= 0:
                    continue
                wildcards -= 1
        # The same path of two requests is sent once, and told to both.
        chosen.setdefault(path, []).append(pk)
    if not chosen:
        return None
    keys = [pk for pks in chosen.values() for pk in pks]
    with transaction.atomic():
        # Under the lease: another worker that took it over would gather the same.
        record_progress(operation)
        count = sum(is_wildcard(path) for path in chosen)
        batch = InvalidationBatch.objects.create(distribution=distribution, path_count=len(chosen), wildcard_count=count)
        for start in range(0, len(keys), CHUNK):
            InvalidationPath.objects.filter(pk__in=keys[start : start + CHUNK], batch=None).update(batch=batch)
    return batch


def _send(operation: Operation, distribution: Distribution, connection: Connection, batch: InvalidationBatch) -> Outcome:
    paths = list(dict.fromkeys(batch.paths.order_by("id").values_list("path", flat=True)))
    try:
        seen = aws_invalidations.create_invalidation(
            connection, distribution_id=distribution.aws_id, caller_reference=f"cdnadmin-{batch.public_id}", paths=paths
        )
    except AwsQuotaExceeded as error:
        # Others invalidate, too, and count. It stays written down, and is sent once there is room.
        follow_distribution(distribution, connection)
        return Wait(FULL_SECONDS, note=error.message)
    except AwsError as error:
        if error.code == "BatchTooLarge" and len(paths) > 1:
            return _split(operation, batch, len(paths) // 2)
        if not error.retryable and not error.is_mendable:
            _fail(batch, error)
        if error.code in {"BatchTooLarge", "InvalidArgument"}:
            # It is about these paths: those behind them are sent first, and then it is told.
            record_progress(operation, data={"refused": [error.message, error.code, error.request_id]})
            return Again(error.message)
        raise
    done = seen.status == "Completed"
    with transaction.atomic():
        _note_sent(batch, seen.id, done=done)
        # The account's look-out follows it from here.
        start_watching(distribution.account)
    return Again(f"Sent {len(paths):,} path{'' if len(paths) == 1 else 's'}")


def _note_sent(batch: InvalidationBatch, aws_id: str, *, done: bool) -> None:
    InvalidationBatch.objects.filter(pk=batch.pk).update(
        aws_id=aws_id,
        state=State.COMPLETED if done else State.IN_PROGRESS,
        sent_at=timezone.now(),
        completed_at=timezone.now() if done else None,
    )


def _split(operation: Operation, batch: InvalidationBatch, at_most: int) -> Outcome:
    """Too many bytes in one request, though not too many paths: queued anew, and sent in smaller ones."""
    record_progress(operation, data={"at_most": at_most})
    with transaction.atomic():
        InvalidationPath.objects.filter(batch=batch).update(batch=None)
        # It never was at CloudFront: it was refused whole.
        batch.delete()
    return Again(f"CloudFront takes fewer in one request: sending {at_most:,} at a time")


def _fail(batch: InvalidationBatch, error: AwsError) -> None:
    InvalidationBatch.objects.filter(pk=batch.pk).update(
        state=State.FAILED, error_code=error.code, error_message=error.message, completed_at=timezone.now()
    )


def end_sending(operation: Operation) -> None:
    """What was queued in the moment in which it ended is sent by a next one."""
    if operation.state != Operation.State.SUCCEEDED:
        return
    public_id = operation.target.partition(":")[2]
    if InvalidationPath.objects.filter(distribution__public_id=public_id, batch=None).exists():
        request_operation(kind=operation.kind, target=operation.target, lane=operation.lane, title=operation.title)
