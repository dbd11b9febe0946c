"""One distribution: its state, live; who can reach its files; how it is set; what was done to it."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from cdnadmin.accounts.decorators import PersonRequest, permitted
from cdnadmin.accounts.permissions import Action, may
from cdnadmin.operations.queries import latest_operation, steps_of
from distributions.addresses import distribution_url
from distributions.doctor.listing import findings_about
from distributions.models import Distribution
from distributions.privacy.page import privacy_state
from distributions.queries import activity_of, find_distribution, propagation_progress
from distributions.services.distributions import PRICE_CLASSES
from distributions.successors import predecessor_of, successor_of
from distributions.views.plans import open_plans

ACTIVITY_SHOWN = 20
PLANS_SHOWN = 5


@require_safe
@never_cache
@permitted(Action.VIEW_DISTRIBUTIONS)
def show(request: PersonRequest, public_id: str) -> HttpResponse:
    try:
        distribution = find_distribution(actor=request.user, public_id=public_id)
    except Distribution.DoesNotExist:
        if request.headers.get("HX-Request"):
            # It was deleted while its page was open.
            return HttpResponse(headers={"HX-Redirect": reverse("distribution_list")})
        raise Http404 from None
    operation = latest_operation(distribution.reference)
    public_key = distribution.signing_key and distribution.signing_key.public_keys.filter(account=distribution.account).first()
    context = {
        "distribution": distribution,
        "address": distribution_url(distribution) if distribution.answers_viewers else "",
        "operation": operation,
        "steps": steps_of(operation) if operation else (),
        "progress": propagation_progress(distribution),
        "price_class": dict(PRICE_CLASSES).get(distribution.price_class, distribution.price_class),
        "public_key": public_key,
        "activity": activity_of(distribution)[:ACTIVITY_SHOWN],
        "plans": open_plans(distribution)[:PLANS_SHOWN],
        "privacy": privacy_state(distribution),
        "successor": successor_of(distribution),
        "predecessor": predecessor_of(distribution),
        "findings": findings_about(distribution) if may(request.user, Action.MANAGE_DISTRIBUTIONS) else [],
        "live": distribution.is_moving or bool(operation and operation.is_active),
    }
    part = "#update" if request.headers.get("HX-Request") and request.GET.get("part") == "live" else ""
    return render(request, f"distributions/detail.html{part}", context)
