"""One asset, with all that its page shows."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Count, QuerySet
from django.utils import timezone

from cdnadmin.accounts.models import User
from cdnadmin.accounts.permissions import Action, may
from distributions.models import Distribution
from distributions.queries import publishable_distributions
from media.models import Asset, AssetVersion, ShareLink, Upload
from media.queries.library import visible_assets


def find_asset(*, actor: User, public_id: str) -> Asset:
    """Raises Asset.DoesNotExist, also where this person can't see it."""
    return (
        visible_assets(actor)
        .select_related("distribution__account", "distribution__bucket", "current_version__upload", "created_by")
        .get(public_id=public_id)
    )


def open_links(asset: Asset) -> QuerySet[ShareLink]:
    """Share links of `asset` that still open."""
    return (
        asset.share_links.filter(revoked_at=None, expires_at__gt=timezone.now())
        .select_related("created_by", "asset")
        .annotate(visit_count=Count("visits"))
    )


# So many can be chosen from at once; an account may have thousands.
TARGETS_OFFERED = 100


def offered_targets(chosen: str) -> tuple[list[Distribution], bool]:
    """The newest distributions that take files, the `chosen` one first where it is none of them; and whether there are more."""
    found = publishable_distributions().defer("config", "template", "tags")
    offered = list(found[: TARGETS_OFFERED + 1])
    more = len(offered) > TARGETS_OFFERED
    offered = offered[:TARGETS_OFFERED]
    if chosen and chosen not in {each.public_id for each in offered}:
        offered = [*found.filter(public_id=chosen), *offered]
    return offered, more


def last_target(actor: User) -> str:
    """The public id of the distribution that this person put a file into last, "" where there is none."""
    last = Asset.objects.filter(created_by=actor).order_by("-pk").values_list("distribution__public_id", flat=True)
    return last.first() or ""


def list_uploads(*, actor: User, everyone: bool) -> QuerySet[Upload]:
    """Uploads, newest first: one's own, or with `everyone` all that this person may see."""
    found = Upload.objects.select_related("version__asset__distribution", "person").order_by("-created_at", "-pk")
    if everyone and may(actor, Action.VIEW_OPERATIONS):
        return found
    return found.filter(person=actor)


def find_upload(*, actor: User, public_id: str) -> Upload:
    """One's own upload. Raises Upload.DoesNotExist."""
    return Upload.objects.select_related("version__asset__distribution", "person").get(public_id=public_id, person=actor)


def own_uploads(*, actor: User, public_ids: Iterable[str]) -> QuerySet[Upload]:
    """Those of one's own uploads that have these ids, and files that are not being deleted."""
    return (
        Upload.objects.filter(person=actor, public_id__in=list(public_ids))
        .exclude(version__state=AssetVersion.State.DELETING)
        .select_related("version__asset")
    )
