"""A distribution as Terraform or as the AWS CLI's JSON: to look at, and to download."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from cdnadmin.accounts.decorators import PersonRequest, permitted
from cdnadmin.accounts.permissions import Action
from cdnadmin.errors import CdnadminError
from distributions.models import Distribution
from distributions.queries import find_distribution
from distributions.services.exporting import FORMS, describe_for_export


@require_safe
@permitted(Action.MANAGE_DISTRIBUTIONS)
def show(request: PersonRequest, public_id: str, form: str = "") -> HttpResponse:
    """The page; with `form` ("terraform" or "cli") the file."""
    try:
        distribution = find_distribution(actor=request.user, public_id=public_id)
    except Distribution.DoesNotExist:
        raise Http404 from None
    if form and form not in FORMS:
        raise Http404
    try:
        export = describe_for_export(actor=request.user, distribution=distribution)
    except CdnadminError as error:
        messages.error(request, error.message)
        return redirect("distribution_detail", public_id)
    if form:
        kind = "application/json" if form == "cli" else "text/plain; charset=utf-8"
        name = export.file_name(form)
        return HttpResponse(export.text(form), content_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})
    context = {
        "distribution": distribution,
        "left_out": export.left_out,
        "terraform": export.text("terraform"),
        "cli": export.text("cli"),
    }
    return render(request, "distributions/export.html", context)
