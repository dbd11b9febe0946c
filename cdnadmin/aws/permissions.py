"""What the credentials may do: reads by trying them, writes by IAM's own simulation, which changes nothing.

Source: AWS IAM API Reference, "SimulatePrincipalPolicy".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from cdnadmin.aws.session import Connection, acm, cloudfront, iam, s3
from cdnadmin.aws.translate import translated
from cdnadmin.errors import AwsDenied, AwsError

ALLOWED, DENIED, UNKNOWN = "allowed", "denied", "unknown"
_AT_ONCE = 50


def try_reads(connection: Connection, *, bucket: str = "") -> dict[str, str]:
    """By IAM action, whether a cheap read is let through. `bucket`: one of the account's, for what is asked of a bucket."""
    front, storage = cloudfront(connection), s3(connection)
    calls: dict[str, Callable[[], Any]] = {
        "cloudfront:ListDistributions": lambda: front.list_distributions(MaxItems="1"),
        "cloudfront:ListStreamingDistributions": lambda: front.list_streaming_distributions(MaxItems="1"),
        "cloudfront:ListOriginAccessControls": lambda: front.list_origin_access_controls(MaxItems="1"),
        "cloudfront:ListCloudFrontOriginAccessIdentities": lambda: front.list_cloud_front_origin_access_identities(MaxItems="1"),
        "cloudfront:ListPublicKeys": lambda: front.list_public_keys(MaxItems="1"),
        "cloudfront:ListKeyGroups": lambda: front.list_key_groups(MaxItems="1"),
        "cloudfront:ListCachePolicies": lambda: front.list_cache_policies(MaxItems="1"),
        "cloudfront:ListOriginRequestPolicies": lambda: front.list_origin_request_policies(MaxItems="1"),
        "cloudfront:ListResponseHeadersPolicies": lambda: front.list_response_headers_policies(MaxItems="1"),
        "acm:ListCertificates": lambda: acm(connection).list_certificates(MaxItems=1),
        "s3:ListAllMyBuckets": storage.list_buckets,
    }
    if bucket:
        calls |= {
            "s3:ListBucket": lambda: storage.list_objects_v2(Bucket=bucket, MaxKeys=1),
            "s3:GetBucketPolicy": lambda: storage.get_bucket_policy(Bucket=bucket),
            "s3:GetBucketOwnershipControls": lambda: storage.get_bucket_ownership_controls(Bucket=bucket),
            "s3:GetBucketPublicAccessBlock": lambda: storage.get_public_access_block(Bucket=bucket),
            "s3:GetEncryptionConfiguration": lambda: storage.get_bucket_encryption(Bucket=bucket),
            "s3:GetBucketCORS": lambda: storage.get_bucket_cors(Bucket=bucket),
            "s3:GetBucketAcl": lambda: storage.get_bucket_acl(Bucket=bucket),
            "s3:ListBucketMultipartUploads": lambda: storage.list_multipart_uploads(Bucket=bucket, MaxUploads=1),
        }
    return {action: _tried(call) for action, call in calls.items()}


def _tried(call: Callable[[], Any]) -> str:
    try:
        with translated("see what these credentials may read"):
            call()
    except AwsDenied as error:
        if error.is_mendable:
            raise
        return DENIED
    except AwsError as error:
        if error.retryable or error.code in {"Unreachable", "Timeout"}:
            raise
        return ALLOWED  # there is nothing of the kind: it was let through
    return ALLOWED


def principal_arn(caller_arn: str) -> str:
    """Whom IAM can simulate: a user or role. Of a session the role that it was assumed from; "" for the root user."""
    assumed = re.fullmatch(r"arn:(aws[\w-]*):sts::(\d{12}):assumed-role/([^/]+)/.+", caller_arn)
    if assumed:
        return f"arn:{assumed[1]}:iam::{assumed[2]}:role/{assumed[3]}"
    return caller_arn if re.fullmatch(r"arn:aws[\w-]*:iam::\d{12}:(user|role)/.+", caller_arn) else ""


def is_root(caller_arn: str) -> bool:
    return caller_arn.endswith(":root")


def simulate(connection: Connection, *, arn: str, actions: Iterable[str], resources: Iterable[str] = ()) -> dict[str, str]:
    """By action, what IAM says of it: allowed where it is so on each of `resources` (none: "*"). Unknown where the
    simulation itself is not allowed, or not to be had.
    """
    wanted, found = sorted(set(actions)), dict[str, str]()
    more: Any = {"ResourceArns": list(resources)} if resources else {}
    for start in range(0, len(wanted), _AT_ONCE):
        try:
            for result in _simulated(connection, arn, {"ActionNames": wanted[start : start + _AT_ONCE], **more}):
                allowed = result["EvalDecision"] == "allowed" and found.get(result["EvalActionName"]) != DENIED
                found[result["EvalActionName"]] = ALLOWED if allowed else DENIED
        except AwsError as error:
            if error.retryable or (isinstance(error, AwsDenied) and error.is_mendable):
                raise
            return dict.fromkeys(wanted, UNKNOWN)
    return {action: found.get(action, UNKNOWN) for action in wanted}


def _simulated(connection: Connection, arn: str, asked: Any) -> Iterator[Any]:
    """Each action with each resource, a page after the other."""
    while True:
        with translated("ask IAM what these credentials may do"):
            answer = iam(connection).simulate_principal_policy(PolicySourceArn=arn, **asked)
        yield from answer["EvaluationResults"]
        if not answer.get("IsTruncated"):
            return
        asked = {**asked, "Marker": answer["Marker"]}
