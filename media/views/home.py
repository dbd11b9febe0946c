"""The first page: what to do next, what needs attention, what runs, what is new."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from cdnadmin.accounts.decorators import PersonRequest, permitted
from cdnadmin.accounts.permissions import Action


@require_safe
@permitted(Action.VIEW_LIBRARY)
def show(request: PersonRequest) -> HttpResponse:
    return render(request, "media/home.html", {})
