"""A plan: what will differ, what follows from it, what others did meanwhile; applied or discarded here."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from cdnadmin.accounts.decorators import PersonRequest, permitted
from cdnadmin.accounts.permissions import Action
from cdnadmin.errors import CdnadminError
from cdnadmin.operations.queries import latest_operation, steps_of
from distributions.access.page import policy_changes
from distributions.configuration.trust import openings
from distributions.models import ChangePlan, Distribution
from distributions.names import names_of
from distributions.planning import behavior_rows, compare_for_page, decide_for_page, is_editable, models_of, origin_rows
from distributions.queries import estimate_propagation, find_distribution, propagation_progress
from distributions.services.plans import apply_plan, discard_plan, open_draft, resolve_plan, theirs_of
from distributions.signatures import links_that_end

CHOICE = "choice:"


def find_plan(request: PersonRequest, public_id: str) -> ChangePlan:
    """Raises Http404."""
    related = ("distribution__account", "distribution__drift", "distribution__bucket", "base", "theirs", "author")
    plan = ChangePlan.objects.select_related(*related).filter(public_id=public_id).first()
    if plan is None:
        raise Http404
    return plan


def find_or_404(request: PersonRequest, public_id: str) -> Distribution:
    try:
        return find_distribution(actor=request.user, public_id=public_id)
    except Distribution.DoesNotExist:
        raise Http404 from None


@require_POST
@permitted(Action.MANAGE_DISTRIBUTIONS)
def begin(request: PersonRequest, public_id: str) -> HttpResponse:
    """The person's draft, begun where there is none."""
    distribution = find_or_404(request, public_id)
    try:
        plan = open_draft(actor=request.user, distribution=distribution)
    except CdnadminError as error:
        messages.error(request, error.message)
        return redirect("distribution_detail", public_id)
    return redirect("plan_detail", plan.public_id)


@require_safe
@never_cache
@permitted(Action.MANAGE_DISTRIBUTIONS)
def show(request: PersonRequest, public_id: str) -> HttpResponse:
    plan = find_plan(request, public_id)
    distribution = plan.distribution
    names = names_of(distribution.account)
    theirs = theirs_of(plan) if plan.is_open else None
    operation = latest_operation(distribution.reference) if plan.state == ChangePlan.State.APPLYING else None
    tags = (plan.base_tags, plan.wanted_tags)
    ends = links_that_end(distribution, plan.base.config, plan.wanted) if plan.is_open else []
    context = {
        "plan": plan,
        "distribution": distribution,
        "comparison": compare_for_page(plan.base.config, plan.wanted, names, tags=tags, ends=ends, models=models_of(plan)),
        "openings": openings(plan.base.config, plan.wanted) if plan.is_open else [],
        "policies": policy_changes(plan) if plan.is_open else [],
        "decision": decide_for_page(plan.base.config, theirs, plan.wanted, names) if theirs else None,
        "estimate": estimate_propagation(distribution.account),
        "editable": is_editable(distribution) and plan.is_open and not distribution.unchangeable_because,
        "origins": origin_rows(plan.wanted, names) if is_editable(distribution) else [],
        "behaviors": behavior_rows(plan.wanted, names) if is_editable(distribution) else [],
        "groups": (plan.wanted.get("OriginGroups") or {}).get("Items", []),
        "errors": (plan.wanted.get("CustomErrorResponses") or {}).get("Items", []),
        "operation": operation,
        "steps": steps_of(operation) if operation else (),
        "progress": propagation_progress(distribution) if operation else None,
        "live": plan.state == ChangePlan.State.APPLYING,
    }
    part = "#live" if request.headers.get("HX-Request") and request.GET.get("part") == "live" else ""
    return render(request, f"distributions/plan.html{part}", context)


@require_POST
@permitted(Action.MANAGE_DISTRIBUTIONS)
def apply(request: PersonRequest, public_id: str) -> HttpResponse:
    plan = find_plan(request, public_id)
    try:
        confirmed = request.POST.getlist("opens") if request.POST.get("opens_confirmed") else []
        apply_plan(actor=request.user, plan=plan, opens_confirmed=confirmed)
    except CdnadminError as error:
        messages.error(request, error.message)
    return redirect("plan_detail", public_id)


@require_POST
@permitted(Action.MANAGE_DISTRIBUTIONS)
def discard(request: PersonRequest, public_id: str) -> HttpResponse:
    plan = find_plan(request, public_id)
    try:
        discard_plan(actor=request.user, plan=plan)
    except CdnadminError as error:
        messages.error(request, error.message)
        return redirect("plan_detail", public_id)
    began = plan.state == ChangePlan.State.FAILED
    said = "What it changed before it failed stays: the history shows how it stands." if began else "Nothing was changed at AWS."
    messages.success(request, f"The plan is discarded. {said}")
    return redirect("distribution_detail", plan.distribution.public_id)


@require_POST
@permitted(Action.MANAGE_DISTRIBUTIONS)
def resolve(request: PersonRequest, public_id: str) -> HttpResponse:
    plan = find_plan(request, public_id)
    try:
        resolve_plan(actor=request.user, plan=plan, choices=choices_of(request), seen=request.POST.get("seen", ""))
    except CdnadminError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, "Both are brought together below. Nothing was sent to AWS yet.")
    return redirect("plan_detail", public_id)


def choices_of(request: PersonRequest) -> dict[str, str]:
    """What was chosen, path by path."""
    return {name.removeprefix(CHOICE): str(value) for name, value in request.POST.items() if name.startswith(CHOICE)}


def open_plans(distribution: Distribution) -> QuerySet[ChangePlan]:
    return ChangePlan.objects.filter(distribution=distribution, state__in=ChangePlan.OPEN).select_related("author")
