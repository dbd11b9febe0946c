"""The origins of a plan and their groups, each with its form."""

from __future__ import annotations

from django.http import HttpResponse
from django.views.decorators.http import require_http_methods

from cdnadmin.accounts.decorators import PersonRequest, permitted
from cdnadmin.accounts.permissions import Action
from distributions.configuration.edits import put_origin, put_origin_group
from distributions.configuration.fields import Config, items_of
from distributions.mirror import main_origin
from distributions.origin_forms import CustomOriginForm, S3OriginForm
from distributions.plan_forms import OriginGroupForm
from distributions.services.offers import name_bucket_host, offered_accesses, offered_bucket_names
from distributions.views.plan_edits import edit_part, say_gone
from distributions.views.plans import find_plan


@require_http_methods(["GET", "POST"])
@permitted(Action.MANAGE_DISTRIBUTIONS)
def origin(request: PersonRequest, public_id: str) -> HttpResponse:
    """`?id=` that of the origin to change, or `?kind=s3` or `custom` for a new one."""
    plan = find_plan(request, public_id)
    id = request.GET.get("id", "")
    existing = next((item for item in items_of(plan.wanted.get("Origins") or {}) if item["Id"] == id), None)
    if id and existing is None:
        return say_gone(request, plan, f"There is no origin “{id}” in this plan any more.")
    if existing and "VpcOriginConfig" in existing:
        return say_gone(request, plan, f"“{id}” lies in a VPC. It is kept as it is, and changed in CloudFront’s console.")
    custom = "CustomOriginConfig" in existing if existing else request.GET.get("kind") == "custom"
    form: S3OriginForm | CustomOriginForm
    context: dict[str, object] = {"title": f"Origin {id}" if id else "New origin: a server" if custom else "New origin: a bucket"}
    if custom:
        form = CustomOriginForm(request.POST or None, initial=CustomOriginForm.initial_of(existing) if existing else None)
    else:
        account = plan.distribution.account
        initial = S3OriginForm.initial_of(existing) if existing else S3OriginForm.initial_like(main_origin(plan.wanted))
        form = S3OriginForm(
            request.POST or None,
            initial=initial,
            accesses=offered_accesses(account),
            host_of=lambda typed: name_bucket_host(account, typed),
        )
        context["bucket_names"] = offered_bucket_names(account)

    def edit(config: Config) -> Config:
        now = next((item for item in items_of(config.get("Origins") or {}) if item["Id"] == id), None)
        return put_origin(config, form.build(now), replaces=id)

    return edit_part(request, plan, form, edit, context)


@require_http_methods(["GET", "POST"])
@permitted(Action.MANAGE_DISTRIBUTIONS)
def group(request: PersonRequest, public_id: str) -> HttpResponse:
    plan = find_plan(request, public_id)
    id = request.GET.get("id", "")
    existing = next((item for item in items_of(plan.wanted.get("OriginGroups") or {}) if item["Id"] == id), None)
    if id and existing is None:
        return say_gone(request, plan, f"There is no group “{id}” in this plan any more.")
    initial: dict[str, object] | None = None
    if existing:
        members = [member["OriginId"] for member in existing["Members"]["Items"]]
        codes = existing["FailoverCriteria"]["StatusCodes"]["Items"]
        initial = {"id": id, "primary": members[0], "secondary": members[1], "status_codes": codes}
    origins = [item["Id"] for item in items_of(plan.wanted.get("Origins") or {})]
    form = OriginGroupForm(request.POST or None, initial=initial, origins=origins)

    def edit(config: Config) -> Config:
        return put_origin_group(config, replaces=id, **form.cleaned_data)

    return edit_part(request, plan, form, edit, {"title": f"Origin group {id}" if id else "New origin group"})
