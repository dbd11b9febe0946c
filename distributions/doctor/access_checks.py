"""Whether a distribution's bucket gives files to whom it should, and to nobody else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from distributions import wanted
from distributions.access.policies import statements_of
from distributions.access.prediction import predict
from distributions.access.reading import key_allows, sampled_objects
from distributions.access.switching import superfluous
from distributions.doctor.configuration_checks import unsigned_patterns
from distributions.doctor.findings import Finding
from distributions.mirror import access_of, main_origin
from distributions.models import BucketTruth, Distribution
from distributions.reach.paths_to import unsigned_ways

Model = Distribution.AccessModel
_BREACHES = {"s3": "open-at-s3", "listing": "bucket-listed", "other": "shown-by-another"}


def check_access(distribution: Distribution, truth: BucketTruth) -> Iterator[Finding]:
    if "policy" not in truth.unread:
        yield from _readings(distribution, truth)
        yield from _statements(distribution, truth)
    yield from _unsigned_behaviors(distribution)
    yield from _ownership(distribution, truth)
    yield from _encryption(distribution, truth)


def _readings(distribution: Distribution, truth: BucketTruth) -> Iterator[Finding]:
    for reading in predict(distribution, truth):
        if reading.is_breach and reading.way in _BREACHES:
            subject = reading.subject.name if reading.subject else ""
            who = f"{reading.viewer} can open files of “{distribution.name}”" if reading.way != "listing" else reading.viewer
            yield Finding(_BREACHES[reading.way], f"{who}: {reading.verdict.sentence}", subject=subject)
        if reading.is_broken and not reading.verdict.reason.startswith("kms") and reading.verdict.reason != "disabled":
            yield Finding("viewers-refused", f"{reading.viewer}: {reading.verdict.sentence}", subject=reading.way)


def _unsigned_behaviors(distribution: Distribution) -> Iterator[Finding]:
    if not distribution.is_private or distribution.bucket is None:
        return
    ways = unsigned_ways(distribution.config, distribution.bucket.name, distribution.prefix)
    if ways:
        patterns = unsigned_patterns(ways)
        yield Finding(
            "unsigned-behavior",
            f"“{distribution.name}” is private, and what fits {', '.join(patterns[:3])} opens without a signature. Have that "
            "behavior ask for one, or move what is public to another distribution.",
            subject=ways[0].pattern,
        )


def _statements(distribution: Distribution, truth: BucketTruth) -> Iterator[Finding]:
    needed = wanted.policy_statements(distribution, distribution.config).get(truth.bucket.name, [])
    there = statements_of(truth.policy)
    missing = [each for each in needed if each not in there]
    if missing and not _reads_anyway(distribution, truth):
        yield Finding(
            "statement-missing",
            f"The policy of {truth.bucket.name} does not let CloudFront in for “{distribution.name}”: viewers get 403.",
            mend_input={"buckets": [truth.bucket.name]},
        )
    left = [] if distribution.second_model else superfluous(distribution, there, needed)
    for sid in left:
        yield Finding(
            "statement-left",
            f"The statement “{sid}” in the policy of {truth.bucket.name} was written for “{distribution.name}”, which does "
            "not need it (any more).",
            subject=sid,
            mend_input={"buckets": [truth.bucket.name]},
        )


def _reads_anyway(distribution: Distribution, truth: BucketTruth) -> bool:
    """Statements of others may let CloudFront in as well: an imported one needs none of ours."""
    signed = [each for each in predict(distribution, truth) if each.way == ("signed" if distribution.is_private else "edge")]
    return all(each.verdict.allowed is not False for each in signed)


def _ownership(distribution: Distribution, truth: BucketTruth) -> Iterator[Finding]:
    if distribution.access_model in {Model.OAI_ACL, Model.PUBLIC_ACL} and truth.ownership == "BucketOwnerEnforced":
        yield Finding(
            "acl-model-disabled",
            f"The files of “{distribution.name}” are opened by their ACLs, and {truth.bucket.name} has its ACLs turned off: nobody "
            "can open them. Turn them on again at S3, or change the access model.",
        )


def _encryption(distribution: Distribution, truth: BucketTruth) -> Iterator[Finding]:
    encrypted = truth.encryption.startswith("aws:kms") or any(each.kms for each in sampled_objects(truth, distribution))
    model, _ = access_of(main_origin(distribution.config))
    if not encrypted or distribution.access_model == Model.OPEN:
        return
    if model != "oac":
        yield Finding(
            "kms-shuts-identity",
            f"{truth.bucket.name} has files encrypted by KMS, which no origin access identity and no stranger can read: give "
            f"“{distribution.name}” an origin access control.",
        )
        return
    policies = [truth.kms_policies.get(each) for each in {truth.kms_key_id, *_sampled_keys(truth, distribution)} - {""}]
    if all(key_allows(policy, distribution) is not False for policy in policies):
        return
    yield Finding(
        "kms-shuts-control",
        f"The key that encrypts {truth.bucket.name} does not let CloudFront decrypt for “{distribution.name}”: viewers get 403 for "
        "files under it. Add this statement to the key's policy.",
        text=json.dumps(key_statement(distribution), indent=2),
    )


def _sampled_keys(truth: BucketTruth, distribution: Distribution) -> set[str]:
    return {each.get("kms_key", "") for each in truth.samples.get(distribution.prefix, [])}


def key_statement(distribution: Distribution) -> dict[str, Any]:
    """What a KMS key's policy needs. Source: Developer Guide, "Restrict access to an Amazon S3 origin" (SSE-KMS)."""
    return {
        "Sid": f"AllowCloudFront{distribution.public_id}",
        "Effect": "Allow",
        "Principal": {"Service": "cloudfront.amazonaws.com"},
        "Action": ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey*"],
        "Resource": "*",
        "Condition": {"StringEquals": {"AWS:SourceArn": distribution.arn}},
    }
