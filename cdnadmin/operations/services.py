"""Asking for long work, telling how far it is, stopping and repeating it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import timedelta
from functools import partial

from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils import timezone

from cdnadmin.accounts.audit import record
from cdnadmin.accounts.models import User
from cdnadmin.accounts.permissions import require
from cdnadmin.errors import Conflict, InvalidInput
from cdnadmin.operations.lease import LEASE, LeaseLost, StopAsked, claimable, write_held
from cdnadmin.operations.models import Operation, OperationEvent
from cdnadmin.operations.outcomes import registry
from cdnadmin.operations.publishing import publish

__all__ = [
    "LeaseLost",
    "StopAsked",
    "cancel_operation",
    "dispatch_due",
    "record_progress",
    "request_operation",
    "retry_operation",
    "wake_operations",
]

# A message that nobody has acted on for this long is taken for lost.
RESEND_AFTER = timedelta(seconds=20)
# Sooner where a worker died on it: its message goes ahead of the queue, so it is lost, too, if nobody has come by now.
RESEND_INTERRUPTED_AFTER = timedelta(seconds=5)
SWEEP_AT_MOST = 1_000


def request_operation(
    *,
    kind: str,
    target: str,
    title: str,
    actor: User | None = None,
    input: Mapping[str, object] | None = None,
    lane: str = "main",
    delay_seconds: float = 0,
) -> Operation:
    """Write the row in the caller's transaction and give it to the broker once that commits.

    `target` is "kind:public id"; `input` holds no secrets. Raises Conflict when one is active for this
    target and lane.
    """
    steps = registry.get(kind).steps
    try:
        with transaction.atomic():
            operation = Operation.objects.create(
                kind=kind,
                target=target,
                title=title,
                input=dict(input or {}),
                lane=lane,
                requested_by=actor,
                step=steps[0].name,
                due_at=timezone.now() + timedelta(seconds=delay_seconds),
            )
    except IntegrityError:
        running = Operation.objects.filter(target=target, lane=lane, state__in=Operation.ACTIVE).first()
        raise Conflict(f"“{running.title if running else title}” is still under way. Wait until it has ended.") from None
    if not delay_seconds:
        transaction.on_commit(lambda: _publish_once_committed(operation.pk), robust=True)
    return operation


def _publish_once_committed(operation_id: int) -> None:
    publish(operation_id)


# So many are published at once; the sweep takes the rest.
WOKEN_AT_ONCE = 20


def wake_operations(targets: Collection[str]) -> int:
    """Make operations that wait for something about these targets due now. Call it once what they waited for is committed:
    one that writes its wait down at this moment finds it then (`Wait.has_come`).
    """
    waiting = Operation.objects.filter(target__in=targets, lane="main", state=Operation.State.WAITING)
    woken = list(waiting.values_list("pk", flat=True))
    Operation.objects.filter(pk__in=woken, state=Operation.State.WAITING).update(due_at=timezone.now())
    for operation_id in woken[:WOKEN_AT_ONCE]:
        transaction.on_commit(partial(_publish_once_committed, operation_id), robust=True)
    return len(woken)


def record_progress(
    operation: Operation,
    *,
    done: int | None = None,
    total: int | None = None,
    note: str | None = None,
    data: Mapping[str, object] | None = None,
    message: str | None = None,
) -> None:
    """Write down how far a step is (under its lease, which this renews). Raises LeaseLost, and StopAsked when
    someone wants it to stop (once everything given is written).

    `data` is merged into the operation's; `message` becomes an event. Going forward in `done` resets the
    attempts: what moves is not stuck.
    """
    values: dict[str, object] = {"lease_until": timezone.now() + LEASE}
    if done is not None:
        values["done"] = done
        if done > operation.done:
            values["attempt"] = 1
    if total is not None:
        values["total"] = total
    if note is not None:
        values["note"] = note[:300]
    if data is not None:
        values["data"] = {**operation.data, **data}
    with transaction.atomic():
        write_held(operation, **values)
        if message:
            OperationEvent.objects.create(operation=operation, step=operation.step, message=message[:500])
        asked = Operation.objects.filter(pk=operation.pk, cancel_requested=True).exists()
    kind = registry.kinds.get(operation.kind)
    if asked and kind is not None and kind.cancellable:
        raise StopAsked


def cancel_operation(*, actor: User | None, operation: Operation) -> None:
    """Ask it to stop: between steps, or at its next progress. Raises InvalidInput where it can't be stopped.

    What must be finished once it is begun can be stopped only while it waits for credentials: it ends as failed then,
    with what it has made, and can be tried again.
    """
    kind = registry.get(operation.kind)
    if actor is not None:
        require(actor, kind.permission)
    if not kind.cancellable and not operation.awaits_credentials:
        raise InvalidInput("This can't be stopped half-way: what it has begun must be finished.")
    with transaction.atomic():
        asked = Operation.objects.filter(pk=operation.pk, state__in=Operation.ACTIVE, cancel_requested=False)
        if not asked.update(cancel_requested=True, due_at=timezone.now()):
            raise InvalidInput("It has ended already.")
        who = str(actor) if actor else "cdnadmin"
        OperationEvent.objects.create(operation=operation, step=operation.step, message=f"{who} asked to stop it")
        about = {"operation": operation.public_id}
        record(actor=actor, action="cancel_operation", target=operation.target, label=operation.title, after=about)
        transaction.on_commit(lambda: _publish_once_committed(operation.pk), robust=True)
    operation.refresh_from_db()


def retry_operation(*, actor: User | None, operation: Operation) -> None:
    """Run a failed operation again from the step that failed. Raises Conflict when another one is active."""
    if actor is not None:
        require(actor, registry.get(operation.kind).permission)
    try:
        with transaction.atomic():
            again = Operation.objects.filter(pk=operation.pk, state=Operation.State.FAILED).update(
                state=Operation.State.PENDING,
                attempt=0,
                due_at=timezone.now(),
                lease_until=None,
                lease_token="",
                cancel_requested=False,
                error_code="",
                error_message="",
                request_id="",
                finished_at=None,
            )
            if not again:
                raise InvalidInput("Only what failed can be tried again.")
            who = str(actor) if actor else "cdnadmin"
            OperationEvent.objects.create(operation=operation, step=operation.step, message=f"{who} tried it again")
            about = {"operation": operation.public_id}
            record(actor=actor, action="retry_operation", target=operation.target, label=operation.title, after=about)
            transaction.on_commit(lambda: _publish_once_committed(operation.pk), robust=True)
    except IntegrityError:
        raise Conflict("Another operation on this is under way. Wait until it has ended.") from None
    operation.refresh_from_db()


def dispatch_due() -> int:
    """The sweep: send every due operation that nobody holds and no fresh message stands for. Answers how many."""
    now = timezone.now()
    interrupted = Q(state=Operation.State.RUNNING, published_at__lt=now - RESEND_INTERRUPTED_AFTER)
    unsent = Q(published_at=None) | Q(published_at__lt=now - RESEND_AFTER) | Q(published_at__lt=F("due_at")) | interrupted
    due = Operation.objects.filter(claimable(), unsent).order_by("due_at").values_list("pk", "state")
    sent = 0
    for operation_id, state in due[:SWEEP_AT_MOST]:
        if not publish(operation_id, begun=state != Operation.State.PENDING):
            break  # the broker is away: the next round tries again
        sent += 1
    return sent
