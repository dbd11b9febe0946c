"""What the library shows: paged by key, never by offset, so that page 10,000 costs what page 1 does."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Prefetch, Q, QuerySet

from cdnadmin.accounts.models import User
from cdnadmin.accounts.permissions import Action, may
from distributions.models import Distribution
from media.models import Asset, AssetVersion, MediaObject

PAGE_SIZE = 24
COUNT_LIMIT = 10_000


@dataclass(frozen=True)
class LibraryPage:
    """One page of assets, newest first; cursors of its neighbours, "" where there is none."""

    assets: list[Asset]
    previous: str
    next: str
    count: int
    is_live: bool

    @property
    def count_label(self) -> str:
        return f"{COUNT_LIMIT:,}+" if self.count > COUNT_LIMIT else f"{self.count:,}"


def visible_assets(actor: User) -> QuerySet[Asset]:
    """The twin of `may`: what this person can see at all."""
    return Asset.objects.all() if may(actor, Action.VIEW_LIBRARY) else Asset.objects.none()


def list_assets(*, actor: User, search: str = "", type: str = "", access: str = "", cursor: str = "") -> LibraryPage:
    """A page of the library. `cursor` is one that an earlier page gave; a broken one gives the first page."""
    found = visible_assets(actor)
    if search.strip():
        found = found.filter(title__icontains=search.strip())
    if type in Asset.Type.values:
        found = found.filter(type=type)
    if access in Distribution.Kind.values:
        # The few distributions first: a join would sort the whole library.
        found = found.filter(distribution__in=list(Distribution.objects.filter(kind=access).values_list("pk", flat=True)))
    count = found.order_by()[: COUNT_LIMIT + 1].count()
    backwards, position = _read_cursor(cursor)
    page = found
    if position:
        at, pk = position
        page = found.filter(
            Q(created_at__gte=at) & (Q(created_at__gt=at) | Q(pk__gt=pk))
            if backwards
            else Q(created_at__lte=at) & (Q(created_at__lt=at) | Q(pk__lt=pk))
        )
    page = page.order_by("created_at", "pk") if backwards else page.order_by("-created_at", "-pk")
    rows = list(
        page.select_related("distribution__account", "current_version__upload").prefetch_related(
            Prefetch("current_version__objects_at_s3", queryset=MediaObject.objects.select_related("bucket")),
        )[: PAGE_SIZE + 1]
    )
    more, rows = len(rows) > PAGE_SIZE, rows[:PAGE_SIZE]
    if backwards:
        rows.reverse()
    has_previous = more if backwards else position is not None
    has_next = True if backwards else more
    moving = {AssetVersion.State.UPLOADING, AssetVersion.State.PUBLISHING, AssetVersion.State.DELETING}
    return LibraryPage(
        assets=rows,
        previous=_cursor("b", rows[0]) if rows and has_previous else "",
        next=_cursor("f", rows[-1]) if rows and has_next else "",
        count=count,
        is_live=any(version.state in moving and not version.broken_off for asset in rows if (version := asset.current_version)),
    )


def _cursor(direction: str, asset: Asset) -> str:
    return base64.urlsafe_b64encode(f"{direction}|{asset.created_at.isoformat()}|{asset.pk}".encode()).decode().rstrip("=")


def _read_cursor(cursor: str) -> tuple[bool, tuple[datetime, int] | None]:
    try:
        direction, at, pk = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode().split("|")
        position = datetime.fromisoformat(at), int(pk)
    except ValueError:
        return False, None
    return (direction == "b", position) if position[0].tzinfo else (False, None)
