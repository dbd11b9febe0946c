"""Refusing a page, on the server, to whoever lacks the permission."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from cdnadmin.accounts.models import User
from cdnadmin.accounts.permissions import Action, may


class PersonRequest(HttpRequest):
    """A request of a logged-in person, as views behind `permitted` get it."""

    user: User


def permitted[**P](
    action: Action,
) -> Callable[[Callable[Concatenate[PersonRequest, P], HttpResponse]], Callable[Concatenate[HttpRequest, P], HttpResponse]]:
    """Answer 403 unless the person may do `action`. The services check again: this only spares the work."""

    def decorate(
        view: Callable[Concatenate[PersonRequest, P], HttpResponse],
    ) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
        @wraps(view)
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if not may(request.user, action):
                raise PermissionDenied("Your role does not allow this. Ask an administrator.")
            return view(_as_person(request), *args, **kwargs)

        return guarded

    return decorate


def _as_person(request: HttpRequest) -> Any:
    return request
