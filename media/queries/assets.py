"""One asset, with all that its page shows."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from django.db.models import BooleanField, Case, Count, Prefetch, QuerySet, When
from django.utils import timezone

from cdnadmin.accounts.models import User
from cdnadmin.accounts.permissions import Action, may
from distributions.models import Distribution
from media.models import Asset, AssetVersion, ShareLink, Upload
from media.queries.library import visible_assets

# A part of 8 MiB takes a minute and a half on a line of 100 kB/s.
BROKEN_OFF_AFTER = timedelta(minutes=2)


def _versions() -> QuerySet[AssetVersion]:
    """Each tells in `broken_off` whether it waits for parts of which none came lately."""
    lately = timezone.now() - BROKEN_OFF_AFTER
    silent = When(
        state=AssetVersion.State.UPLOADING, upload__state=Upload.State.RECEIVING, upload__touched_at__lt=lately, then=True
    )
    return AssetVersion.objects.select_related("upload").annotate(
        broken_off=Case(silent, default=False, output_field=BooleanField())
    )


def find_asset(*, actor: User, public_id: str) -> Asset:
    """Raises Asset.DoesNotExist, also where this person can't see it."""
    return (
        visible_assets(actor)
        .select_related("distribution__account", "distribution__bucket", "created_by")
        .prefetch_related(Prefetch("current_version", _versions()))
        .get(public_id=public_id)
    )


def open_links(asset: Asset) -> QuerySet[ShareLink]:
    """Share links of `asset` that still open."""
    return (
        asset.share_links.filter(revoked_at=None, expires_at__gt=timezone.now())
        .select_related("created_by", "asset")
        .annotate(visit_count=Count("visits"))
    )


def upload_targets() -> QuerySet[Distribution]:
    """Distributions that can take a file: those that CloudFront has, newest first."""
    return (
        Distribution.objects.exclude(status__in=[Distribution.Status.FAILED])
        .exclude(arn="")
        .select_related("account", "bucket")
        .order_by("-created_at")
    )


def list_uploads(*, actor: User, everyone: bool) -> QuerySet[Upload]:
    """Uploads, newest first: one's own, or with `everyone` all that this person may see."""
    versions = Prefetch("version", _versions().select_related("asset__distribution"))
    found = Upload.objects.select_related("person").prefetch_related(versions).order_by("-created_at", "-pk")
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
