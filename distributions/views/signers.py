"""Who may sign, behavior by behavior; each change leads into the distribution's plan."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from cdnadmin.accounts.decorators import PersonRequest, permitted
from cdnadmin.accounts.permissions import Action, may
from cdnadmin.errors import CdnadminError
from distributions.configuration.trust_edits import add_key_group, add_signer, remove_key_group, remove_signer
from distributions.models import Distribution
from distributions.planning import is_editable
from distributions.services.offers import offered_key_groups
from distributions.services.signers import look_at_signers, plan_move_to_key_groups, plan_trust
from distributions.signer_forms import KeyGroupForm, SignerForm
from distributions.views.lists import whole_or_rows
from distributions.views.plans import find_or_404, open_plans
from distributions.who_signs import who_signs

DO = ("look", "add-group", "add-signer", "remove-group", "remove-signer", "move")


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@permitted(Action.VIEW_DISTRIBUTIONS)
def signers(request: PersonRequest, public_id: str) -> HttpResponse:
    """POST: `do` and, for a behavior, its `pattern` ("": the default one) and what is added or taken out."""
    distribution = find_or_404(request, public_id)
    if request.method != "POST":
        return _page(request, distribution)
    do, pattern = request.POST.get("do", ""), request.POST.get("pattern") or None
    if do not in DO:
        return HttpResponse("do is one of: " + ", ".join(DO), status=400, content_type="text/plain")
    if do in {"add-group", "add-signer"}:
        return _add(request, distribution, pattern, is_group=do == "add-group")
    id = request.POST.get("id", "")
    edits: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
        "remove-group": partial(remove_key_group, pattern=pattern, id=id),
        "remove-signer": partial(remove_signer, pattern=pattern, signer=id),
    }
    try:
        if do == "look":
            look_at_signers(actor=request.user, distribution=distribution)
            messages.success(request, "AWS was asked just now: this is what it answers.")
            return redirect("distribution_signers", public_id)
        if do == "move":
            plan = plan_move_to_key_groups(actor=request.user, distribution=distribution, pattern=pattern)
        else:
            plan = plan_trust(actor=request.user, distribution=distribution, edit=edits[do])
    except CdnadminError as error:
        messages.error(request, error.message)
        return redirect("distribution_signers", public_id)
    return redirect("plan_detail", plan.public_id)


def _add(request: PersonRequest, distribution: Distribution, pattern: str | None, *, is_group: bool) -> HttpResponse:
    form: forms.Form
    if is_group:
        form = KeyGroupForm(request.POST, choices=offered_key_groups(distribution.account), auto_id="refused_%s")
    else:
        form = SignerForm(request.POST, auto_id="refused_%s")
    name = "key_group" if is_group else "signer"
    if form.is_valid():
        value = form.cleaned_data[name]

        def edit(config: dict[str, Any]) -> dict[str, Any]:
            if is_group:
                return add_key_group(config, pattern=pattern, id=value)
            return add_signer(config, pattern=pattern, signer=value)

        try:
            plan = plan_trust(actor=request.user, distribution=distribution, edit=edit)
        except CdnadminError as error:
            at = (getattr(error, "field", None) or "").rpartition(".")[2]
            form.add_error(name if at in {name, "TrustedKeyGroups", "TrustedSigners"} else None, error.message)
        else:
            return redirect("plan_detail", plan.public_id)
    return _page(request, distribution, refused=form, at=pattern or "", status=422)


def _page(
    request: PersonRequest, distribution: Distribution, *, refused: forms.Form | None = None, at: str = "", status: int = 200
) -> HttpResponse:
    groups = offered_key_groups(distribution.account)
    changes = is_editable(distribution) and bool(distribution.aws_id) and not distribution.unchangeable_because
    search = request.GET.get("search", "").strip()
    rows = []
    for number, row in enumerate(who_signs(distribution, search)):
        mine = refused is not None and row.pattern == at
        trusted = {each.id for each in row.signers}
        group_form: forms.Form = KeyGroupForm(choices=[each for each in groups if each[0] not in trusted], auto_id=f"b{number}_%s")
        signer_form: forms.Form = SignerForm(auto_id=f"b{number}_%s")
        if refused is not None and mine:
            if isinstance(refused, KeyGroupForm):
                group_form = refused
            else:
                signer_form = refused
        rows.append((row, group_form, signer_form))
    context = {
        "distribution": distribution,
        "rows": rows,
        "search": search,
        "manages": changes and may(request.user, Action.MANAGE_DISTRIBUTIONS, distribution),
        "has_groups": bool(groups),
        "plan": open_plans(distribution).filter(author=request.user).order_by("-changed_at").first(),
    }
    response = whole_or_rows(request, "distributions/signers.html", context)
    response.status_code = status
    return response
