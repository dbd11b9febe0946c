"""Running an operation: claim it, run its steps for a bounded while, write each outcome under the lease."""

from __future__ import annotations

import logging
import random
import time
from datetime import timedelta

from django.db import DatabaseError, transaction
from django.utils import timezone

from cdnadmin.errors import AwsError, CdnadminError
from cdnadmin.operations.lease import LeaseLost, StopAsked, claim, renewed, write_held
from cdnadmin.operations.models import Operation, OperationEvent
from cdnadmin.operations.outcomes import Again, Done, Kind, Next, Outcome, Step, Wait, registry
from cdnadmin.operations.publishing import publish

logger = logging.getLogger(__name__)

# One delivery works no longer: the broker gives what is unacknowledged for long to somebody else.
DELIVERY_SECONDS = 50.0
RETRYABLE_ATTEMPTS = 9
# Credentials are mended by a person: nothing is gained by asking more often, and no try is lost by it.
MENDED_SECONDS = (30.0, 60.0)
# What can't be stopped does not wait for them for ever: once failed, it can be tried again or be given up.
MENDED_WITHIN = timedelta(days=7)
FREE = {"lease_until": None, "lease_token": ""}


def run_operation(operation_id: int) -> None:
    """Work on the operation if it is due and free; go away quietly otherwise."""
    operation = claim(operation_id)
    if operation is None:
        return
    try:
        kind = registry.kinds.get(operation.kind)
        if kind is None:
            message = f"This version of cdnadmin does not know the operation “{operation.kind}”."
            _fail(operation, Kind(operation.kind, operation.kind, ()), "unknown_kind", message)
        else:
            _work(operation, kind)
    except LeaseLost:
        logger.info("Operation %s was taken over", operation_id)


def _work(operation: Operation, kind: Kind) -> None:
    end = time.monotonic() + DELIVERY_SECONDS
    while True:
        if operation.cancel_requested and kind.cancellable:
            _finish(operation, kind, Operation.State.CANCELLED, "Stopped")
            return
        if operation.attempt > max(kind.max_attempts, RETRYABLE_ATTEMPTS if operation.error_code else 0):
            _fail(
                operation, kind, "worker_lost", f"Its worker ended {kind.max_attempts} times in “{_step(operation, kind).label}”."
            )
            return
        step = _step(operation, kind)
        try:
            with renewed(operation):
                outcome = step.run(operation)
        except LeaseLost:
            raise
        except StopAsked:
            _finish(operation, kind, Operation.State.CANCELLED, "Stopped")
            return
        except CdnadminError as error:
            if not _put_off(operation, kind, step, error):
                _fail(operation, kind, error.code, error.message, request_id=getattr(error, "request_id", ""))
            return
        except Exception as error:
            logger.exception("Operation %s (%s) failed in %s", operation.pk, operation.kind, step.name)
            _fail(
                operation,
                kind,
                "internal",
                f"Something unforeseen went wrong ({type(error).__name__}). The worker's log says more.",
            )
            return
        if not _advance(operation, kind, step, outcome):
            return
        if time.monotonic() > end:
            write_held(operation, state=Operation.State.PENDING, due_at=timezone.now(), **FREE)
            publish(operation.pk)
            return
        operation.cancel_requested = Operation.objects.values_list("cancel_requested", flat=True).get(pk=operation.pk)


def _step(operation: Operation, kind: Kind) -> Step:
    return next((step for step in kind.steps if step.name == operation.step), kind.steps[0])


def _advance(operation: Operation, kind: Kind, step: Step, outcome: Outcome) -> bool:
    """Write the outcome down; True when the next step is to run in this delivery."""
    if operation.cancel_requested and not kind.cancellable:
        # It was to be given up while it waited for credentials, and they were mended first.
        Operation.objects.filter(pk=operation.pk).update(cancel_requested=False)
    if isinstance(outcome, Wait):
        due_at = timezone.now() + timedelta(seconds=outcome.seconds)
        note = outcome.note[:300]
        write_held(operation, state=Operation.State.WAITING, due_at=due_at, attempt=0, note=note, error_code="", **FREE)
        if outcome.has_come is not None and outcome.has_come():
            waiting = Operation.objects.filter(pk=operation.pk, state=Operation.State.WAITING)
            if waiting.update(due_at=timezone.now()):
                publish(operation.pk)
        return False
    if isinstance(outcome, Again):
        write_held(operation, attempt=1, note=outcome.note[:300] or operation.note, error_code="")
        return True
    following = kind.steps[kind.steps.index(step) + 1 :]
    if isinstance(outcome, Done) or not following:
        _finish(operation, kind, Operation.State.SUCCEEDED, outcome.note or "Done")
        return False
    with transaction.atomic():
        write_held(operation, step=following[0].name, attempt=1, note="", error_code="", done=0, total=0)
        _tell(operation, outcome.note or step.label, step=step.name)
    return isinstance(outcome, Next)


