"""Every component of the interface on one page, for who builds on it."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from cdnadmin.accounts.decorators import PersonRequest, permitted
from cdnadmin.accounts.permissions import Action


@require_safe
@permitted(Action.MANAGE_PEOPLE)
def show(request: PersonRequest) -> HttpResponse:
    return render(request, "accounts/styleguide.html", {})
