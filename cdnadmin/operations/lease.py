"""Who holds an operation: a lease taken by one UPDATE, renewed while a step runs, and guarding every write."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta

from django.db import DatabaseError, connection
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from cdnadmin.errors import CdnadminError
from cdnadmin.operations.models import Operation

# A killed worker's operation is free after this; the sweep then finds it within seconds.
LEASE = timedelta(seconds=25)
RENEW_EVERY_SECONDS = 8.0


class StopAsked(CdnadminError):
    """A person asked for the operation to stop; raised by `record_progress`, caught by the runner."""

    code = "cancelled"

    def __init__(self) -> None:
        super().__init__("Stopped")


class LeaseLost(CdnadminError):
    """Somebody else holds the operation now: whoever catches this must stop without writing."""

    code = "lease_lost"

    def __init__(self) -> None:
        super().__init__("Another worker has taken this operation over.")


def claimable() -> Q:
    """Active, due, and held by nobody whose lease still runs."""
    now = timezone.now()
    return Q(state__in=Operation.ACTIVE, due_at__lte=now) & (Q(lease_until=None) | Q(lease_until__lt=now))


def claim(operation_id: int) -> Operation | None:
    """Take the operation if it is due and free. The attempt is counted here, before any work, so that a step
    which kills its process is counted too."""
    token = secrets.token_hex(16)
    now = timezone.now()
    taken = Operation.objects.filter(claimable(), pk=operation_id).update(
        lease_token=token,
        lease_until=now + LEASE,
        state=Operation.State.RUNNING,
        attempt=F("attempt") + 1,
        started_at=Coalesce("started_at", now),
    )
    return Operation.objects.get(pk=operation_id) if taken == 1 else None


def write_held(operation: Operation, **values: object) -> None:
    """Update the row if this lease still holds it, and the object with it. Raises LeaseLost otherwise."""
    changed = Operation.objects.filter(pk=operation.pk, lease_token=operation.lease_token).exclude(lease_token="").update(**values)
    if changed != 1:
        raise LeaseLost
    for name, value in values.items():
        setattr(operation, name, value)


@contextmanager
def renewed(operation: Operation) -> Iterator[None]:
    """Renew the lease from a thread while the block runs, so that a slow call to AWS is not doubled."""
    ended = threading.Event()
    token, key = operation.lease_token, operation.pk

    def renew() -> None:
        try:
            while not ended.wait(RENEW_EVERY_SECONDS):
                until = timezone.now() + LEASE
                # A database that is away for a moment must not end the renewing: the next round may succeed.
                with suppress(DatabaseError):
                    if not Operation.objects.filter(pk=key, lease_token=token).update(lease_until=until):
                        return
        finally:
            connection.close()

    thread = threading.Thread(target=renew, name=f"lease of operation {key}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
