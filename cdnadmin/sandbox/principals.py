"""Who asks S3 for something: the account's owner, CloudFront in one of its forms, or nobody known."""

from __future__ import annotations

from dataclasses import dataclass

ACCOUNT_ID = "000000000000"
OWNER_CANONICAL_ID = "75aa57f09aa0c8caeab4f8c24e99d10f8e7faeebf76c078efc7c6caea54ba06a"


@dataclass(frozen=True)
class Owner:
    """The sandbox's one account, by a valid signature."""


@dataclass(frozen=True)
class Anonymous:
    """No credentials at all."""


@dataclass(frozen=True)
class CloudFrontService:
    """CloudFront signing for an origin access control: the service principal, on behalf of a distribution."""

    source_arn: str
    source_account: str = ACCOUNT_ID


@dataclass(frozen=True)
class OriginAccessIdentity:
    """CloudFront as an origin access identity."""

    id: str
    canonical_user_id: str

    @property
    def arn(self) -> str:
        return f"arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity {self.id}"


Principal = Owner | Anonymous | CloudFrontService | OriginAccessIdentity
