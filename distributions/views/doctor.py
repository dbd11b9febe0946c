"""What is missing or unsafe: the list, mending, leaving as it is; and the least-privilege policy to download."""

from __future__ import annotations

import json

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from cdnadmin.accounts.decorators import PersonRequest, permitted
from cdnadmin.accounts.models import AwsAccount
from cdnadmin.accounts.permissions import Action
from cdnadmin.errors import CdnadminError
from distributions.doctor.listing import examined_accounts, page_of_findings, visible_findings
from distributions.models import FoundProblem
from distributions.services import doctor
from distributions.views.lists import whole_or_rows


@require_safe
@never_cache
@permitted(Action.MANAGE_DISTRIBUTIONS)
def index(request: PersonRequest) -> HttpResponse:
    """The list; to htmx with ?part=accounts, when each account was examined, and the list anew once none is under way."""
    wanted = {name: request.GET.get(name, "").strip() for name in ("search", "account", "severity", "dismissed")}
    accounts = examined_accounts()
    context = {
        "page": page_of_findings(actor=request.user, number=request.GET.get("page"), **wanted),
        "wanted": wanted,
        "accounts": accounts,
        "severities": FoundProblem.Severity.choices,
        "filtered": any(wanted.values()),
        "running": any(each.running for each in accounts),
        "examined": any(each.examination and each.examination.finished_at for each in accounts),
    }
    if request.headers.get("HX-Request") and request.GET.get("part") == "accounts":
        return render(request, "distributions/doctor.html#update", context)
    return whole_or_rows(request, "distributions/doctor.html", context)


@require_safe
@permitted(Action.MANAGE_DISTRIBUTIONS)
def find(request: PersonRequest, public_id: str) -> HttpResponse:
    """To where it is listed: its distribution's page, or the list with its bucket's alone."""
    row = _finding(request, public_id)
    if row.distribution is not None:
        return redirect("distribution_detail", row.distribution.public_id)
    return redirect(reverse("doctor", query={"search": row.bucket.name if row.bucket else row.code}))


@require_POST
@permitted(Action.MANAGE_DISTRIBUTIONS)
def examine(request: PersonRequest, public_id: str) -> HttpResponse:
    account = get_object_or_404(AwsAccount, public_id=public_id)
    try:
        doctor.examine_account(actor=request.user, account=account)
    except CdnadminError as error:
        messages.error(request, error.message)
    return redirect("doctor")


@require_POST
@permitted(Action.MANAGE_DISTRIBUTIONS)
def mend(request: PersonRequest, public_id: str) -> HttpResponse:
    finding = _finding(request, public_id)
    try:
        mended = doctor.mend_finding(actor=request.user, finding=finding)
    except CdnadminError as error:
        messages.error(request, error.message)
        return _back(request)
    messages.success(request, mended.sentence)
    if mended.plan is not None:
        return redirect("plan_detail", mended.plan.public_id)
    if mended.operation is not None:
        return redirect("operation_detail", mended.operation.public_id)
    return _back(request)


@require_POST
@permitted(Action.MANAGE_DISTRIBUTIONS)
def dismiss(request: PersonRequest, public_id: str) -> HttpResponse:
    finding = _finding(request, public_id)
    try:
        doctor.dismiss_finding(actor=request.user, finding=finding, reason=request.POST.get("reason", ""))
    except CdnadminError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, "It is left as it is, and kept under “Dismissed”.")
    return _back(request)


@require_POST
@permitted(Action.MANAGE_DISTRIBUTIONS)
def restore(request: PersonRequest, public_id: str) -> HttpResponse:
    finding = _finding(request, public_id)
    try:
        doctor.restore_finding(actor=request.user, finding=finding)
    except CdnadminError as error:
        messages.error(request, error.message)
    return _back(request)


@require_safe
@never_cache
@permitted(Action.MANAGE_DISTRIBUTIONS)
def policy(request: PersonRequest, public_id: str) -> HttpResponse:
    """The document as IAM takes it."""
    account = get_object_or_404(AwsAccount, public_id=public_id)
    document = doctor.least_privilege_policy(actor=request.user, account=account)
    name = f"cdnadmin-{account.public_id}.json"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(json.dumps(document, indent=2) + "\n", content_type="application/json", headers=headers)


def _finding(request: PersonRequest, public_id: str) -> FoundProblem:
    return get_object_or_404(
        visible_findings(request.user).select_related("account", "distribution__bucket", "bucket"), public_id=public_id
    )


def _back(request: PersonRequest) -> HttpResponse:
    """To the page where the button was pressed."""
    back = request.POST.get("back", "")
    return redirect(back if url_has_allowed_host_and_scheme(back, allowed_hosts=None) else "doctor")
