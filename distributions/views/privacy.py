"""What strangers were answered: the last checks of a distribution, and a new one."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from cdnadmin.accounts.decorators import PersonRequest, permitted
from cdnadmin.accounts.permissions import Action
from cdnadmin.errors import CdnadminError
from distributions.privacy.page import privacy_state
from distributions.services.privacy import check_privacy, checks_of
from distributions.views.plans import find_or_404


@require_safe
@never_cache
@permitted(Action.VIEW_DISTRIBUTIONS)
def show(request: PersonRequest, public_id: str) -> HttpResponse:
    """The history; to htmx with ?part=checks its list, with ?part=card the card of the distribution's page."""
    distribution = find_or_404(request, public_id)
    context = {"distribution": distribution, "privacy": privacy_state(distribution)}
    part = request.GET.get("part", "") if request.headers.get("HX-Request") else ""
    if part == "card":
        return render(request, "distributions/_privacy.html", context)
    page = "distributions/privacy.html#checks" if part == "checks" else "distributions/privacy.html"
    return render(request, page, {**context, "checks": checks_of(distribution)})


@require_POST
@permitted(Action.VIEW_DISTRIBUTIONS)
def check(request: PersonRequest, public_id: str) -> HttpResponse:
    distribution = find_or_404(request, public_id)
    try:
        check_privacy(actor=request.user, distribution=distribution)
    except CdnadminError as error:
        messages.error(request, error.message)
    return redirect("distribution_privacy" if request.POST.get("back") == "history" else "distribution_detail", public_id)
