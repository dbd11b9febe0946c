"""What pages with a player share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.utils.csp import CSP
from django.views.decorators.csp import csp_override

from media.models import Asset, MediaObject

# Types that browsers show or play by themselves; others are offered as a file.
PLAYABLE = (
    "video/mp4",
    "video/webm",
    "video/quicktime",
    "audio/",
    "image/png",
    "image/jpeg",
    "image/gif",
    "image/webp",
    "image/avif",
)
_POLICY: dict[str, Any] = {**settings.SECURE_CSP, "style-src": [CSP.SELF, CSP.UNSAFE_INLINE]}


@dataclass(frozen=True)
class Source:
    """What the page plays: `kind` is video, audio, image, or file where a browser can't show it."""

    kind: str
    url: str
    content_type: str
    title: str


def player_source(asset: Asset, original: MediaObject | None, url: str) -> Source | None:
    """None while there is nothing to open."""
    if original is None or not url:
        return None
    shown = asset.type if original.content_type.startswith(PLAYABLE) else "file"
    return Source(kind=shown, url=url, content_type=original.content_type, title=asset.title)


def player_page[**P](view: Callable[P, HttpResponse]) -> Callable[P, HttpResponse]:
    """media-chrome writes inline styles: allowed on pages with a player, and there only."""
    allowed: Callable[P, HttpResponse] = csp_override(_POLICY)(view)
    return allowed
