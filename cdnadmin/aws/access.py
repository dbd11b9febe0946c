"""Origin access controls and identities, and the bucket policies that let them in.

Source: Amazon CloudFront Developer Guide, "Restrict access to an Amazon S3 origin".
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from cdnadmin.aws.session import Connection, cloudfront, s3
from cdnadmin.aws.translate import translated
from cdnadmin.errors import AwsConflict, AwsNotFound

Policy = dict[str, Any]


@dataclass(frozen=True)
class SeenOac:
    """`config`: its OriginAccessControlConfig, where it was read one by one."""

    id: str
    name: str
    etag: str
    config: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class SeenOai:
    id: str
    canonical_user_id: str
    etag: str
    comment: str


def create_origin_access_control(connection: Connection, *, name: str, description: str = "") -> SeenOac:
    """Create it, or adopt the one of this name that is just the same. Raises AwsConflict when that one differs."""
    wanted: Any = {
        "Name": name,
        "Description": description,
        "OriginAccessControlOriginType": "s3",
        "SigningBehavior": "always",
        "SigningProtocol": "sigv4",
    }
    client = cloudfront(connection)
    try:
        with translated("create the origin access control"):
            answer = client.create_origin_access_control(OriginAccessControlConfig=wanted)
        return SeenOac(answer["OriginAccessControl"]["Id"], name, answer["ETag"])
    except AwsConflict:
        for summary in _control_summaries(connection):
            if summary["Name"] == name:
                with translated("read the origin access control"):
                    found = client.get_origin_access_control(Id=summary["Id"])
                config: Any = found["OriginAccessControl"].get("OriginAccessControlConfig", {})
                if {key: config.get(key, "") for key in wanted} == wanted:
                    return SeenOac(summary["Id"], name, found["ETag"])
        raise


def _control_summaries(connection: Connection) -> Iterator[Any]:
    marker = ""
    while True:
        with translated("list the origin access controls"):
            answer = cloudfront(connection).list_origin_access_controls(**({"Marker": marker} if marker else {}))
        page = answer["OriginAccessControlList"]
        yield from page.get("Items", [])
        if not page["IsTruncated"]:
            return
        marker = page["NextMarker"]


def iterate_origin_access_controls(connection: Connection) -> Iterator[SeenOac]:
    """All of the account; lists carry no ETag, which is "" here."""
    for summary in _control_summaries(connection):
        yield SeenOac(summary["Id"], summary["Name"], "")


def get_origin_access_control(connection: Connection, *, id: str) -> SeenOac:
    with translated("read the origin access control"):
        answer: Any = cloudfront(connection).get_origin_access_control(Id=id)
    config = answer["OriginAccessControl"]["OriginAccessControlConfig"]
    return SeenOac(id, config["Name"], answer["ETag"], config)


def delete_origin_access_control(connection: Connection, *, id: str, etag: str) -> None:
    try:
        with translated("delete the origin access control"):
            cloudfront(connection).delete_origin_access_control(Id=id, IfMatch=etag)
    except AwsNotFound:
        return


def create_origin_access_identity(connection: Connection, *, caller_reference: str, comment: str) -> SeenOai:
    """Create it. CloudFront answers the existing one for the same reference and comment."""
    config: Any = {"CallerReference": caller_reference, "Comment": comment}
    with translated("create the origin access identity"):
        answer = cloudfront(connection).create_cloud_front_origin_access_identity(CloudFrontOriginAccessIdentityConfig=config)
    identity = answer["CloudFrontOriginAccessIdentity"]
    return SeenOai(identity["Id"], identity["S3CanonicalUserId"], answer["ETag"], comment)


def get_origin_access_identity(connection: Connection, *, id: str) -> SeenOai:
    with translated("read the origin access identity"):
        answer = cloudfront(connection).get_cloud_front_origin_access_identity(Id=id)
    identity = answer["CloudFrontOriginAccessIdentity"]
    comment = identity.get("CloudFrontOriginAccessIdentityConfig", {}).get("Comment", "")
    return SeenOai(identity["Id"], identity["S3CanonicalUserId"], answer["ETag"], comment)


def iterate_origin_access_identities(connection: Connection) -> Iterator[SeenOai]:
    """All identities of the account; lists carry no ETag, which is "" here."""
    marker = ""
    while True:
        with translated("list the origin access identities"):
            answer = cloudfront(connection).list_cloud_front_origin_access_identities(**({"Marker": marker} if marker else {}))
        page = answer["CloudFrontOriginAccessIdentityList"]
        for item in page.get("Items", []):
            yield SeenOai(item["Id"], item["S3CanonicalUserId"], "", item["Comment"])
        if not page["IsTruncated"]:
            return
        marker = page["NextMarker"]


def delete_origin_access_identity(connection: Connection, *, id: str, etag: str) -> None:
    try:
        with translated("delete the origin access identity"):
            cloudfront(connection).delete_cloud_front_origin_access_identity(Id=id, IfMatch=etag)
    except AwsNotFound:
        return


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


def oai_statement(*, sid: str, bucket: str, prefix: str, oai_id: str) -> Policy:
    """Let an origin access identity read what lies under `prefix`."""
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity {oai_id}"},
        "Action": "s3:GetObject",
        "Resource": _resource(bucket, prefix),
    }
