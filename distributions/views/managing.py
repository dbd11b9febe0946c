"""Saying who manages a distribution."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from cdnadmin.accounts.decorators import PersonRequest, permitted
from cdnadmin.accounts.permissions import Action
from cdnadmin.errors import CdnadminError
from distributions.models import Distribution
from distributions.queries import find_distribution
from distributions.services.managing import mark_managed


@require_POST
@permitted(Action.MANAGE_DISTRIBUTIONS)
def mark(request: PersonRequest, public_id: str) -> HttpResponse:
    try:
        distribution = find_distribution(actor=request.user, public_id=public_id)
    except Distribution.DoesNotExist:
        raise Http404 from None
    try:
        mark_managed(actor=request.user, distribution=distribution, managed_by=request.POST.get("managed_by", ""))
    except CdnadminError as error:
        messages.error(request, error.message)
    return redirect("distribution_detail", public_id)
