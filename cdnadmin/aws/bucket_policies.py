"""Bucket policies, and the statements by which they let CloudFront in.

Source: Amazon CloudFront Developer Guide, "Restrict access to an Amazon S3 origin".
"""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from typing import Any

from cdnadmin.aws.session import Connection, s3
from cdnadmin.aws.translate import translated
from cdnadmin.errors import AwsNotFound

Policy = dict[str, Any]


def get_bucket_policy(connection: Connection, *, bucket: str) -> Policy:
    """The bucket's policy; an empty one where there is none."""
    try:
        with translated(f"read the policy of the bucket {bucket}"):
            answer = s3(connection).get_bucket_policy(Bucket=bucket)
    except AwsNotFound as error:
        if error.code != "NoSuchBucketPolicy":
            raise
        return {"Version": "2012-10-17", "Statement": []}
    policy: Policy = json.loads(answer["Policy"])
    return policy


def put_bucket_policy(connection: Connection, *, bucket: str, policy: Policy) -> None:
    """Write the policy; one without statements is removed, since S3 takes none such."""
    with translated(f"change the policy of the bucket {bucket}"):
        if policy.get("Statement"):
            s3(connection).put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy, separators=(",", ":")))
        else:
            s3(connection).delete_bucket_policy(Bucket=bucket)


def _statements(policy: Mapping[str, Any]) -> list[Any]:
    statements = policy.get("Statement", [])
    return [statements] if isinstance(statements, Mapping) else list(statements)


def merge_statement(policy: Mapping[str, Any], statement: Mapping[str, Any]) -> Policy:
    """A copy of `policy` in which `statement` stands once, by its Sid; everything else is left as it is."""
    merged = copy.deepcopy(dict(policy))
    statements = _statements(merged)
    for index, existing in enumerate(statements):
        if existing.get("Sid") == statement["Sid"]:
            statements[index] = dict(statement)
            break
    else:
        statements.append(dict(statement))
    return {"Version": merged.get("Version", "2012-10-17"), **merged, "Statement": statements}


def remove_statement(policy: Mapping[str, Any], sid: str) -> Policy:
    """A copy of `policy` without the statement of this Sid."""
    left = copy.deepcopy(dict(policy))
    return {**left, "Statement": [statement for statement in _statements(left) if statement.get("Sid") != sid]}


def _resource(bucket: str, prefix: str) -> str:
    return f"arn:aws:s3:::{bucket}/{prefix.strip('/')}/*" if prefix.strip("/") else f"arn:aws:s3:::{bucket}/*"


def oac_statement(*, sid: str, bucket: str, prefix: str, distribution_arn: str) -> Policy:
    """Let CloudFront read what lies under `prefix` on behalf of this one distribution."""
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": {"Service": "cloudfront.amazonaws.com"},
        "Action": "s3:GetObject",
        "Resource": _resource(bucket, prefix),
        "Condition": {"StringEquals": {"AWS:SourceArn": distribution_arn}},
    }


def oai_arn(oai_id: str) -> str:
    """How a policy names an origin access identity by ARN (its id is part of a name, with spaces)."""
    return f"arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity {oai_id}"


def oai_statement(*, sid: str, bucket: str, prefix: str, oai_id: str) -> Policy:
    """Let an origin access identity read what lies under `prefix`."""
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": {"AWS": oai_arn(oai_id)},
        "Action": "s3:GetObject",
        "Resource": _resource(bucket, prefix),
    }
