"""Origin access controls and identities: how CloudFront shows itself to a bucket.

Source: Amazon CloudFront Developer Guide, "Restrict access to an Amazon S3 origin".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from cdnadmin.aws.session import Connection, cloudfront
from cdnadmin.aws.translate import translated
from cdnadmin.errors import AwsConflict, AwsNotFound


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
