"""Signatures that must be refused: one that has ended, and one by a key that the distribution does not trust."""

from __future__ import annotations

import time

from cdnadmin import vault
from cdnadmin.signing import HashAlgorithm, load_signer, sign_url
from distributions.configuration.fields import items_of
from distributions.configuration.lasting import behaviors_of
from distributions.models import Distribution, PublicKey

ENDED, UNTRUSTED = "ended", "untrusted"
# So long that neither clock can be right about it.
ENDED_SECONDS_AGO = 3_600
GOOD_FOR_SECONDS = 60


def badly_signed(distribution: Distribution, address: str, how: str) -> str:
    """`address` signed so that CloudFront must refuse it: "ended" or "untrusted". "" where no key of ours can sign so.

    It is for one request, and never written down.
    """
    half = trusted_half(distribution) if how == ENDED else untrusted_half(distribution)
    if half is None:
        return ""
    key = half.signing_key
    private = vault.open_sealed(key.sealed_private_key, table="signing_key", row=key.public_id, field="private_key")
    now = int(time.time())
    expires = now - ENDED_SECONDS_AGO if how == ENDED else now + GOOD_FOR_SECONDS
    return sign_url(
        address, key_pair_id=half.aws_id, signer=load_signer(private), expires=expires, hash_algorithm=HashAlgorithm.SHA256
    )


def bad_ways(distribution: Distribution) -> set[str]:
    """In which of ENDED and UNTRUSTED a key of ours can sign for it."""
    halves = {ENDED: trusted_half(distribution), UNTRUSTED: untrusted_half(distribution)}
    return {how for how, half in halves.items() if half is not None}


def trusted_half(distribution: Distribution) -> PublicKey | None:
    halves = PublicKey.objects.filter(account_id=distribution.account_id, signing_key=distribution.signing_key_id)
    return halves.exclude(aws_id="").exclude(signing_key__sealed_private_key__isnull=True).select_related("signing_key").first()


def untrusted_half(distribution: Distribution) -> PublicKey | None:
    """A key of the account that CloudFront has, in none of the groups that any behavior of the distribution trusts: neither
    by what is known here of the groups, nor by what AWS last said of who can sign.
    """
    behaviors = behaviors_of(distribution.config_at_aws)
    groups = [id for each in behaviors for id in items_of(each.get("TrustedKeyGroups") or {})]
    active = [key for keys in distribution.active_signers.values() for key in keys]
    halves = PublicKey.objects.filter(account_id=distribution.account_id).exclude(key_groups__aws_id__in=groups)
    halves = halves.exclude(aws_id__in=["", *active]).exclude(signing_key__sealed_private_key__isnull=True)
    return halves.select_related("signing_key").first()
