"""Share links: ours, so they can be counted and taken back though CloudFront's signatures can't."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from cdnadmin.accounts import audit
from cdnadmin.accounts.models import User
from cdnadmin.accounts.permissions import Action, require
from cdnadmin.errors import CdnadminError, InvalidInput, NotReady
from cdnadmin.text import without_controls
from distributions.services.signing import SignedUrl
from media.models import Asset, ShareLink, ShareVisit
from media.services.assets import original_of, sign_asset

SIGNATURE_SECONDS = 600
LONGEST = timedelta(days=366)
_MAC_BYTES = 24


class NoSuchLink(CdnadminError):
    """The token is not one of ours, or was changed."""

    code = "no_such_link"


class LinkEnded(CdnadminError):
    """It was good once: expired, or taken back."""

    code = "link_ended"


def create_share_link(*, actor: User, asset: Asset, expires_at: datetime, message: str = "") -> ShareLink:
    """A link to `asset` that ends at `expires_at`. Raises InvalidInput, NotReady, NotAllowed."""
    require(actor, Action.MAKE_SHARE_LINK, asset)
    if original_of(asset) is None:
        raise NotReady("This file is not published yet; a link to it would show nothing.")
    if expires_at <= timezone.now():
        raise InvalidInput("Choose a time that is still to come.", field="expires_at")
    if expires_at > timezone.now() + LONGEST:
        raise InvalidInput("A link lives at most a year.", field="expires_at")
    message = without_controls(message, keep_lines=True).strip()
    if len(message) > 500:
        raise InvalidInput("A message has at most 500 characters.", field="message")
    with transaction.atomic():
        link = ShareLink.objects.create(asset=asset, message=message, expires_at=expires_at, created_by=actor)
        audit.record(
            actor=actor,
            action="create_share_link",
            target=f"share_link:{link.public_id}",
            label=asset.title,
            after={"asset": asset.public_id, "expires_at": expires_at.isoformat()},
        )
    return link


def share_token(link: ShareLink) -> str:
    """The secret half of `/s/<token>/`: public id and an HMAC of 192 bits. Nothing of it is stored."""
    return f"{link.public_id}-{_mac(link, settings.SECRET_KEY)}"


def find_share_link(*, token: str, actor: User) -> ShareLink:
    """The link behind a token. Raises NoSuchLink where it is forged, LinkEnded where it expired or was taken back."""
    require(actor, Action.VIEW_LIBRARY)
    public_id, _, mac = token.partition("-")
    link = (
        ShareLink.objects.select_related(
            "created_by", "asset__current_version", "asset__distribution__account", "asset__distribution__bucket"
        )
        .filter(public_id=public_id)
        .first()
    )
    # A link that is not there costs the same comparison as one that is.
    compared = link or ShareLink(public_id=public_id)
    keys = [settings.SECRET_KEY, *map(str, settings.SECRET_KEY_FALLBACKS)]
    generations = [compared.generation] if compared.revoked_at is None else [compared.generation, compared.generation - 1]
    good = False
    for key in keys:
        for generation in generations:
            good |= hmac.compare_digest(_mac(compared, key, generation).encode(), mac.encode())
    if link is None or not good:
        raise NoSuchLink("This link is not one of ours. Perhaps part of it was lost on its way to you.")
    if link.revoked_at is not None:
        raise LinkEnded("This link was taken back by the people who shared it.")
    if link.expires_at <= timezone.now():
        raise LinkEnded("This link has ended.")
    return link


def open_share_link(*, token: str, actor: User, ip: str) -> SignedUrl:
    """Write the visit down and hand out an address that lives minutes. Raises as `find_share_link` does, or NotReady."""
    link = find_share_link(token=token, actor=actor)
    signed = _sign(link, actor)
    ShareVisit.objects.create(link=link, person=actor, ip=ip or None)
    return signed


def renew_share_link(*, token: str, actor: User) -> SignedUrl:
    """A fresh address for a page that is still open: no new visit."""
    return _sign(find_share_link(token=token, actor=actor), actor)


def revoke_share_link(*, actor: User, link: ShareLink) -> ShareLink:
    """Take a link back, at once and for good; one's own, or anyone's with the permission. Harmless when repeated.

    Signatures that were already handed out live on for at most SIGNATURE_SECONDS.
    """
    require(actor, Action.MAKE_SHARE_LINK, link)
    if link.created_by_id != actor.pk:
        require(actor, Action.MANAGE_SHARE_LINKS, link)
    with transaction.atomic():
        changed = ShareLink.objects.filter(pk=link.pk, revoked_at=None).update(
            revoked_at=timezone.now(), generation=F("generation") + 1
        )
        if changed:
            audit.record(actor=actor, action="revoke_share_link", target=f"share_link:{link.public_id}", label=link.asset.title)
    link.refresh_from_db()
    return link


def _sign(link: ShareLink, actor: User) -> SignedUrl:
    left = int((link.expires_at - timezone.now()).total_seconds())
    return sign_asset(
        actor=actor, asset=link.asset, seconds=max(1, min(SIGNATURE_SECONDS, left)), reason=f"share_link:{link.public_id}"
    )


def _mac(link: ShareLink, secret: str, generation: int | None = None) -> str:
    key = hashlib.sha256(b"cdnadmin.share-link\x00" + secret.encode()).digest()
    claim = f"{link.public_id}:{generation or link.generation}".encode()
    return base64.urlsafe_b64encode(hmac.digest(key, claim, "sha256")[:_MAC_BYTES]).decode()
