"""The first page: what to do next, what needs attention, what runs, what is new."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from cdnadmin.accounts.csp import allow_pictures
from cdnadmin.accounts.decorators import PersonRequest, permitted
from cdnadmin.accounts.permissions import Action
from distributions.queries import picture_addresses
from media.queries.home import CHART_HEIGHT, CHART_WIDTH, home_for
from media.services.share import share_token

_HIDDEN = "guide_hidden"


@require_safe
@vary_on_headers("HX-Request")
@permitted(Action.VIEW_LIBRARY)
def show(request: PersonRequest) -> HttpResponse:
    home = home_for(request.user, with_guide=not request.session.get(_HIDDEN))
    # The live part swaps in newer cards under the policy of this page.
    allow_pictures(request, [*picture_addresses(), *(card.picture for card in home.newest.cards)])
    link = home.guide.link if home.guide and home.guide.opens else None
    context = {
        "home": home,
        "watch_url": reverse("share_open", args=[share_token(link)]) if link else "",
        "chart": {"width": CHART_WIDTH, "height": CHART_HEIGHT},
    }
    partial = "#live" if request.headers.get("HX-Request") and request.GET.get("part") == "live" else ""
    return render(request, f"media/home.html{partial}", context)


@require_POST
@permitted(Action.VIEW_LIBRARY)
def hide_guide(request: PersonRequest) -> HttpResponse:
    """For this person, until they log in anew."""
    request.session[_HIDDEN] = True
    return redirect("home")
