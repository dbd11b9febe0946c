"""The content security policy, with exactly the hosts that pages may load media from."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.csp import ContentSecurityPolicyMiddleware as DjangoMiddleware

Sources = Callable[[], Iterable[str]]
_sources: list[Sources] = []
_WITH_VIEWER_HOSTS = ("img-src", "media-src", "connect-src")


def register_sources(sources: Sources) -> None:
    """Make known a callable that answers the origins ("https://d1.cloudfront.net") of known distributions."""
    _sources.append(sources)


class ContentSecurityPolicyMiddleware(DjangoMiddleware):
    """Django's, whose policy may load images and media from the accounts' own distributions."""

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        user = getattr(request, "user", None)
        if response.headers.get("Content-Type", "").startswith("text/html") and user is not None and user.is_authenticated:
            policy: dict[str, Any] = dict(getattr(response, "_csp_config", settings.SECURE_CSP) or {})
            hosts = sorted({host for sources in _sources for host in sources()})
            for directive in _WITH_VIEWER_HOSTS:
                if directive in policy:
                    policy[directive] = [*policy[directive], *hosts]
            response._csp_config = policy  # type: ignore[attr-defined]
        answered: HttpResponse = super().process_response(request, response)
        return answered
