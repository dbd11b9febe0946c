"""Reading operations for pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.core.paginator import Page, Paginator
from django.db.models import Q, QuerySet
from django.utils.functional import cached_property

from cdnadmin.accounts.models import User
from cdnadmin.accounts.permissions import may
from cdnadmin.operations.models import Operation
from cdnadmin.operations.outcomes import registry

# Counting further would read the whole history for a number that nobody pages to.
COUNTED_AT_MOST = 5_000

# Kept from lists of what runs: nobody asked for them and nobody need watch them.
BACKGROUND_LANES = ("propagation", "drift", "privacy", "doctor")


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
    # What nobody asked for is listed to who asks for it by its kind.
    return found.filter(kind=kind) if kind else found.exclude(lane__in=BACKGROUND_LANES)


class _BoundedPaginator(Paginator[Operation]):
    def __init__(self, found: QuerySet[Operation], per_page: int) -> None:
        super().__init__(found, per_page)
        self.found = found

    @cached_property
    def count(self) -> int:
        return self.found[:COUNTED_AT_MOST].count()


def page_of_operations(*, number: object, per_page: int, search: str = "", state: str = "", kind: str = "") -> Page[Operation]:
    """One page of `list_operations`; a number that is none gives the first, one too high the last."""
    page = str(number or 1)
    return _BoundedPaginator(list_operations(search=search, state=state, kind=kind), per_page).get_page(page)


def find_operation(public_id: str) -> Operation | None:
    return Operation.objects.select_related("requested_by").filter(public_id=public_id).first()


def known_kinds() -> list[tuple[str, str]]:
    """Name and label of every kind, by label."""
    return sorted(((kind.name, kind.label) for kind in registry.kinds.values()), key=lambda pair: pair[1])


def manages(person: User, operation: Operation) -> bool:
    """Whether this person may stop it or try it again."""
    kind = registry.kinds.get(operation.kind)
    return kind is not None and may(person, kind.permission)


def is_cancellable(operation: Operation) -> bool:
    kind = registry.kinds.get(operation.kind)
    stoppable = kind is not None and (kind.cancellable or operation.awaits_credentials)
    return stoppable and operation.is_active and not operation.cancel_requested


def steps_of(operation: Operation) -> Sequence[StepProgress]:
    """The steps that concern an operation in their order, each with how it stands; none for a kind that is gone."""
    kind = registry.kinds.get(operation.kind)
    steps = kind.steps if kind else ()
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
        if step.concerns is None or step.concerns(operation) or state in {"current", "failed"}:
            shown.append(StepProgress(step.label, state))
    return shown