def _put_off(operation: Operation, kind: Kind, step: Step, error: CdnadminError) -> bool:
    """Try again later what may succeed later; False when it must fail now."""
    if isinstance(error, AwsError) and error.is_mendable:
        return _await_credentials(operation, kind, error)
    if not isinstance(error, AwsError) or not error.retryable or operation.attempt >= RETRYABLE_ATTEMPTS:
        return False
    seconds = min(2 ** (operation.attempt - 1), 60) * random.uniform(0.8, 1.2)  # noqa: S311
    with transaction.atomic():
        write_held(
            operation,
            state=Operation.State.WAITING,
            due_at=timezone.now() + timedelta(seconds=seconds),
            error_code=error.code,
            note=f"{error.message} Trying again in {seconds:.0f} s."[:300],
            **FREE,
        )
        _tell(operation, error.message, level="warning", request_id=error.request_id)
    return True


def _await_credentials(operation: Operation, kind: Kind, error: AwsError) -> bool:
    """The account's credentials are wrong or have ended: wait until somebody has mended them, and say so once.

    No attempt is used up. False where somebody has asked to stop, or it can't be stopped and has waited for MENDED_WITHIN.
    """
    if operation.cancel_requested:
        return False
    told = operation.events.filter(level="warning").order_by("-id").first() if operation.error_code == error.code else None
    if told is not None and not kind.cancellable and timezone.now() - told.at > MENDED_WITHIN:
        return False
    with transaction.atomic():
        write_held(
            operation,
            state=Operation.State.WAITING,
            due_at=timezone.now() + timedelta(seconds=random.uniform(*MENDED_SECONDS)),  # noqa: S311
            attempt=0,
            error_code=error.code,
            note=f"{error.message} Waiting until they are mended; looking again every minute."[:300],
            **FREE,
        )
        if told is None:
            _tell(operation, f"{error.message} Waiting until they are mended.", level="warning", request_id=error.request_id)
    return True


def _fail(operation: Operation, kind: Kind, code: str, message: str, *, request_id: str = "") -> None:
    _finish(
        operation,
        kind,
        Operation.State.FAILED,
        message,
        level="error",
        error_code=code,
        error_message=message,
        request_id=request_id,
    )


def _finish(
    operation: Operation,
    kind: Kind,
    state: Operation.State,
    message: str,
    *,
    level: str = "info",
    error_code: str = "",
    error_message: str = "",
    request_id: str = "",
) -> None:
    token = operation.lease_token
    values = {"error_code": error_code, "error_message": error_message, "request_id": request_id}
    try:
        with transaction.atomic():
            write_held(operation, state=state, note=message[:300], finished_at=timezone.now(), **values, **FREE)
            _tell(operation, message, level=level, request_id=request_id)
            if kind.on_end is not None:
                kind.on_end(operation)
    except (LeaseLost, DatabaseError):
        raise
    except Exception as error:
        # Left as it was, it would be run, and break here, for ever.
        logger.exception("What follows the end of operation %s (%s) failed", operation.pk, operation.kind)
        operation.lease_token = token
        broke = f"Its end could not be written down ({type(error).__name__}). The worker's log says more."
        with transaction.atomic():
            write_held(
                operation,
                state=Operation.State.FAILED,
                note=broke,
                finished_at=timezone.now(),
                **{**values, "error_code": "internal", "error_message": broke},
                **FREE,
            )
            _tell(operation, broke, level="error")


def _tell(operation: Operation, message: str, *, step: str = "", level: str = "info", request_id: str = "") -> None:
    OperationEvent.objects.create(
        operation=operation, step=step or operation.step, level=level, message=message[:500], request_id=request_id
    )
