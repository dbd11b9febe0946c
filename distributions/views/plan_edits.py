"""The parts of a plan, each with its form."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from cdnadmin.accounts.decorators import PersonRequest, permitted
from cdnadmin.accounts.permissions import Action
from cdnadmin.errors import CdnadminError, InvalidInput
from distributions.configuration.behavior_edits import (
    behavior_values,
    find_behavior,
    move_behavior,
    put_behavior,
    put_error_response,
    remove_behavior,
    remove_error_response,
)
from distributions.configuration.edits import remove_origin, remove_origin_group
from distributions.configuration.fields import Config, items_of
from distributions.models import ChangePlan
from distributions.origin_forms import BehaviorForm
from distributions.plan_forms import ErrorResponseForm, GeneralForm, TagsForm, ViewersForm
from distributions.services.choices import advise_certificates, require_covering
from distributions.services.offers import offered_certificates, offered_key_groups, offered_policies
from distributions.services.plans import edit_plan, set_plan_tags
from distributions.views.certificates import ask_for_certificate, typed_hosts
from distributions.views.plans import find_plan

# Fields of a configuration that a form calls otherwise, by the last part of their path.
_FIELDS = {
    "OriginPath": "path",
    "DomainName": "domain",
    "HTTPPort": "http_port",
    "HTTPSPort": "https_port",
    "OriginReadTimeout": "read_timeout",
    "OriginKeepaliveTimeout": "keepalive_timeout",
    "TargetOriginId": "target",
    "CachePolicyId": "cache_policy",
    "ViewerProtocolPolicy": "protocol",
    "DefaultTTL": "default_ttl",
    "TrustedKeyGroups": "key_groups",
    "TrustedSigners": "signers",
    "AllowedMethods": "methods",
    "ResponsePagePath": "page_path",
    "ResponseCode": "response_code",
    "ErrorCachingMinTTL": "min_ttl",
    "StatusCodes": "status_codes",
    "Members": "secondary",
}


def _attach(form: forms.Form, error: CdnadminError) -> None:
    """The error next to the field that it is about, in this form's words for it."""
    path = getattr(error, "field", None) or ""
    known: dict[str, str] = getattr(form, "PATHS", {})
    name = known.get(path) or _FIELDS.get(path.rpartition(".")[2]) or path
    if path.startswith("CacheBehaviors[") and path.endswith("]"):
        name = "pattern"
    if path.startswith(("Origins[", "OriginGroups[")) and path.endswith("]"):
        name = "headers" if "CustomHeaders" in path else "id"
    if path.startswith("CustomErrorResponses[") and path.endswith("]"):
        name = "code"
    if path.startswith("Tags"):
        name = "tags"
    form.add_error(name if name in form.fields else None, error.message)


def edit_part(
    request: PersonRequest,
    plan: ChangePlan,
    form: forms.Form,
    edit: Callable[[Config], Config],
    context: dict[str, object],
) -> HttpResponse:
    if request.method == "POST" and form.is_valid() and _is_of_today(request, form):
        try:
            edit_plan(actor=request.user, plan=plan, edit=edit)
        except CdnadminError as error:
            _attach(form, error)
        else:
            return redirect("plan_detail", plan.public_id)
    return _part(request, plan, form, context)


def _begun_as(form: forms.Form) -> str:
    """What this part of the plan was when its form was shown, in a few characters."""
    return hashlib.sha256(json.dumps(form.initial, sort_keys=True, default=str).encode()).hexdigest()[:16]


def _is_of_today(request: PersonRequest, form: forms.Form) -> bool:
    """Whether this part is as it was when the form was opened; if not, the form says so, and keeps what was typed."""
    if request.POST.get("begun_as", _begun_as(form)) == _begun_as(form):
        return True
    message = "This part of the plan was changed since you opened it, in another tab or by a colleague. What you typed "
    message += "stands here; look at the plan, or put it in all the same."
    form.add_error(None, message)
    return False


