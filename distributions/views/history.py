"""Every configuration that a distribution had: listed, compared, put back; and what was changed outside, decided."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cdnadmin.accounts.decorators import PersonRequest, permitted
from cdnadmin.accounts.permissions import Action
from cdnadmin.errors import CdnadminError
from distributions.models import ConfigurationVersion, Distribution
from distributions.names import names_of
from distributions.planning import compare_for_page, decide_for_page
from distributions.queries import page_of_versions
from distributions.services.plans import plan_restoring, settle_drift
from distributions.views.lists import whole_or_rows
from distributions.views.plans import choices_of, find_or_404


@require_safe
@permitted(Action.VIEW_DISTRIBUTIONS)
def history(request: PersonRequest, public_id: str) -> HttpResponse:
    distribution = find_or_404(request, public_id)
    search = request.GET.get("search", "").strip()
    page = page_of_versions(distribution, number=request.GET.get("page"), search=search)
    return whole_or_rows(request, "distributions/history.html", {"distribution": distribution, "page": page, "search": search})


@require_safe
@permitted(Action.VIEW_DISTRIBUTIONS)
def compare_versions(request: PersonRequest, public_id: str) -> HttpResponse:
    """`?from=` and `?to=`: numbers of versions; without `from`, the one before."""
    distribution = find_or_404(request, public_id)
    after = _version(distribution, request.GET.get("to", ""))
    begin = request.GET.get("from", "")
    before = _version(distribution, begin) if begin else distribution.versions.filter(number__lt=after.number).first()
    context = {
        "distribution": distribution,
        "before": before,
        "after": after,
        "comparison": compare_for_page(before.config, after.config, names_of(distribution.account)) if before else None,
        "numbers": list(distribution.versions.values_list("number", flat=True)[:200]),
    }
    return render(request, "distributions/compare.html", context)


def _version(distribution: Distribution, number: str) -> ConfigurationVersion:
    found = distribution.versions.filter(number=int(number)).first() if number.isdecimal() and len(number) < 9 else None
    if found is None:
        raise Http404
    return found


@require_POST
@permitted(Action.MANAGE_DISTRIBUTIONS)
def restore(request: PersonRequest, public_id: str) -> HttpResponse:
    distribution = find_or_404(request, public_id)
    version = _version(distribution, request.POST.get("version", ""))
    try:
        plan = plan_restoring(actor=request.user, distribution=distribution, version=version)
    except CdnadminError as error:
        messages.error(request, error.message)
        return redirect("distribution_history", public_id)
    return redirect("plan_detail", plan.public_id)


@require_http_methods(["GET", "POST"])
@never_cache
@permitted(Action.MANAGE_DISTRIBUTIONS)
def drift(request: PersonRequest, public_id: str) -> HttpResponse:
    """What somebody changed outside: keep theirs, or put ours back, field by field."""
    distribution = find_or_404(request, public_id)
    if request.method == "POST":
        choices, seen = choices_of(request), request.POST.get("seen", "")
        try:
            plan = settle_drift(actor=request.user, distribution=distribution, choices=choices, seen=seen)
        except CdnadminError as error:
            messages.error(request, error.message)
            return redirect("distribution_drift", public_id)
        if plan is not None:
            return redirect("plan_detail", plan.public_id)
        messages.success(request, "What stands at AWS is taken as wanted. Nothing was changed there.")
        return redirect("distribution_detail", public_id)
    found = distribution.drift
    names = names_of(distribution.account)
    context = {
        "distribution": distribution,
        "drift": found,
        "decision": decide_for_page(distribution.config, found, distribution.config, names) if found else None,
        "comparison": compare_for_page(distribution.config, found.config, names) if found else None,
    }
    return render(request, "distributions/drift.html", context)
