"""Which permissions each feature needs, and the least policy that has them all.

Sources: Service Authorization Reference, "Actions, resources, and condition keys for Amazon CloudFront" and "… for Amazon S3".
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

# Each feature: its name in words, and the IAM actions that it calls.
FEATURES: dict[str, tuple[str, tuple[str, ...]]] = {
    "import": (
        "seeing what the account has",
        (
            "cloudfront:GetDistribution",
            "cloudfront:GetStreamingDistribution",
            "cloudfront:ListCachePolicies",
            "cloudfront:ListCloudFrontOriginAccessIdentities",
            "cloudfront:ListDistributions",
            "cloudfront:ListFunctions",
            "cloudfront:ListKeyGroups",
            "cloudfront:ListOriginAccessControls",
            "cloudfront:ListOriginRequestPolicies",
            "cloudfront:ListPublicKeys",
            "cloudfront:ListResponseHeadersPolicies",
            "cloudfront:ListStreamingDistributions",
            "cloudfront:ListTagsForResource",
            "s3:ListAllMyBuckets",
        ),
    ),
    "distributions": (
        "creating, changing and deleting distributions",
        (
            "cloudfront:CreateDistribution",
            "cloudfront:DeleteDistribution",
            "cloudfront:TagResource",
            "cloudfront:UntagResource",
            "cloudfront:UpdateDistribution",
        ),
    ),
    "controls": (
        "origin access controls",
        (
            "cloudfront:CreateOriginAccessControl",
            "cloudfront:DeleteOriginAccessControl",
            "cloudfront:GetOriginAccessControl",
            "cloudfront:UpdateOriginAccessControl",
        ),
    ),
    "identities": (
        "origin access identities",
        (
            "cloudfront:CreateCloudFrontOriginAccessIdentity",
            "cloudfront:DeleteCloudFrontOriginAccessIdentity",
            "cloudfront:GetCloudFrontOriginAccessIdentity",
            "cloudfront:GetCloudFrontOriginAccessIdentityConfig",
            "cloudfront:UpdateCloudFrontOriginAccessIdentity",
        ),
    ),
    "keys": (
        "signing keys and key groups",
        (
            "cloudfront:CreateKeyGroup",
            "cloudfront:CreatePublicKey",
            "cloudfront:DeleteKeyGroup",
            "cloudfront:DeletePublicKey",
            "cloudfront:GetKeyGroup",
            "cloudfront:GetPublicKey",
            "cloudfront:UpdateKeyGroup",
        ),
    ),
    "invalidations": (
        "invalidations",
        ("cloudfront:CreateInvalidation", "cloudfront:GetInvalidation", "cloudfront:ListInvalidations"),
    ),
    "certificates": ("certificates", ("acm:DescribeCertificate", "acm:ListCertificates", "acm:RequestCertificate")),
    "streaming": (
        "streaming distributions of old",
        ("cloudfront:DeleteStreamingDistribution", "cloudfront:UpdateStreamingDistribution"),
    ),
    "publishing": (
        "files in the buckets",
        (
            "s3:AbortMultipartUpload",
            "s3:DeleteObject",
            "s3:GetObject",
            "s3:ListBucket",
            "s3:ListBucketMultipartUploads",
            "s3:ListMultipartUploadParts",
            "s3:PutObject",
        ),
    ),
    "buckets": (
        "the buckets' policies and what is true of them",
        (
            "s3:CreateBucket",
            "s3:DeleteBucketPolicy",
            "s3:GetBucketAcl",
            "s3:GetBucketCORS",
            "s3:GetBucketOwnershipControls",
            "s3:GetBucketPolicy",
            "s3:GetBucketPublicAccessBlock",
            "s3:GetEncryptionConfiguration",
            "s3:PutBucketOwnershipControls",
            "s3:PutBucketPolicy",
            "s3:PutBucketPublicAccessBlock",
        ),
    ),
    "acls": ("access by object ACL", ("s3:GetObjectAcl", "s3:PutObjectAcl")),
    "doctor": ("the doctor", ("iam:SimulatePrincipalPolicy", "kms:GetKeyPolicy", "s3:GetAccountPublicAccessBlock")),
}
ALWAYS = ("import", "distributions", "controls", "publishing", "buckets", "invalidations", "certificates", "doctor")
_OBJECT_ACTIONS = {
    "s3:AbortMultipartUpload",
    "s3:DeleteObject",
    "s3:GetObject",
    "s3:GetObjectAcl",
    "s3:ListMultipartUploadParts",
    "s3:PutObject",
    "s3:PutObjectAcl",
}
_ANYWHERE = {"s3:ListAllMyBuckets", "s3:GetAccountPublicAccessBlock", "s3:CreateBucket"}
# CloudFront's actions that know resources: of distributions, and of identities.
_OF_DISTRIBUTIONS = {
    "cloudfront:CreateInvalidation",
    "cloudfront:DeleteDistribution",
    "cloudfront:GetDistribution",
    "cloudfront:GetInvalidation",
    "cloudfront:ListInvalidations",
    "cloudfront:UpdateDistribution",
}


def actions_of(features: Collection[str]) -> list[str]:
    """Sorted, each once."""
    return sorted({action for name in features for action in FEATURES[name][1]})


def feature_of(action: str) -> str:
    """What an action is for, in words."""
    return next(words for words, actions in FEATURES.values() if action in actions)


def least_policy(*, account_id: str, principal_arn: str, buckets: Iterable[str], features: Collection[str]) -> dict[str, Any]:
    """The policy document that lets cdnadmin do just this: objects and buckets by name, the account's distributions alone.

    Where IAM knows no resource for an action, or the thing is yet to be made, it stands with "*".
    """
    actions, names = actions_of(features), sorted(buckets)
    account = account_id or "*"
    objects = [each for each in actions if each in _OBJECT_ACTIONS]
    of_buckets = [each for each in actions if each.startswith("s3:") and each not in _OBJECT_ACTIONS and each not in _ANYWHERE]
    distributions = [each for each in actions if each in _OF_DISTRIBUTIONS]
    rest = [
        each
        for each in actions
        if each not in {*objects, *of_buckets, *distributions} and each not in {"iam:SimulatePrincipalPolicy", "kms:GetKeyPolicy"}
    ]
    statements = [
        _statement("Objects", objects, [f"arn:aws:s3:::{name}/*" for name in names] or ["arn:aws:s3:::*/*"]),
        _statement("Buckets", of_buckets, [f"arn:aws:s3:::{name}" for name in names] or ["arn:aws:s3:::*"]),
        _statement("Distributions", distributions, [f"arn:aws:cloudfront::{account}:distribution/*"]),
        _statement("Rest", rest, ["*"]),
    ]
    if "iam:SimulatePrincipalPolicy" in actions:
        statements.append(_statement("AskWhatIsAllowed", ["iam:SimulatePrincipalPolicy"], [principal_arn or "*"]))
    if "kms:GetKeyPolicy" in actions:
        statements.append(_statement("EncryptionKeys", ["kms:GetKeyPolicy"], [f"arn:aws:kms:*:{account}:key/*"]))
    return {"Version": "2012-10-17", "Statement": [each for each in statements if each["Action"]]}


def _statement(sid: str, actions: list[str], resources: list[str]) -> dict[str, Any]:
    return {"Sid": f"Cdnadmin{sid}", "Effect": "Allow", "Action": actions, "Resource": resources}
