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
    """Let the answer to this request load images and media from where these addresses lead. Empty ones count for nothing.

    Per answer, not for all distributions there are: with thousands of them no header would hold their hosts.
    """
    hosts = {f"{parts.scheme}://{parts.netloc}" for parts in map(urlsplit, filter(None, addresses))}
    request._media_hosts = getattr(request, "_media_hosts", set()) | hosts  # type: ignore[attr-defined]


class ContentSecurityPolicyMiddleware(DjangoMiddleware):
    """Django's, whose policy may load images and media from the hosts that the view allowed."""

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        hosts = sorted(getattr(request, "_media_hosts", ()))
        if hosts:
            policy: dict[str, Any] = dict(getattr(response, "_csp_config", settings.SECURE_CSP) or {})
            for directive in _WITH_MEDIA:
                if directive in policy:
                    policy[directive] = [*policy[directive], *hosts]
            response._csp_config = policy  # type: ignore[attr-defined]
        answered: HttpResponse = super().process_response(request, response)
        return answered
