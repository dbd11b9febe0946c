"""Origin access controls and identities: the list, making one, one with what it serves."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cdnadmin.accounts.decorators import PersonRequest, permitted
from cdnadmin.accounts.forms import attach_error
from cdnadmin.accounts.models import AwsAccount
from cdnadmin.accounts.permissions import Action
from cdnadmin.errors import CdnadminError
from distributions.access.listing import page_of_origin_accesses, visible_origin_accesses
from distributions.access.uses import COUNTED, NAMED, buckets_naming, named_in_configurations, served_by
from distributions.models import OriginAccess
from distributions.origin_access_forms import CreateOriginAccessForm, RenameOriginAccessForm
from distributions.services.origin_access import (
    create_origin_access_control,
    create_origin_access_identity,
    delete_origin_access,
    rename_origin_access,
)
from distributions.services.origin_access_refresh import refresh_origin_accesses
from distributions.views.lists import whole_or_rows


@require_safe
@permitted(Action.VIEW_DISTRIBUTIONS)
def index(request: PersonRequest) -> HttpResponse:
    wanted = {name: request.GET.get(name, "").strip() for name in ("search", "type")}
    context = {
        "page": page_of_origin_accesses(actor=request.user, number=request.GET.get("page"), **wanted),
        "wanted": wanted,
        "types": OriginAccess.Type.choices,
        "filtered": any(wanted.values()),
        "counted": COUNTED,
        "has_accounts": AwsAccount.objects.exists(),
    }
    return whole_or_rows(request, "distributions/origin_accesses.html", context)


@require_http_methods(["GET", "POST"])
@permitted(Action.MANAGE_DISTRIBUTIONS)
def create(request: PersonRequest) -> HttpResponse:
    accounts = list(AwsAccount.objects.order_by("is_sandbox", "label"))
    form = CreateOriginAccessForm(request.POST or None, accounts=accounts)
    if request.method == "POST" and accounts and form.is_valid():
        given = form.cleaned_data
        account = next(each for each in accounts if each.public_id == given.get("account", accounts[0].public_id))
        try:
            if given["type"] == OriginAccess.Type.OAI:
                made = create_origin_access_identity(actor=request.user, account=account, name=given["name"])
            else:
                made = create_origin_access_control(
                    actor=request.user, account=account, name=given["name"], description=given["description"]
                )
        except CdnadminError as error:
            attach_error(form, error)
        else:
            messages.success(request, f"“{made.name}” is made. Distributions can come by it now.")
            return redirect("origin_access_detail", made.public_id)
    context = {"form": form, "accounts": accounts}
    return render(request, "distributions/origin_access_create.html", context, status=422 if form.errors else 200)


@require_POST
@permitted(Action.MANAGE_DISTRIBUTIONS)
def refresh(request: PersonRequest) -> HttpResponse:
    for account in AwsAccount.objects.order_by("is_sandbox", "label"):
        try:
            refreshed = refresh_origin_accesses(actor=request.user, account=account)
        except CdnadminError as error:
            messages.error(request, f"{account.label}: {error.message}")
        else:
            messages.success(request, f"{account.label}: {refreshed.words}.")
    return redirect("origin_access_list")


@require_safe
@never_cache
@permitted(Action.VIEW_DISTRIBUTIONS)
def detail(request: PersonRequest, public_id: str) -> HttpResponse:
    """With `?part=configurations` all of them are read, which the page does not wait for; htmx gets that part alone."""
    access = _access(request, public_id)
    read: dict[str, object] = {}
    if request.GET.get("part") == "configurations":
        read = {"named": named_in_configurations(access), "read": True}
        if request.headers.get("HX-Request"):
            return render(request, "distributions/origin_access.html#configurations", {"access": access, **read})
    return _show(request, access, RenameOriginAccessForm(access=access), read)


@require_POST
@permitted(Action.MANAGE_DISTRIBUTIONS)
def rename(request: PersonRequest, public_id: str) -> HttpResponse:
    access = _access(request, public_id)
    form = RenameOriginAccessForm(request.POST, access=access)
    if form.is_valid():
        try:
            rename_origin_access(actor=request.user, origin_access=access, **form.cleaned_data)
        except CdnadminError as error:
            if not visible_origin_accesses(request.user).filter(public_id=public_id).exists():
                # It was deleted outside, and went from here as well.
                messages.error(request, error.message)
                return redirect("origin_access_list")
            attach_error(form, error)
        else:
            messages.success(request, f"It is called “{access.name}” now, here and at AWS.")
            return redirect("origin_access_detail", public_id)
    return _show(request, access, form)


def _show(
    request: PersonRequest, access: OriginAccess, form: RenameOriginAccessForm, read: dict[str, object] | None = None
) -> HttpResponse:
    context = {
        **(read or {}),
        "access": access,
        "form": form,
        "served": served_by(access, named=NAMED),
        "counted": COUNTED,
        "naming": buckets_naming(access),
    }
    return render(request, "distributions/origin_access.html", context, status=422 if form.errors else 200)


@require_POST
@permitted(Action.MANAGE_DISTRIBUTIONS)
def delete(request: PersonRequest, public_id: str) -> HttpResponse:
    access = _access(request, public_id)
    name = access.name
    try:
        delete_origin_access(actor=request.user, origin_access=access)
    except CdnadminError as error:
        messages.error(request, error.message)
        return redirect("origin_access_detail", public_id)
    messages.success(request, f"“{name}” is deleted.")
    return redirect("origin_access_list")


def _access(request: PersonRequest, public_id: str) -> OriginAccess:
    try:
        return visible_origin_accesses(request.user).select_related("account").get(public_id=public_id)
    except OriginAccess.DoesNotExist:
        raise Http404 from None
