"""The library: cards or a table, filters in the URL."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from cdnadmin.accounts.csp import allow_pictures
from cdnadmin.accounts.decorators import permitted
from cdnadmin.accounts.permissions import Action
from distributions.models import Distribution
from distributions.queries import picture_addresses
from media.cards import card_of
from media.models import Asset
from media.queries.library import list_assets


@require_safe
@vary_on_headers("HX-Request")
@permitted(Action.VIEW_LIBRARY)
def show(request: HttpRequest) -> HttpResponse:
    wanted = {name: request.GET.get(name, "") for name in ("search", "type", "access", "cursor")}
    page = list_assets(actor=request.user, **wanted)  # type: ignore[arg-type]
    cards = [card_of(asset) for asset in page.assets]
    # Filters swap in other cards under the policy of this page.
    allow_pictures(request, [*picture_addresses(), *(card.picture for card in cards)])
    context = {
        "page": page,
        "cards": cards,
        "wanted": wanted,
        "as_table": request.GET.get("view") == "table",
        "filtered": bool(wanted["search"] or wanted["type"] or wanted["access"]),
        "types": Asset.Type.choices,
        "kinds": Distribution.Kind.choices,
    }
    partial = "#results" if request.headers.get("HX-Request") and not request.headers.get("HX-History-Restore-Request") else ""
    return render(request, f"media/library.html{partial}", context)