def _part(request: PersonRequest, plan: ChangePlan, form: forms.Form, context: dict[str, object]) -> HttpResponse:
    context = {"plan": plan, "distribution": plan.distribution, "form": form, "begun_as": _begun_as(form), **context}
    return render(request, "distributions/plan_part.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@permitted(Action.MANAGE_DISTRIBUTIONS)
def general(request: PersonRequest, public_id: str) -> HttpResponse:
    plan = find_plan(request, public_id)
    form = GeneralForm(request.POST or None, initial=GeneralForm.initial_of(plan.wanted))
    return edit_part(request, plan, form, lambda config: form.edit(config), {"title": "General"})


@require_http_methods(["GET", "POST"])
@permitted(Action.MANAGE_DISTRIBUTIONS)
def viewers(request: PersonRequest, public_id: str) -> HttpResponse:
    plan = find_plan(request, public_id)
    account = plan.distribution.account
    # One that is asked for is not put into the plan yet: what was typed stays in the form.
    asks = "request_certificate" in request.POST
    refused = ask_for_certificate(request, account) if asks else ""
    initial = ViewersForm.initial_of(plan.wanted)
    hosts = typed_hosts(request) if request.method == "POST" else initial["aliases"].split()
    advice = advise_certificates(offered_certificates(account), hosts)
    if asks:
        typed = {name: request.POST.get(name, "") for name in ViewersForm.base_fields}
        form = ViewersForm(initial=typed, certificates=advice.choices)
    else:
        form = ViewersForm(request.POST or None, initial=initial, certificates=advice.choices)
    context: dict[str, object] = {"title": "Names, certificate and countries", "advice": advice, "refused": refused}
    context["problem"] = advice.problem
    if asks:
        return _part(request, plan, form, context)

    def edit(config: Config) -> Config:
        changed = form.edit(config)
        arn = (changed.get("ViewerCertificate") or {}).get("ACMCertificateArn", "")
        if arn or not (changed.get("ViewerCertificate") or {}).get("IAMCertificateId"):
            require_covering(advice, hosts, arn)
        return changed

    return edit_part(request, plan, form, edit, context)


@require_http_methods(["GET", "POST"])
@permitted(Action.MANAGE_DISTRIBUTIONS)
def behavior(request: PersonRequest, public_id: str) -> HttpResponse:
    """`?pattern=` that of the behavior to change, `?default=1` for the default one; neither for a new one."""
    plan = find_plan(request, public_id)
    is_default, pattern = bool(request.GET.get("default")), request.GET.get("pattern", "")
    replaces = None if is_default else pattern or None
    account = plan.distribution.account
    try:
        found = find_behavior(plan.wanted, replaces)
        values = behavior_values(plan.wanted, replaces)
    except InvalidInput as error:
        return say_gone(request, plan, error.message)
    offered = {kind: offered_policies(account, kind) for kind in ("cache", "request", "headers")}
    targets = [item["Id"] for name in ("Origins", "OriginGroups") for item in items_of(plan.wanted.get(name) or {})]
    form = BehaviorForm(
        request.POST or None,
        initial=BehaviorForm.initial_of(values, pattern, is_new=not is_default and not pattern),
        offered={
            "target": [(id, id) for id in targets],
            "cache_policy": offered["cache"].choices,
            "request_policy": offered["request"].choices,
            "headers_policy": offered["headers"].choices,
            "key_groups": offered_key_groups(account),
        },
        is_default=is_default,
        # A new one begins as a copy of the default one, in today's form.
        legacy="ForwardedValues" in found and (is_default or bool(pattern)),
    )

    def edit(config: Config) -> Config:
        name = None if is_default else form.cleaned_data["pattern"].strip()
        return put_behavior(config, pattern=name, values=form.values(), replaces=replaces)

    title = "Default behavior" if is_default else f"Behavior {pattern}" if pattern else "New behavior"
    functions = [item["FunctionARN"] for item in items_of(found.get("FunctionAssociations") or {})]
    functions += [item["LambdaFunctionARN"] for item in items_of(found.get("LambdaFunctionAssociations") or {})]
    context: dict[str, object] = {"title": title, "functions": functions, "problem": offered["cache"].problem}
    return edit_part(request, plan, form, edit, context)


@require_http_methods(["GET", "POST"])
@permitted(Action.MANAGE_DISTRIBUTIONS)
def error_response(request: PersonRequest, public_id: str) -> HttpResponse:
    plan = find_plan(request, public_id)
    code = request.GET.get("code", "")
    existing = next(
        (item for item in items_of(plan.wanted.get("CustomErrorResponses") or {}) if str(item["ErrorCode"]) == code), None
    )
    form = ErrorResponseForm(request.POST or None, initial=ErrorResponseForm.initial_of(existing) if existing else None)

    def edit(config: Config) -> Config:
        return put_error_response(config, **form.cleaned_data, replaces=existing["ErrorCode"] if existing else None)

    return edit_part(request, plan, form, edit, {"title": f"Error {code}" if existing else "New error page"})


@require_http_methods(["GET", "POST"])
@permitted(Action.MANAGE_DISTRIBUTIONS)
def tags(request: PersonRequest, public_id: str) -> HttpResponse:
    plan = find_plan(request, public_id)
    now = plan.distribution.tags if plan.wanted_tags is None else plan.wanted_tags
    shown = "\n".join(f"{key} = {value}" for key, value in sorted(now.items()) if not key.startswith("aws:"))
    form = TagsForm(request.POST or None, initial={"tags": shown})
    if request.method == "POST" and form.is_valid() and _is_of_today(request, form):
        try:
            set_plan_tags(actor=request.user, plan=plan, tags=form.cleaned_data["tags"])
        except CdnadminError as error:
            _attach(form, error)
        else:
            return redirect("plan_detail", public_id)
    return _part(request, plan, form, {"title": "Tags"})


@require_POST
@permitted(Action.MANAGE_DISTRIBUTIONS)
def arrange(request: PersonRequest, public_id: str) -> HttpResponse:
    """Take a part out of the plan, or move a behavior. `do` and what it is done to."""
    plan = find_plan(request, public_id)
    id = request.POST.get("id", "")
    edits: dict[str, Callable[[Config], Config]] = {
        "remove-origin": lambda config: remove_origin(config, id),
        "remove-group": lambda config: remove_origin_group(config, id),
        "remove-behavior": lambda config: remove_behavior(config, id),
        "move-up": lambda config: move_behavior(config, id, up=True),
        "move-down": lambda config: move_behavior(config, id, up=False),
        "remove-error": lambda config: remove_error_response(config, int(id) if id.isdecimal() else 0),
    }
    edit = edits.get(request.POST.get("do", ""))
    if edit is None:
        return HttpResponse("do is one of: " + ", ".join(edits), status=400, content_type="text/plain")
    try:
        edit_plan(actor=request.user, plan=plan, edit=edit)
    except CdnadminError as error:
        messages.error(request, error.message)
    return redirect("plan_detail", public_id)


def say_gone(request: PersonRequest, plan: ChangePlan, message: str) -> HttpResponse:
    messages.error(request, message)
    return redirect("plan_detail", plan.public_id)
