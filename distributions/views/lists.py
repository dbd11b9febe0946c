"""The lists of distributions and of signing keys."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from cdnadmin.accounts.decorators import PersonRequest, permitted
from cdnadmin.accounts.permissions import Action
from distributions.models import Distribution
from distributions.queries import PAGE_SIZE, list_signing_keys, page_of_distributions


@require_safe
@permitted(Action.VIEW_DISTRIBUTIONS)
def distributions(request: PersonRequest) -> HttpResponse:
    wanted = {name: request.GET.get(name, "").strip() for name in ("search", "status", "kind", "drift", "open")}
    page = page_of_distributions(actor=request.user, number=request.GET.get("page"), **wanted)
    context = {
        "page": page,
        "wanted": wanted,
        "statuses": Distribution.Status.choices,
        "kinds": Distribution.Kind.choices,
        "filtered": any(wanted.values()),
        "live": any(distribution.is_moving for distribution in page),
    }
    return whole_or_rows(request, "distributions/list.html", context)


@require_safe
@permitted(Action.MANAGE_DISTRIBUTIONS)
def signing_keys(request: PersonRequest) -> HttpResponse:
    search = request.GET.get("search", "").strip()
    page = Paginator(list_signing_keys(search=search), PAGE_SIZE).get_page(request.GET.get("page"))
    return whole_or_rows(request, "distributions/signing_keys.html", {"page": page, "search": search})


def whole_or_rows(request: HttpRequest, template: str, context: dict[str, object]) -> HttpResponse:
    """htmx asks for the rows alone; Back asks again for the whole page."""
    part = request.headers.get("HX-Request") and not request.headers.get("HX-History-Restore-Request")
    response = render(request, f"{template}#rows" if part else template, context)
    patch_vary_headers(response, ["HX-Request", "HX-History-Restore-Request"])
    return response
