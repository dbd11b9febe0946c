"""Distributions and buckets as the checks get them, made in memory."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from cdnadmin.accounts.models import AwsAccount, Bucket
from cdnadmin.aws.bucket_policies import oac_statement
from distributions.doctor.known import Known
from distributions.doctor.sites import BucketSite, DistributionSite, SampledObject
from distributions.models import BucketTruth, Distribution, OriginAccess
from distributions.reach.state import SWITCHES, ObjectState
from tests.unit.distributions.reach.configs import behavior, config, origin

NOW = datetime(2026, 11, 25, tzinfo=UTC)
ARN = "arn:aws:cloudfront::123456789012:distribution/E1"
EVERYBODY = {"Sid": "All", "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::media/*"}
ALL_USERS = "http://acs.amazonaws.com/groups/global/AllUsers"
KNOWN = Known(
    authorization=("all-viewer",),
    origin=("all-viewer", "cors-s3"),
    cors=("with-cors",),
    controls={"C1": "always"},
    identities=("EOAI",),
    groups={"G1": ("K1",)},
    certificates={},
)


def distribution(**given: Any) -> Distribution:
    account = AwsAccount(pk=1, label="Production", aws_account_id="123456789012", viewer_base="https://{domain}")
    bucket = Bucket(pk=1, account=account, name="media", region="eu-central-1")
    access = OriginAccess(pk=1, account=account, type="oac", aws_id="C1", name="control")
    values = {
        "pk": 1,
        "public_id": "abcdefghjkmn",
        "account": account,
        "name": "Premiere",
        "kind": "private",
        "bucket": bucket,
        "origin_path": "/premiere",
        "origin_access": access,
        "aws_id": "E1",
        "arn": ARN,
        "status": "deployed",
        "config": config(behavior("media", signed=True), origins=[origin("media", "media", "/premiere", oac="C1")]),
    }
    return Distribution(**{**values, **given})


def statement(of: Distribution) -> dict[str, Any]:
    return oac_statement(sid=f"CdnadminOac{of.public_id}", bucket="media", prefix=of.prefix, distribution_arn=of.arn)


def truth(of: Distribution, *statements: dict[str, Any], **given: Any) -> BucketTruth:
    """Closed, with ACLs off, and the statement that the distribution needs unless others are given."""
    document = {"Version": "2012-10-17", "Statement": list(statements or [statement(of)])}
    values = {"policy": document, "ownership": "BucketOwnerEnforced", "switches": list(SWITCHES), "encryption": "AES256"}
    return BucketTruth(bucket=of.bucket, **{**values, **given})


def site(of: Distribution | None = None, seen: BucketTruth | None = None, **given: Any) -> DistributionSite:
    made = of or distribution()
    return DistributionSite(**{"distribution": made, "truth": seen or truth(made), "known": KNOWN, "now": NOW, **given})


def bucket_site(seen: BucketTruth, *distributions: Distribution, **given: Any) -> BucketSite:
    owners = {each.public_id: each for each in distributions}
    return BucketSite(**{"truth": seen, "known": KNOWN, "distributions": distributions, "owners": owners, **given})


def sampled(*grants: tuple[str, str], kms_key: str = "") -> SampledObject:
    return SampledObject(ObjectState(key="premiere/film.mp4", grants=grants, kms=bool(kms_key)), kms_key)
