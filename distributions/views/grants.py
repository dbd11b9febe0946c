"""The permissions of a distribution's files by their ACLs: what a pass over all of them found, and asking for one."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from cdnadmin.accounts.decorators import PersonRequest, permitted
from cdnadmin.accounts.permissions import Action
from cdnadmin.errors import CdnadminError
from distributions.grant_passes import latest_pass
from distributions.services.grants import repair_grants
from distributions.views.plans import find_or_404


@require_http_methods(["GET", "POST"])
@never_cache
@permitted(Action.MANAGE_DISTRIBUTIONS)
def grants(request: PersonRequest, public_id: str) -> HttpResponse:
    """POST asks for a pass: `do` is look, permit or close; `replace`, with permit, takes all other permissions off."""
    distribution = find_or_404(request, public_id)
    if request.method == "POST":
        replace = request.POST.get("replace") == "1"
        try:
            repair_grants(actor=request.user, distribution=distribution, do=request.POST.get("do", ""), replace=replace)
        except CdnadminError as error:
            messages.error(request, error.message)
        return redirect("distribution_grants", public_id)
    found = latest_pass(distribution)
    context = {"distribution": distribution, "found": found, "live": found is not None and found.operation.is_active}
    part = "#live" if request.headers.get("HX-Request") and request.GET.get("part") == "live" else ""
    return render(request, f"distributions/grants.html{part}", context)
