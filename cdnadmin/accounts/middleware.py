"""Errors of services that no view has caught: said to the person, with AWS's code and request id."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from cdnadmin.errors import AwsError, CdnadminError, Conflict, InvalidInput, NotAllowed, NotReady

_STATUS: tuple[tuple[type[CdnadminError], int], ...] = (
    (NotAllowed, 403),
    (InvalidInput, 422),
    (Conflict, 409),
    (NotReady, 409),
    (AwsError, 502),
)


class SayErrors:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, CdnadminError):
            return None
        status = next((status for kind, status in _STATUS if isinstance(error, kind)), 500)
        return render(request, "error.html", {"error": error, "status": status}, status=status)
