"""Who changes a distribution: cdnadmin, or the tool that it was made with."""

from __future__ import annotations

from django.db import transaction

from cdnadmin.accounts.audit import record
from cdnadmin.accounts.models import User
from cdnadmin.accounts.permissions import Action, require
from cdnadmin.errors import Conflict, InvalidInput
from cdnadmin.operations.models import Operation
from distributions.models import Distribution


def mark_managed(*, actor: User, distribution: Distribution, managed_by: str) -> None:
    """Say who manages it (a Distribution.ManagedBy; "" is cdnadmin). Managed elsewhere it is shown, watched, signed for
    and filled, and never changed from here.

    Raises InvalidInput (field "managed_by"), Conflict while a change of it is under way, NotAllowed.
    """
    require(actor, Action.MANAGE_DISTRIBUTIONS, distribution)
    if managed_by not in Distribution.ManagedBy.values:
        raise InvalidInput("Choose who manages it.", field="managed_by")
    with transaction.atomic():
        row = Distribution.objects.select_for_update().get(pk=distribution.pk)
        if row.managed_by == managed_by:
            return
        running = Operation.objects.filter(target=row.reference, lane="main", state__in=Operation.ACTIVE).first()
        if running is not None:
            raise Conflict(f"“{running.title}” is still under way. Wait until it has ended.")
        before = row.get_managed_by_display()
        row.managed_by = managed_by
        row.save(update_fields=["managed_by"])
        record(
            actor=actor,
            action="mark_managed",
            target=row.reference,
            label=row.name,
            before={"managed by": before},
            after={"managed by": row.get_managed_by_display()},
        )
