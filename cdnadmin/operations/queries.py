"""Reading operations for pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from cdnadmin.operations.models import Operation
from cdnadmin.operations.outcomes import registry

# Kept from lists of what runs: nobody asked for them and nobody need watch them.
BACKGROUND_LANES = ("propagation",)


@dataclass(frozen=True)
class StepProgress:
    """One step as shown: state is done, current, failed or ahead."""

    label: str
    state: str


def latest_operation(target: str) -> Operation | None:
    return Operation.objects.filter(target=target).exclude(lane__in=BACKGROUND_LANES).order_by("-created_at", "-id").first()


def active_operations() -> QuerySet[Operation]:
    return Operation.objects.filter(state__in=Operation.ACTIVE).exclude(lane__in=BACKGROUND_LANES).select_related("requested_by")


def list_operations(*, search: str = "", state: str = "", kind: str = "") -> QuerySet[Operation]:
    """Newest first. `state` may be "active" for all that has not ended."""
    found = Operation.objects.select_related("requested_by")
    if search:
        found = found.filter(Q(title__icontains=search) | Q(target__icontains=search))
    if state == "active":
        found = found.filter(state__in=Operation.ACTIVE)
    elif state:
        found = found.filter(state=state)
    if kind:
        found = found.filter(kind=kind)
    return found


def steps_of(operation: Operation) -> Sequence[StepProgress]:
    """The steps of an operation in their order, each with how it stands."""
    steps = registry.get(operation.kind).steps
    names = [step.name for step in steps]
    at = names.index(operation.step) if operation.step in names else 0
    ended_well = operation.state == Operation.State.SUCCEEDED
    shown = []
    for index, step in enumerate(steps):
        if ended_well or index < at:
            state = "done"
        elif index == at:
            state = "current" if operation.is_active else "failed"
        else:
            state = "ahead"
        shown.append(StepProgress(step.label, state))
    return shown
