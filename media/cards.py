"""How an asset looks in a list: its picture, its state and its size, worked out once for cards and table rows."""

from __future__ import annotations

from dataclasses import dataclass

from distributions.addresses import object_url
from media.models import Asset, AssetVersion, MediaObject

# How many gradients `media/_tile.html` has; which one an asset gets follows from its id, so that it stays.
TILES = 6


@dataclass(frozen=True)
class Card:
    """`picture` is the address of an image that anyone may see, or ""; `size` in bytes, None while unknown."""

    asset: Asset
    version: AssetVersion | None
    picture: str
    tile: int
    size: int | None
    file_name: str


def card_of(asset: Asset) -> Card:
    """`asset` must come with its distribution, current version and that version's objects."""
    version = asset.current_version
    ready = version is not None and version.state == AssetVersion.State.READY
    original: MediaObject | None = next(iter(version.objects_at_s3.all()), None) if version else None
    upload = getattr(version, "upload", None)
    picture = ""
    if ready and original and asset.type == Asset.Type.IMAGE and not asset.distribution.is_private and _shown_by_browsers(original):
        picture = object_url(asset.distribution, original.key)
    return Card(
        asset=asset,
        version=version,
        picture=picture,
        tile=sum(asset.public_id.encode()) % TILES,
        size=original.size if original else (upload.size if upload else None),
        file_name=original.file_name if original else (upload.file_name if upload else ""),
    )


def _shown_by_browsers(original: MediaObject) -> bool:
    # A card must not fetch a 100 MB scan; nor what browsers can't show.
    known = {"image/png", "image/jpeg", "image/gif", "image/webp", "image/avif"}
    return original.content_type in known and original.size <= 10_000_000
