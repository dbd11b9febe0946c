"""What of the library hangs on a distribution: told to the page that deletes one."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from distributions.dependents import Dependent
from distributions.models import Distribution
from media.models import Asset, ShareLink


def count_dependents(distribution: Distribution) -> Sequence[Dependent]:
    """Its files, and the share links to them that are open now."""
    files = Asset.objects.filter(distribution=distribution).count()
    still = Q(revoked_at=None, expires_at__gt=timezone.now())
    links = ShareLink.objects.filter(still, asset__distribution=distribution).count()
    return (
        Dependent(
            files,
            f"{files} file{'' if files == 1 else 's'} in the library",
            "nobody can open or download them here any more; they stay in the bucket",
            reverse("library"),
        ),
        Dependent(
            links,
            f"{links} open share link{'' if links == 1 else 's'}",
            "whoever has one is told that the file can’t be opened",
            reverse("share_link_list"),
        ),
    )
