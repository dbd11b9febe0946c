"""Files that AWS KMS encrypts: whether CloudFront may have them decrypted.

Sources: CloudFront Developer Guide, "Restrict access to an Amazon S3 origin", SSE-KMS; Amazon S3 User Guide, "Using
server-side encryption with AWS KMS keys (SSE-KMS)".
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from distributions.access.reading import key_allows
from distributions.doctor.findings import Finding
from distributions.doctor.sites import DistributionSite
from distributions.models import BucketTruth, Distribution

Model = Distribution.AccessModel
# What S3 takes where it is told to encrypt by KMS and no key is named.
MANAGED = "alias/aws/s3"


def keys_in_use(site: DistributionSite) -> list[str]:
    """The keys of the sampled files, and of those that are still to come."""
    found = [each.kms_key for each in site.objects if each.state.kms]
    default = default_key(site.truth)
    return list(dict.fromkeys([*found, *([default] if default else [])]))


def default_key(truth: BucketTruth | None) -> str:
    if truth is None or not truth.encryption.startswith("aws:kms"):
        return ""
    return truth.kms_key_id or MANAGED


def check_encryption(site: DistributionSite) -> Iterator[Finding]:
    keys, distribution, truth = keys_in_use(site), site.distribution, site.truth
    if not keys or truth is None:
        return
    if distribution.access_model != Model.OAC:
        files = f"Files of “{distribution.name}” in {truth.bucket.name} are encrypted by KMS"
        if distribution.access_model in {Model.OAI, Model.OAI_ACL}:
            sentence = f"{files}, which an origin access identity can never read."
        else:
            sentence = f"{files}, and CloudFront comes as nobody: S3 decrypts for signed requests alone."
        yield Finding("kms-with-identity", sentence)
        return
    for key in keys:
        yield from _check_key(distribution, truth, key, site.key_policies.get(key))


def _check_key(distribution: Distribution, truth: BucketTruth, key: str, policy: Mapping[str, Any] | None) -> Iterator[Finding]:
    if key.endswith(MANAGED) or str((policy or {}).get("Id", "")).startswith("auto-s3"):
        sentence = (
            f"Files of “{distribution.name}” are encrypted by AWS’s own key for S3 (aws/s3), whose policy can’t let CloudFront in."
        )
        yield Finding("kms-managed-key", sentence, subject=key)
        return
    allowed = key_allows(policy, distribution)
    if allowed:
        return
    details = json.dumps(key_statement(distribution), indent=2)
    if allowed is None:
        why = "its policy can’t be read" if policy is None else "its policy has conditions that can’t be weighed here"
        sentence = (
            f"Whether the KMS key of {truth.bucket.name} lets “{distribution.name}” decrypt can’t be told: {why}. "
            "It needs this statement."
        )
        yield Finding("kms-not-known", sentence, subject=key, details=details)
        return
    sentence = f"The KMS key that encrypts files of “{distribution.name}” does not let CloudFront decrypt for it: viewers get 403."
    yield Finding("kms-not-permitted", sentence, subject=key, details=details)


def key_statement(distribution: Distribution) -> dict[str, Any]:
    """What the key's policy needs for the distribution to read."""
    return {
        "Sid": f"CdnadminDecrypt{distribution.public_id}",
        "Effect": "Allow",
        "Principal": {"Service": "cloudfront.amazonaws.com"},
        "Action": "kms:Decrypt",
        "Resource": "*",
        "Condition": {"StringEquals": {"AWS:SourceArn": distribution.arn}},
    }
