"""Who asks S3 for an object: nobody known, or CloudFront in one of its two forms."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Stranger:
    """Nobody known, straight at S3. `ip` "": from anywhere."""

    secure: bool = True
    ip: str = ""


@dataclass(frozen=True)
class Control:
    """CloudFront by an origin access control, on behalf of the distribution with this ARN, of this account (12 digits)."""

    distribution_arn: str
    account_id: str

    @property
    def distribution(self) -> str:
        """The distribution's id."""
        return self.distribution_arn.rpartition("/")[2]


@dataclass(frozen=True)
class Identity:
    """CloudFront as an origin access identity."""

    id: str
    canonical_user_id: str

    @property
    def arn(self) -> str:
        return f"arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity {self.id}"


Visitor = Stranger | Control | Identity
