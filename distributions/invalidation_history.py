"""Reading invalidations for pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.core.paginator import Page
from django.db.models import Count, Min, Q, QuerySet

from cdnadmin.operations.models import Operation
from distributions.invalidation_follow import LANE
from distributions.models import Distribution, InvalidationBatch, InvalidationPath, InvalidationRequest
from distributions.queries import PAGE_SIZE, BoundedPaginator

PATHS_A_PAGE = 200
# The least advanced first: a request is as far as the last of its paths.
ADVANCE = (None, "sending", "in_progress", "failed", "completed")


@dataclass(frozen=True)
class RequestRow:
    """A request with how far its paths are. `state` as in InvalidationBatch, "queued", or "stopped": nobody sends it."""

    request: InvalidationRequest
    state: str
    first: str
    error: str

    @property
    def more(self) -> int:
        return self.request.path_count - 1

    @property
    def is_live(self) -> bool:
        return self.state in {"queued", "sending", "in_progress"}


def page_of_requests(distribution: Distribution, *, number: object, search: str) -> Page[InvalidationRequest]:
    """Newest first. `search` looks at what it was called, who asked, and the paths."""
    found = InvalidationRequest.objects.filter(distribution=distribution).select_related("actor").order_by("-created_at", "-id")
    if search:
        named = Q(label__icontains=search) | Q(actor__name__icontains=search) | Q(actor__email__icontains=search)
        paths = InvalidationPath.objects.filter(distribution=distribution, path__icontains=search)
        found = found.filter(named | Q(pk__in=paths.values("request")))
    return BoundedPaginator(found, PAGE_SIZE).get_page(str(number or 1))


def find_request(distribution: Distribution, public_id: str) -> InvalidationRequest | None:
    return InvalidationRequest.objects.select_related("actor").filter(distribution=distribution, public_id=public_id).first()


def page_of_paths(request: InvalidationRequest, *, number: object) -> Page[InvalidationPath]:
    """In their order, each with its batch."""
    return BoundedPaginator(request.paths.select_related("batch").order_by("id"), PATHS_A_PAGE).get_page(str(number or 1))


def batches_of(request: InvalidationRequest) -> QuerySet[InvalidationBatch]:
    """What CloudFront was sent for it, in its order. A batch may hold paths of other requests, too."""
    keys = request.paths.order_by().exclude(batch=None).values("batch").distinct()
    return InvalidationBatch.objects.filter(pk__in=keys).order_by("id")


def text_of(request: InvalidationRequest) -> str:
    """Its paths, one a line."""
    return "\n".join(request.paths.order_by("id").values_list("path", flat=True))


def failed_sending(distribution: Distribution) -> Operation | None:
    """The operation that sends what is queued, if it failed and none followed."""
    latest = Operation.objects.filter(target=distribution.reference, lane=LANE).order_by("-id").first()
    return latest if latest is not None and latest.state == Operation.State.FAILED else None


def rows_of(requests: Sequence[InvalidationRequest], stopped: Operation | None) -> list[RequestRow]:
    """Each with its state. `stopped` as `failed_sending` gives it. Four queries, however many."""
    keys = [request.pk for request in requests]
    paths = InvalidationPath.objects.filter(request__in=keys).order_by()
    states: dict[int, set[str | None]] = {}
    for key, state, _ in paths.values_list("request", "batch__state").annotate(count=Count("pk")):
        states.setdefault(key, set()).add(state)
    firsts = dict(paths.values_list("request").annotate(first=Min("pk")))
    first = dict(InvalidationPath.objects.filter(pk__in=firsts.values()).values_list("request", "path"))
    failed = InvalidationBatch.objects.filter(paths__request__in=keys, state=InvalidationBatch.State.FAILED).order_by()
    errors = dict(failed.values_list("paths__request", "error_message").distinct())
    return [
        _row(request, states.get(request.pk, set()), first.get(request.pk, ""), errors.get(request.pk, ""), stopped)
        for request in requests
    ]


def _row(request: InvalidationRequest, states: set[str | None], first: str, error: str, stopped: Operation | None) -> RequestRow:
    state = next((each for each in ADVANCE if each in states), "completed") or "queued"
    if state in {"queued", "sending"} and stopped is not None:
        return RequestRow(request, "stopped", first, stopped.error_message)
    return RequestRow(request, state, first, error if state == "failed" else "")
