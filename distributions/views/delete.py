"""Deleting a distribution: what hangs on it, its name typed, and the way back while it runs."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from cdnadmin.accounts.decorators import PersonRequest, permitted
from cdnadmin.accounts.forms import attach_error
from cdnadmin.accounts.permissions import Action
from cdnadmin.errors import CdnadminError
from distributions.dependents import dependents_of
from distributions.forms import DeleteDistributionForm
from distributions.models import Distribution
from distributions.queries import estimate_propagation, find_distribution
from distributions.services.deletion import delete_distribution, undeletable_because, undo_deletion


@require_http_methods(["GET", "POST"])
@permitted(Action.MANAGE_DISTRIBUTIONS)
def delete(request: PersonRequest, public_id: str) -> HttpResponse:
    distribution = _distribution(request, public_id)
    form = DeleteDistributionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            delete_distribution(actor=request.user, distribution=distribution, **form.cleaned_data)
        except CdnadminError as error:
            attach_error(form, error)
        else:
            return redirect("distribution_detail", public_id)
    context = {
        "distribution": distribution,
        "form": form,
        "because": undeletable_because(distribution),
        "dependents": dependents_of(distribution),
        "estimate": estimate_propagation(distribution.account),
    }
    return render(request, "distributions/delete.html", context, status=422 if form.errors else 200)


@require_POST
@permitted(Action.MANAGE_DISTRIBUTIONS)
def undo(request: PersonRequest, public_id: str) -> HttpResponse:
    distribution = _distribution(request, public_id)
    try:
        undo_deletion(actor=request.user, distribution=distribution)
    except CdnadminError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, f"“{distribution.name}” is kept. What was disabled for its deletion is enabled again.")
    return redirect("distribution_detail", public_id)


def _distribution(request: PersonRequest, public_id: str) -> Distribution:
    try:
        return find_distribution(actor=request.user, public_id=public_id)
    except Distribution.DoesNotExist:
        raise Http404 from None
