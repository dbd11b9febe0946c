"""The content security policy, with exactly the hosts that the page itself loads media from."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.csp import ContentSecurityPolicyMiddleware as DjangoMiddleware

_WITH_MEDIA = ("img-src", "media-src", "connect-src")


def allow_media(request: HttpRequest, addresses: Iterable[str]) -> None:
    """Let the answer to this request play and show what lies at these addresses. Empty ones count for nothing.

    Per answer, not for all distributions there are: with thousands of them no header would hold their hosts.
    """
    _allow(request, _WITH_MEDIA, addresses)


def allow_pictures(request: HttpRequest, addresses: Iterable[str]) -> None:
    """As `allow_media`, for images alone: a list may show those of many hosts, and a header has little room."""
    _allow(request, ("img-src",), addresses)


def _allow(request: HttpRequest, directives: Iterable[str], addresses: Iterable[str]) -> None:
    hosts = {f"{parts.scheme}://{parts.netloc}" for parts in map(urlsplit, filter(None, addresses))}
    allowed: dict[str, set[str]] = getattr(request, "_allowed_hosts", {})
    more = {directive: allowed.get(directive, set()) | hosts for directive in directives}
    request._allowed_hosts = {**allowed, **more}  # type: ignore[attr-defined]


class ContentSecurityPolicyMiddleware(DjangoMiddleware):
    """Django's, whose policy may load images and media from the hosts that the view allowed."""

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        allowed: dict[str, set[str]] = getattr(request, "_allowed_hosts", {})
        if allowed:
            policy: dict[str, Any] = dict(getattr(response, "_csp_config", settings.SECURE_CSP) or {})
            for directive, hosts in allowed.items():
                if directive in policy:
                    policy[directive] = [*policy[directive], *sorted(hosts)]
            response._csp_config = policy  # type: ignore[attr-defined]
        answered: HttpResponse = super().process_response(request, response)
        return answered
