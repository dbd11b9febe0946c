"""What people are told when a view can't answer: nobody is logged in, a form was too old, an address takes no visits,
or a service raised an error that no view has caught."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.views import csrf

from cdnadmin.errors import AwsError, CdnadminError, Conflict, InvalidInput, NotAllowed, NotReady

_STATUS: tuple[tuple[type[CdnadminError], int], ...] = (
    (NotAllowed, 403),
    (InvalidInput, 422),
    (Conflict, 409),
    (NotReady, 409),
    (AwsError, 502),
)
_VISITS = ("GET", "HEAD")


class LoginRequired(LoginRequiredMiddleware):
    """Django's, which leads back to a page after the log-in: never to an address that a form was sent to, and never
    by a redirect that htmx would follow and swap into the page."""

    def handle_no_permission(self, request: HttpRequest, view_func: Callable[..., Any]) -> HttpResponse:  # type: ignore[override]
        if request.headers.get("HX-Request"):
            # htmx follows HX-Redirect whatever the status is.
            log_in = self._log_in_from(request, view_func, request.headers.get("HX-Current-URL", ""))
            return HttpResponse(status=401, headers={"HX-Redirect": log_in.url})
        if request.method not in _VISITS:
            return self._log_in_from(request, view_func, request.headers.get("Referer", ""))
        return super().handle_no_permission(request, view_func)

    def _log_in_from(self, request: HttpRequest, view_func: Callable[..., Any], page: str) -> HttpResponseRedirect:
        log_in = resolve_url(self.get_login_url(view_func))
        return redirect_to_login(_own_path(request, page), log_in, self.get_redirect_field_name(view_func))


def _own_path(request: HttpRequest, address: str) -> str:
    """Path and query of `address`, or "/" where it is not one of ours. What names it is a header, which anybody writes."""

    def is_ours(url: str) -> bool:
        return url_has_allowed_host_and_scheme(url, {request.get_host()}, require_https=request.is_secure())

    if not is_ours(address):
        return "/"
    parts = urlsplit(address)
    path = parts._replace(scheme="", netloc="", fragment="").geturl()
    # A path of two slashes is somebody else's host once it stands alone.
    return path if path.startswith("/") and not path.startswith("//") and is_ours(path) else "/"


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Django's page; or, where htmx would put it into a card, the same page loaded again: its form is good then."""
    if request.headers.get("HX-Request"):
        return HttpResponse(status=403, headers={"HX-Refresh": "true", "X-Refused": "csrf"})
    return csrf.csrf_failure(request, reason)


class SayErrors:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if isinstance(response, HttpResponseNotAllowed) and request.method in _VISITS and request.accepts("text/html"):
            page = render(request, "405.html", status=405)
            page.headers["Allow"] = response.headers["Allow"]
            return page
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, CdnadminError):
            return None
        status = next((status for kind, status in _STATUS if isinstance(error, kind)), 500)
        return render(request, "error.html", {"error": error, "status": status}, status=status)
