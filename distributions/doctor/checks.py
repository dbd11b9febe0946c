"""All checks of a distribution, and all of a bucket."""

from __future__ import annotations

from distributions.doctor.asking_origins import check_asking
from distributions.doctor.buckets import check_bucket, check_ownership
from distributions.doctor.delivery import check_delivery
from distributions.doctor.encryption import check_encryption
from distributions.doctor.findings import Finding
from distributions.doctor.keys import check_keys
from distributions.doctor.reaching import check_reach
from distributions.doctor.sites import BucketSite, DistributionSite
from distributions.doctor.statements import check_policy, check_statement
from distributions.models import Distribution

_OF_DISTRIBUTION = (
    check_reach,
    check_ownership,
    check_statement,
    check_encryption,
    check_delivery,
    check_asking,
    check_keys,
)


def look_at_distribution(site: DistributionSite) -> list[Finding]:
    """What is found of it. One that AWS does not have, or that is on its way, is no business of the doctor's."""
    distribution = site.distribution
    if not distribution.aws_id or distribution.status == Distribution.Status.GONE or distribution.second_model:
        return []
    if distribution.family == Distribution.Family.RTMP:
        return list(check_delivery(site))
    return [finding for check in _OF_DISTRIBUTION for finding in check(site)]


def look_at_site(site: BucketSite) -> list[Finding]:
    """What is found of a bucket as such."""
    return [*check_bucket(site), *check_policy(site)]
