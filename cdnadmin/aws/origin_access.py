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

# AWS says so of an IfMatch that is not of now: somebody else's change, or our own whose answer was lost.
_STALE = frozenset({"PreconditionFailed", "InvalidIfMatchVersion"})


@dataclass(frozen=True)
class SeenOac:
    """`config`: its OriginAccessControlConfig; a list answers all of that too."""

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
        return SeenOac(answer["OriginAccessControl"]["Id"], name, answer["ETag"], wanted)
    except AwsConflict:
        for summary in _control_summaries(connection):
            if summary["Name"] == name:
                with translated("read the origin access control"):
                    found = client.get_origin_access_control(Id=summary["Id"])
                config: Any = found["OriginAccessControl"].get("OriginAccessControlConfig", {})
                if {key: config.get(key, "") for key in wanted} == wanted:
                    return SeenOac(summary["Id"], name, found["ETag"], config)
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
        config = {
            "Name": summary["Name"],
            "Description": summary.get("Description", ""),
            "OriginAccessControlOriginType": summary["OriginAccessControlOriginType"],
            "SigningBehavior": summary["SigningBehavior"],
            "SigningProtocol": summary["SigningProtocol"],
        }
        yield SeenOac(summary["Id"], summary["Name"], "", config)


def get_origin_access_control(connection: Connection, *, id: str) -> SeenOac:
    with translated("read the origin access control"):
        answer: Any = cloudfront(connection).get_origin_access_control(Id=id)
    config = answer["OriginAccessControl"]["OriginAccessControlConfig"]
    return SeenOac(id, config["Name"], answer["ETag"], config)


def update_origin_access_control(connection: Connection, *, seen: SeenOac, name: str, description: str) -> SeenOac:
    """Give the one that was `seen` (read one by one) another name and description; how it signs stays as it is.

    A lost answer to our own change is told from somebody else's change by reading back. Raises AwsConflict where it
    was changed since it was seen, and where another one has this name.
    """
    wanted: Any = {**seen.config, "Name": name, "Description": description}
    try:
        with translated("change the origin access control"):
            answer = cloudfront(connection).update_origin_access_control(
                Id=seen.id, OriginAccessControlConfig=wanted, IfMatch=seen.etag
            )
        return SeenOac(seen.id, name, answer["ETag"], wanted)
    except AwsConflict as conflict:
        if conflict.code not in _STALE:
            raise
        found = get_origin_access_control(connection, id=seen.id)
        if {key: found.config.get(key, "") for key in wanted} != wanted:
            raise
        return found


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


def update_origin_access_identity(connection: Connection, *, id: str, comment: str, etag: str) -> SeenOai:
    """Give it another comment, which is all that can be changed of it; lost answers as with a control.

    Raises AwsConflict where it was changed since `etag` was read.
    """
    client = cloudfront(connection)
    with translated("read the origin access identity"):
        now: Any = client.get_cloud_front_origin_access_identity_config(Id=id)["CloudFrontOriginAccessIdentityConfig"]
    wanted: Any = {**now, "Comment": comment}
    try:
        with translated("change the origin access identity"):
            answer = client.update_cloud_front_origin_access_identity(
                Id=id, CloudFrontOriginAccessIdentityConfig=wanted, IfMatch=etag
            )
        identity = answer["CloudFrontOriginAccessIdentity"]
        return SeenOai(identity["Id"], identity["S3CanonicalUserId"], answer["ETag"], comment)
    except AwsConflict as conflict:
        if conflict.code not in _STALE:
            raise
        found = get_origin_access_identity(connection, id=id)
        if found.comment != comment:
            raise
        return found


def delete_origin_access_identity(connection: Connection, *, id: str, etag: str) -> None:
    try:
        with translated("delete the origin access identity"):
            cloudfront(connection).delete_cloud_front_origin_access_identity(Id=id, IfMatch=etag)
    except AwsNotFound:
        return
