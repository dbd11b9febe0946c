"""Files of a distribution fetched anew: what will be sent and what it costs first, then how far it is."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import patch_vary_headers
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from cdnadmin.accounts.decorators import PersonRequest, permitted
from cdnadmin.accounts.forms import attach_error
from cdnadmin.accounts.permissions import Action
from cdnadmin.errors import CdnadminError
from cdnadmin.operations.queries import manages
from distributions.invalidation_forms import InvalidationForm
from distributions.invalidation_history import (
    batches_of,
    failed_sending,
    find_request,
    page_of_paths,
    page_of_requests,
    rows_of,
    text_of,
)
from distributions.invalidation_paths import Advice, Cost, ReadPaths, advise, is_wildcard, read_paths
from distributions.models import Distribution, InvalidationRequest
from distributions.services.invalidations import cost_of, request_invalidation
from distributions.views.lists import whole_or_rows
from distributions.views.plans import find_or_404

TEMPLATE = "distributions/invalidations.html"


@dataclass(frozen=True)
class Preview:
    """What would be sent, before it is."""

    found: ReadPaths
    cost: Cost
    advice: Advice


@require_http_methods(["GET", "POST"])
@never_cache
@permitted(Action.EDIT_MEDIA)
def invalidations(request: PersonRequest, public_id: str) -> HttpResponse:
    """The form, what it would send (`do=look`, or from htmx while somebody types), sending it (`do=send`), the history.

    `?paths=` and `?again=<request>` fill the form, `?show=<request>` is one of the history.
    """
    distribution = find_or_404(request, public_id)
    if request.GET.get("show"):
        return _show(request, distribution, _request_or_404(distribution, request.GET["show"]))
    again = _request_or_404(distribution, request.GET["again"]) if request.GET.get("again") else None
    label = again.label if again else request.GET.get("label", "")
    begun = text_of(again) if again else request.GET.get("paths", "")
    form = InvalidationForm(request.POST or None, initial={"paths": begun})
    preview = None
    if request.method == "POST" and form.is_valid():
        try:
            found = read_paths(form.cleaned_data["paths"])
            if request.POST.get("do") == "send":
                request_invalidation(
                    actor=request.user, distribution=distribution, paths=found.paths, origin=_origin(label, found), label=label
                )
                messages.success(request, f"{len(found.paths):,} path{'' if len(found.paths) == 1 else 's'} will be fetched anew.")
                return redirect("distribution_invalidations", public_id)
        except CdnadminError as error:
            attach_error(form, error)
        else:
            preview = Preview(found, cost_of(distribution.account, len(found.paths)), advise(found.paths))
    context = {"distribution": distribution, "form": form, "preview": preview, "label": label}
    if request.method == "POST" and request.headers.get("HX-Request"):
        response = render(request, f"{TEMPLATE}#preview", context)
        patch_vary_headers(response, ["HX-Request"])
        return response
    search = request.GET.get("search", "").strip()
    page = page_of_requests(distribution, number=request.GET.get("page"), search=search)
    stopped = failed_sending(distribution)
    rows = rows_of(list(page), stopped)
    context |= {
        # Beside the field its errors stand already.
        "whole": True,
        "page": page,
        "rows": rows,
        "search": search,
        "cost": cost_of(distribution.account, 0),
        "stopped": stopped,
        "may_retry": stopped is not None and manages(request.user, stopped),
        "live": any(row.is_live for row in rows),
    }
    response = whole_or_rows(request, TEMPLATE, context)
    if form.errors:
        response.status_code = 422
    return response


def _origin(label: str, found: ReadPaths) -> str:
    if label:
        return InvalidationRequest.Origin.ASSET
    folders = all(is_wildcard(path) for path in found.paths)
    return InvalidationRequest.Origin.FOLDER if folders else InvalidationRequest.Origin.PASTED


def _request_or_404(distribution: Distribution, public_id: str) -> InvalidationRequest:
    found = find_request(distribution, public_id)
    if found is None:
        raise Http404
    return found


def _show(request: PersonRequest, distribution: Distribution, asked: InvalidationRequest) -> HttpResponse:
    row = rows_of([asked], failed_sending(distribution))[0]
    context = {
        "distribution": distribution,
        "row": row,
        "batches": batches_of(asked)[:100],
        "page": page_of_paths(asked, number=request.GET.get("page")),
        "live": row.is_live,
    }
    return whole_or_rows(request, "distributions/invalidation.html", context)
