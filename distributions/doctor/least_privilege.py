"""The IAM policy with which cdnadmin can do what is in use, and nothing else.

Sources: Service Authorization Reference, "Actions, resources, and condition keys for" Amazon CloudFront, Amazon S3, AWS
Certificate Manager, AWS KMS and AWS IAM: which actions there are, and which of them may be held to resources; API
Reference of S3, "Required permissions for Amazon S3 API operations".
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

EVERYTHING, DISTRIBUTION, STREAMING, CONTROL, IDENTITY = "*", "distribution", "streaming", "control", "identity"
BUCKET, OBJECT, ANY_BUCKET, KEY, ITSELF, LOGS = "bucket", "object", "any-bucket", "key", "itself", "logs"


@dataclass(frozen=True)
class Feature:
    """`words` complete "These credentials can’t …". `actions`: by the kind of resource to which IAM can hold them."""

    code: str
    label: str
    words: str
    actions: dict[str, tuple[str, ...]]


def _cloudfront(*names: str) -> tuple[str, ...]:
    return tuple(f"cloudfront:{name}" for name in names)


def _s3(*names: str) -> tuple[str, ...]:
    return tuple(f"s3:{name}" for name in names)


FEATURES = (
    Feature(
        "look",
        "Looking: import, drift, what the forms offer",
        "see all that the account has",
        {
            EVERYTHING: (
                *_cloudfront("ListDistributions", "ListStreamingDistributions", "ListOriginAccessControls"),
                *_cloudfront("ListCloudFrontOriginAccessIdentities", "ListPublicKeys", "ListKeyGroups"),
                *_cloudfront("ListCachePolicies", "ListOriginRequestPolicies", "ListResponseHeadersPolicies"),
                *_s3("ListAllMyBuckets"),
            ),
            DISTRIBUTION: _cloudfront("GetDistribution", "ListTagsForResource"),
            BUCKET: _s3("ListBucket", "GetBucketPolicy", "GetBucketOwnershipControls", "GetBucketPublicAccessBlock"),
        },
    ),
    Feature(
        "publish",
        "Creating, changing and deleting distributions; publishing files",
        "create and change distributions, or publish files",
        {
            # None of those that create takes a resource in a policy.
            EVERYTHING: _cloudfront("CreateDistribution", "CreateOriginAccessControl"),
            DISTRIBUTION: _cloudfront("UpdateDistribution", "DeleteDistribution"),
            CONTROL: _cloudfront("GetOriginAccessControl", "UpdateOriginAccessControl", "DeleteOriginAccessControl"),
            BUCKET: _s3("PutBucketPolicy", "DeleteBucketPolicy", "ListBucketMultipartUploads"),
            OBJECT: _s3("PutObject", "GetObject", "DeleteObject", "AbortMultipartUpload", "ListMultipartUploadParts"),
        },
    ),
    Feature(
        "new-buckets",
        "Creating buckets",
        "create buckets",
        {ANY_BUCKET: _s3("CreateBucket", "PutBucketOwnershipControls", "PutBucketPublicAccessBlock")},
    ),
    Feature(
        "private",
        "Private distributions: keys and key groups",
        "keep the keys of private distributions",
        {
            EVERYTHING: _cloudfront(
                *("CreatePublicKey", "GetPublicKey", "DeletePublicKey"),
                *("CreateKeyGroup", "GetKeyGroup", "UpdateKeyGroup", "DeleteKeyGroup"),
            )
        },
    ),
    Feature(
        "identities",
        "Origin access identities",
        "work with origin access identities",
        {
            EVERYTHING: _cloudfront("CreateCloudFrontOriginAccessIdentity"),
            IDENTITY: _cloudfront(
                *("GetCloudFrontOriginAccessIdentity", "GetCloudFrontOriginAccessIdentityConfig"),
                *("UpdateCloudFrontOriginAccessIdentity", "DeleteCloudFrontOriginAccessIdentity"),
            ),
        },
    ),
    Feature("acls", "Access by object ACLs", "open files by their ACLs", {OBJECT: _s3("GetObjectAcl", "PutObjectAcl")}),
    Feature(
        "invalidations",
        "Invalidations",
        "have files fetched anew",
        {DISTRIBUTION: _cloudfront("CreateInvalidation", "GetInvalidation", "ListInvalidations")},
    ),
    Feature("tags", "Tags of distributions", "write tags", {DISTRIBUTION: _cloudfront("TagResource", "UntagResource")}),
    Feature(
        "certificates",
        "Host names of one’s own: certificates",
        "choose and request certificates",
        {EVERYTHING: ("acm:ListCertificates", "acm:DescribeCertificate", "acm:RequestCertificate")},
    ),
    Feature(
        "streaming",
        "Streaming distributions of old",
        "retire the streaming distributions of old",
        {STREAMING: _cloudfront("GetStreamingDistribution", "UpdateStreamingDistribution", "DeleteStreamingDistribution")},
    ),
    Feature(
        "encryption",
        "Files encrypted by KMS",
        "publish files that KMS encrypts",
        {KEY: ("kms:GenerateDataKey", "kms:Decrypt", "kms:GetKeyPolicy")},
    ),
    Feature(
        "logs",
        "Standard logs: CloudFront adds a grant to the log bucket’s ACL",
        "switch logs on",
        {LOGS: _s3("GetBucketAcl", "PutBucketAcl")},
    ),
    Feature(
        "doctor",
        "This doctor: what it looks at, and closing a bucket",
        "let the doctor see everything",
        {
            EVERYTHING: _s3("GetAccountPublicAccessBlock"),
            BUCKET: _s3("GetBucketAcl", "GetBucketCORS", "GetEncryptionConfiguration", "PutBucketPublicAccessBlock"),
            ITSELF: ("iam:SimulatePrincipalPolicy",),
        },
    ),
)
ALWAYS = frozenset({"look", "publish", "doctor"})


@dataclass(frozen=True)
class Ground:
    """What the policy is written for: the account (12 digits, "" not known yet), names of buckets, of those that take logs,
    KMS keys by ARN, and the user or role itself ("" where it isn't known).
    """

    account_id: str
    buckets: tuple[str, ...] = ()
    log_buckets: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    itself: str = ""

    def resources(self, kind: str) -> list[str]:
        """The ARNs to which actions of this kind are held; everything where nothing narrower is known."""
        account = self.account_id or "*"
        match kind:
            case "distribution":
                return [f"arn:aws:cloudfront::{account}:distribution/*"]
            case "streaming":
                return [f"arn:aws:cloudfront::{account}:streaming-distribution/*"]
            case "control":
                return [f"arn:aws:cloudfront::{account}:origin-access-control/*"]
            case "identity":
                return [f"arn:aws:cloudfront::{account}:origin-access-identity/*"]
            case "bucket":
                return [f"arn:aws:s3:::{name}" for name in self.buckets] or ["arn:aws:s3:::*"]
            case "object":
                return [f"arn:aws:s3:::{name}/*" for name in self.buckets] or ["arn:aws:s3:::*/*"]
            case "any-bucket":
                return ["arn:aws:s3:::*"]
            case "logs":
                return [f"arn:aws:s3:::{name}" for name in self.log_buckets] or ["arn:aws:s3:::*"]
            case "key":
                return list(self.keys) or [f"arn:aws:kms:*:{account}:key/*"]
            case "itself":
                return [self.itself] if self.itself else [f"arn:aws:iam::{account}:*"]
        return ["*"]


def chosen(codes: Collection[str]) -> list[Feature]:
    return [each for each in FEATURES if each.code in codes or each.code in ALWAYS]


def statements(codes: Collection[str], ground: Ground) -> Iterator[tuple[tuple[str, ...], list[str]]]:
    """(actions, resources): each action once a kind of resource, in a fixed order."""
    kinds: dict[str, dict[str, None]] = {}
    for feature in chosen(codes):
        for kind, actions in feature.actions.items():
            kinds.setdefault(kind, {}).update(dict.fromkeys(actions))
    for kind in sorted(kinds, key=lambda each: (each != EVERYTHING, each)):
        yield tuple(sorted(kinds[kind])), ground.resources(kind)


def policy_document(codes: Collection[str], ground: Ground) -> dict[str, Any]:
    """The policy as IAM takes it."""
    return {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": list(actions), "Resource": resources if len(resources) > 1 else resources[0]}
            for actions, resources in statements(codes, ground)
        ],
    }


def actions_of(codes: Collection[str]) -> set[str]:
    return {action for feature in chosen(codes) for actions in feature.actions.values() for action in actions}
