"""Signed URLs: for whoever may have one, with a key that leaves the vault for this one signature."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime

from cdnadmin import vault
from cdnadmin.accounts.models import User
from cdnadmin.accounts.permissions import Action, require
from cdnadmin.errors import InvalidInput, NotReady
from cdnadmin.signing import HashAlgorithm, load_signer, sign_url
from distributions.addresses import object_url
from distributions.models import Distribution, HandedSignature, PublicKey


@dataclass(frozen=True)
class SignedUrl:
    """An address and the moment from which it no longer opens."""

    url: str = field(repr=False)
    expires_at: datetime


def sign_object_url(*, actor: User, distribution: Distribution, key: str, seconds: int, reason: str) -> SignedUrl:
    """An address that opens the object `key` for `seconds`, by a canned policy; written down with its `reason`.

    Raises NotAllowed, InvalidInput (a public distribution needs no signature), NotReady (no key at CloudFront
    yet), VaultError.
    """
    require(actor, Action.SIGN_URL, distribution)
    if not distribution.is_private:
        raise InvalidInput(f"“{distribution.name}” is public: its addresses open without a signature.")
    address = object_url(distribution, key)
    public_key = _public_key(distribution)
    if not address or public_key is None:
        raise NotReady(f"“{distribution.name}” can't be signed for yet: wait until it is created.")
    signing_key = public_key.signing_key
    private = vault.open_sealed(signing_key.sealed_private_key, table="signing_key", row=signing_key.public_id, field="private_key")
    expires = math.ceil(time.time()) + seconds
    url = sign_url(
        address,
        key_pair_id=public_key.aws_id,
        signer=load_signer(private),
        expires=expires,
        hash_algorithm=HashAlgorithm.SHA256,
    )
    expires_at = datetime.fromtimestamp(expires, UTC)
    HandedSignature.objects.create(
        distribution=distribution,
        public_key=public_key,
        person=actor,
        resource=address[:2048],
        reason=reason[:80],
        expires_at=expires_at,
    )
    return SignedUrl(url, expires_at)


def _public_key(distribution: Distribution) -> PublicKey | None:
    return (
        PublicKey.objects.select_related("signing_key")
        .filter(account_id=distribution.account_id, signing_key_id=distribution.signing_key_id)
        .exclude(aws_id="")
        .first()
    )
