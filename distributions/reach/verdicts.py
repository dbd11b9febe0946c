"""What was found: allowed, refused or not to be told, with a short code and a sentence for people."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Verdict:
    """`allowed` None: can't be told. `reason`: a short code.

    Allowed: policy-allows, acl-grants.
    Refused by S3: policy-denies, nothing-allows, acls-off, public-acls-ignored, restricted-public-bucket, other-owner,
    kms-refuses-strangers, kms-refuses-identities, kms-refuses, missing (404), missing-hidden (403), missing-or-hidden (one of
    both).
    Refused by CloudFront: disabled, needs-signature, bad-path, rtmp-ended.
    Not to be told: unknown-condition, acl-unknown, owner-unknown, ownership-unknown, kms-unknown, bucket-unknown, identity-unknown,
    restricted-public-bucket, custom-origin, function, failover.
    """

    allowed: bool | None
    reason: str
    sentence: str


@dataclass(frozen=True)
class Ground:
    """One of the things that may let a visitor in: whether it does, and why; `because` goes after a colon."""

    value: bool | None
    reason: str
    because: str
