"""A distribution on and off, and out of the list where nothing came of it."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from cdnadmin.accounts.decorators import PersonRequest, permitted
from cdnadmin.accounts.permissions import Action
from cdnadmin.errors import CdnadminError
from distributions.models import Distribution
from distributions.queries import find_distribution
from distributions.services.changes import update_distribution
from distributions.services.distributions import discard_distribution


@require_POST
@permitted(Action.MANAGE_DISTRIBUTIONS)
def set_enabled(request: PersonRequest, public_id: str) -> HttpResponse:
    distribution = _distribution(request, public_id)
    wanted = {"1": True, "0": False}.get(request.POST.get("enabled", ""))
    if wanted is None:
        return HttpResponseBadRequest("enabled is 1 or 0.")
    try:
        update_distribution(actor=request.user, distribution=distribution, enabled=wanted)
    except CdnadminError as error:
        messages.error(request, error.message)
    return redirect("distribution_detail", public_id)


@require_POST
@permitted(Action.MANAGE_DISTRIBUTIONS)
def discard(request: PersonRequest, public_id: str) -> HttpResponse:
    distribution = _distribution(request, public_id)
    try:
        discard_distribution(actor=request.user, distribution=distribution)
    except CdnadminError as error:
        messages.error(request, error.message)
        return redirect("distribution_detail", public_id)
    messages.success(request, f"“{distribution.name}” is out of the list. Nothing was changed at AWS.")
    return redirect("distribution_list")


def _distribution(request: PersonRequest, public_id: str) -> Distribution:
    try:
        return find_distribution(actor=request.user, public_id=public_id)
    except Distribution.DoesNotExist:
        raise Http404 from None
