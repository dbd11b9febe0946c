"""AWS accounts: the list, the form, the connection test."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.text import get_text_list
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from cdnadmin.accounts.decorators import PersonRequest, permitted
from cdnadmin.accounts.forms import AwsAccountForm, attach_error
from cdnadmin.accounts.models import AwsAccount
from cdnadmin.accounts.permissions import Action
from cdnadmin.accounts.queries import PAGE, list_audit_entries, list_aws_accounts
from cdnadmin.accounts.services import aws_accounts, forgetting
from cdnadmin.errors import Conflict, InvalidInput


@require_safe
@vary_on_headers("HX-Request")
@permitted(Action.MANAGE_ACCOUNTS)
def index(request: PersonRequest) -> HttpResponse:
    search = request.GET.get("search", "")
    page = Paginator(list_aws_accounts(search=search), PAGE).get_page(request.GET.get("page"))
    partial = "#rows" if request.headers.get("HX-Request-Type") == "partial" else ""
    return render(request, f"accounts/aws_accounts.html{partial}", {"page": page, "search": search})


@sensitive_post_parameters("secret_access_key")
@require_http_methods(["GET", "POST"])
@permitted(Action.MANAGE_ACCOUNTS)
def create(request: PersonRequest) -> HttpResponse:
    form = AwsAccountForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            account = aws_accounts.create_aws_account(actor=request.user, **form.cleaned_data)
        except InvalidInput as error:
            attach_error(form, error)
        else:
            aws_accounts.test_connection(actor=request.user, account=account)
            return redirect("aws_account_detail", account.public_id)
    return render(request, "accounts/aws_account_form.html", {"form": form}, status=422 if form.errors else 200)


@sensitive_post_parameters("secret_access_key")
@require_http_methods(["GET", "POST"])
@permitted(Action.MANAGE_ACCOUNTS)
def detail(request: PersonRequest, public_id: str) -> HttpResponse:
    account = get_object_or_404(AwsAccount.objects.select_related("default_bucket"), public_id=public_id)
    names = ("label", "region", "credentials", "access_key_id", "endpoint_url", "viewer_base")
    form = AwsAccountForm(request.POST or None, initial={name: getattr(account, name) for name in names})
    form.fields["secret_access_key"].help_text = "Empty: the stored one stays. It is shown to nobody."
    if request.method == "POST" and form.is_valid():
        try:
            aws_accounts.update_aws_account(actor=request.user, account=account, **form.cleaned_data)
        except InvalidInput as error:
            attach_error(form, error)
        else:
            aws_accounts.test_connection(actor=request.user, account=account)
            return redirect("aws_account_detail", account.public_id)
    context = {
        "account": account,
        "form": form,
        "buckets": account.buckets.all()[:50],
        "uses": get_text_list(forgetting.count_uses(account), "and"),
        "forgotten": get_text_list(forgetting.count_forgotten(account), "and"),
        "needs_secret": account.sealed_secret is None,
    }
    return render(request, "accounts/aws_account.html", context, status=422 if form.errors else 200)


@require_POST
@permitted(Action.MANAGE_ACCOUNTS)
def test(request: PersonRequest, public_id: str) -> HttpResponse:
    account = get_object_or_404(AwsAccount, public_id=public_id)
    aws_accounts.test_connection(actor=request.user, account=account)
    if request.headers.get("HX-Request-Type") == "partial":
        return render(request, "accounts/aws_account.html#connection", {"account": account})
    return redirect("aws_account_detail", account.public_id)


@require_POST
@permitted(Action.MANAGE_ACCOUNTS)
def delete(request: PersonRequest, public_id: str) -> HttpResponse:
    account = get_object_or_404(AwsAccount, public_id=public_id)
    if request.POST.get("label") != account.label:
        messages.error(request, "Type the account's label to forget it.")
        return redirect("aws_account_detail", account.public_id)
    try:
        forgetting.delete_aws_account(actor=request.user, account=account)
    except Conflict as error:
        messages.error(request, error.message)
        return redirect("aws_account_detail", account.public_id)
    messages.success(request, f"{account.label} is forgotten here. Nothing changed at AWS.")
    return redirect("aws_account_list")


@require_safe
@vary_on_headers("HX-Request")
@permitted(Action.MANAGE_PEOPLE)
def audit(request: PersonRequest) -> HttpResponse:
    before = request.GET.get("before", "")
    search = request.GET.get("search", "")
    page = list_audit_entries(search=search, before=int(before) if before.isdigit() else None)
    partial = "#rows" if request.headers.get("HX-Request-Type") == "partial" else ""
    return render(request, f"accounts/audit.html{partial}", {"page": page, "search": search})
