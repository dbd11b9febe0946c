"""Reading invalidations for pages."""

from __future__ import annotations

from dataclasses import dataclass

from django.core.paginator import Page, Paginator
from django.db.models import Count, Q, QuerySet

from distributions.models import Distribution, InvalidationBatch, InvalidationRequest

PAGE_SIZE = 50
COUNTED_AT_MOST = 5_000


@dataclass(frozen=True)
class RequestRow:
    """A request with how far its paths are. `state` as in InvalidationBatch, or "queued"."""

    request: InvalidationRequest
    state: str
    first: str
    error: str

    @property
    def more(self) -> int:
        return self.request.path_count - 1


class _Bounded(Paginator[InvalidationRequest]):
    @property
    def count(self) -> int:
        found: QuerySet[InvalidationRequest] = self.object_list  # type: ignore[assignment]
        return found.order_by()[:COUNTED_AT_MOST].count()


def page_of_requests(distribution: Distribution, *, number: object, search: str) -> Page[InvalidationRequest]:
    """Newest first. `search` looks at what it was called, who asked, and the paths."""
    found = InvalidationRequest.objects.filter(distribution=distribution).select_related("actor").order_by("-created_at", "-id")
    if search:
        named = Q(label__icontains=search) | Q(actor__name__icontains=search) | Q(actor__email__icontains=search)
        found = found.filter(named | Q(paths__path__icontains=search)).distinct()
    return _Bounded(found, PAGE_SIZE).get_page(str(number or 1))


def rows_of(requests: list[InvalidationRequest]) -> list[RequestRow]:
    """Each with its state: the least advanced of its paths'."""
    keys = [request.pk for request in requests]
    counted = (
        InvalidationRequest.objects.filter(pk__in=keys)
        .values("pk", "paths__batch__state")
        .annotate(count=Count("paths"))
        .values_list("pk", "paths__batch__state")
    )
    states: dict[int, set[str | None]] = {}
    for pk, state in counted:
        states.setdefault(pk, set()).add(state)
    return [_row(request, states.get(request.pk, set())) for request in requests]


def _row(request: InvalidationRequest, states: set[str | None]) -> RequestRow:
    state = next((each for each in (None, "sending", "in_progress", "failed", "completed") if each in states), "completed")
    first = request.paths.order_by("id").values_list("path", flat=True).first() or ""
    failed = InvalidationBatch.objects.filter(paths__request=request, state="failed").first() if state == "failed" else None
    return RequestRow(request, state or "queued", first, failed.error_message if failed else "")
