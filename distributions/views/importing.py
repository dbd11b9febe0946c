"""Bringing in what an account has at CloudFront, and looking what was changed outside."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from cdnadmin.accounts.decorators import PersonRequest, permitted
from cdnadmin.accounts.models import AwsAccount
from cdnadmin.accounts.permissions import Action
from cdnadmin.errors import CdnadminError
from distributions.queries import account_states
from distributions.services.importing import check_account, import_account


@require_safe
@never_cache
@permitted(Action.MANAGE_DISTRIBUTIONS)
def accounts(request: PersonRequest) -> HttpResponse:
    states = account_states()
    live = any(state.running for state in states)
    part = "#live" if request.headers.get("HX-Request") and request.GET.get("part") == "live" else ""
    return render(request, f"distributions/import.html{part}", {"states": states, "live": live})


@require_POST
@permitted(Action.MANAGE_DISTRIBUTIONS)
def begin(request: PersonRequest) -> HttpResponse:
    """`account` and `do`: import, or check."""
    account = AwsAccount.objects.filter(public_id=request.POST.get("account", "")).first()
    if account is None:
        raise Http404
    ask = check_account if request.POST.get("do") == "check" else import_account
    try:
        ask(actor=request.user, account=account)
    except CdnadminError as error:
        messages.error(request, error.message)
    return redirect("distribution_import")
