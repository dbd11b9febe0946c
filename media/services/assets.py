"""What people do with an asset that is there: look at it, name it, hand it out, delete it."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from cdnadmin.accounts import audit
from cdnadmin.accounts.models import User
from cdnadmin.accounts.permissions import Action, require
from cdnadmin.errors import Conflict, InvalidInput, NotReady
from cdnadmin.operations.models import Operation
from cdnadmin.operations.services import request_operation
from cdnadmin.text import without_controls
from distributions.addresses import object_url
from distributions.services.signing import SignedUrl, sign_object_url
from media.models import Asset, AssetVersion, MediaObject, ShareLink

PREVIEW_SECONDS = 900
# What the page offers for a private link; CloudFront itself knows no limit.
MAX_LINK_SECONDS = 7 * 86_400


def original_of(asset: Asset) -> MediaObject | None:
    """The original of the version people see, or None while it is not at S3."""
    version = asset.current_version
    if version is None or version.state != AssetVersion.State.READY:
        return None
    return version.objects_at_s3.filter(role=MediaObject.Role.ORIGINAL).first()


def asset_url(asset: Asset) -> str:
    """The original's address at its distribution, without a signature; "" while there is none."""
    original = original_of(asset)
    return object_url(asset.distribution, original.key) if original else ""


def sign_asset(*, actor: User, asset: Asset, seconds: int, reason: str) -> SignedUrl:
    """An address that opens the original for `seconds`; of a public distribution simply its address.

    Raises NotReady while there is no object, NotAllowed.
    """
    require(actor, Action.SIGN_URL, asset)
    original = original_of(asset)
    if original is None:
        raise NotReady("This file is not published yet.")
    if not 1 <= seconds <= MAX_LINK_SECONDS:
        raise InvalidInput("A private link lives at least a second and at most 7 days.", field="seconds")
    if asset.distribution.closed_because:
        raise NotReady(asset.distribution.closed_because)
    if not asset.distribution.is_private:
        return SignedUrl(url=object_url(asset.distribution, original.key), expires_at=timezone.now() + timedelta(seconds=seconds))
    return sign_object_url(actor=actor, distribution=asset.distribution, key=original.key, seconds=seconds, reason=reason)


def rename_asset(*, actor: User, asset: Asset, title: str) -> Asset:
    """Give it another title. Its keys and addresses stay as they are."""
    require(actor, Action.EDIT_MEDIA, asset)
    title = " ".join(without_controls(title).split())
    if not title:
        raise InvalidInput("Give it a title.", field="title")
    if len(title) > 255:
        raise InvalidInput("A title has at most 255 characters.", field="title")
    with transaction.atomic():
        before = asset.title
        asset.title = title
        asset.save(update_fields=["title"])
        audit.record(
            actor=actor,
            action="rename_asset",
            target=f"asset:{asset.public_id}",
            label=title,
            before={"title": before},
            after={"title": title},
        )
    return asset


def delete_asset(*, actor: User, asset: Asset, typed_title: str) -> Operation:
    """Delete it at S3 and in the library; its share links end at once. `typed_title` must be its title.

    Raises Conflict while it is being published, InvalidInput where the title differs.
    """
    require(actor, Action.EDIT_MEDIA, asset)
    if typed_title.strip() != asset.title.strip():
        raise InvalidInput("This is not its title. Type it exactly as it stands above.", field="typed_title")
    version = asset.current_version
    if version is not None and version.state in {AssetVersion.State.UPLOADING, AssetVersion.State.PUBLISHING}:
        raise Conflict("It is on its way to S3. Cancel that first, then delete it.")
    prefix = f"{asset.distribution.origin_path}/{asset.slug}-{asset.public_id}/".lstrip("/")
    with transaction.atomic():
        links = ShareLink.objects.filter(asset=asset, revoked_at=None).update(revoked_at=timezone.now())
        asset.versions.update(state=AssetVersion.State.DELETING)
        operation = request_operation(
            kind="delete_asset",
            target=f"asset:{asset.public_id}",
            title=f"Delete {asset.title}"[:200],
            actor=actor,
            input={"asset": asset.public_id, "prefix": prefix},
        )
        audit.record(
            actor=actor,
            action="delete_asset",
            target=f"asset:{asset.public_id}",
            label=asset.title,
            before={"title": asset.title, "share_links_ended": links},
        )
    return operation
