"""Who can really reach a distribution's files, what is true at S3, and the way to another access model."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from cdnadmin.accounts.decorators import PersonRequest, permitted
from cdnadmin.accounts.permissions import Action
from cdnadmin.errors import CdnadminError
from distributions.access.page import access_page
from distributions.models import OriginAccess
from distributions.services.access_models import choices_for, look_at_access, plan_access_model
from distributions.views.plans import find_or_404


@require_safe
@never_cache
@permitted(Action.VIEW_DISTRIBUTIONS)
def show(request: PersonRequest, public_id: str) -> HttpResponse:
    distribution = find_or_404(request, public_id)
    context = {
        "distribution": distribution,
        "page": access_page(distribution),
        "choices": choices_for(distribution),
        "accesses": OriginAccess.objects.filter(account=distribution.account).order_by("name")[:200],
    }
    return render(request, "distributions/access.html", context)


@require_POST
@permitted(Action.VIEW_DISTRIBUTIONS)
def look(request: PersonRequest, public_id: str) -> HttpResponse:
    """Ask S3 anew."""
    distribution = find_or_404(request, public_id)
    truth = look_at_access(actor=request.user, distribution=distribution)
    if truth is None:
        messages.error(request, "Its bucket is not known here, so nothing can be asked of it.")
    elif truth.error:
        messages.error(request, truth.error)
    return redirect("distribution_access", public_id)


@require_POST
@permitted(Action.MANAGE_DISTRIBUTIONS)
def switch(request: PersonRequest, public_id: str) -> HttpResponse:
    """The plan that leads to the model chosen; nothing is changed before it is applied there."""
    distribution = find_or_404(request, public_id)
    chosen = request.POST.get("origin_access", "")
    access = OriginAccess.objects.filter(account=distribution.account, aws_id=chosen).first() if chosen else None
    try:
        plan = plan_access_model(
            actor=request.user,
            distribution=distribution,
            model=request.POST.get("model", ""),
            origin_access=access,
            take_out_old=request.POST.get("take_out_old") == "1",
        )
    except CdnadminError as error:
        messages.error(request, error.message)
        return redirect("distribution_access", public_id)
    return redirect("plan_detail", plan.public_id)
