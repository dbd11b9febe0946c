"""Objects: put whole or in parts with checksums, read about, listed, granted and deleted.

Whole-object CRC64NVME throughout: a multipart upload's ETag says nothing about its bytes.
Source: Amazon S3 User Guide, "Checking object integrity in Amazon S3".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any

from cdnadmin.aws.session import Connection, s3
from cdnadmin.aws.translate import translated
from cdnadmin.errors import AwsNotFound

ALL_USERS = "http://acs.amazonaws.com/groups/global/AllUsers"


@dataclass(frozen=True)
class SeenObject:
    size: int  # bytes
    etag: str
    content_type: str
    checksum_crc64nvme: str  # Base64, of the whole object; "" where S3 has none
    cache_control: str
    sse: str
    kms_key_id: str = ""


@dataclass(frozen=True)
class SeenPart:
    number: int
    size: int
    etag: str
    checksum_crc64nvme: str


@dataclass(frozen=True)
class ListedObject:
    key: str
    size: int
    etag: str
    last_modified: datetime


@dataclass(frozen=True)
class SeenUpload:
    key: str
    upload_id: str
    initiated: datetime


@dataclass(frozen=True)
class Grant:
    """One line of an ACL: `grantee` is a canonical user id, or a group's URI such as ALL_USERS."""

    grantee: str
    permission: str  # READ, WRITE, READ_ACP, WRITE_ACP or FULL_CONTROL

    @property
    def is_group(self) -> bool:
        return self.grantee.startswith("http")


@dataclass(frozen=True)
class Acl:
    owner: str
    grants: tuple[Grant, ...]


def head_object(connection: Connection, *, bucket: str, key: str) -> SeenObject | None:
    """What S3 says of the object; None where it is not there."""
    try:
        with translated(f"read about {key}"):
            answer = s3(connection).head_object(Bucket=bucket, Key=key, ChecksumMode="ENABLED")
    except AwsNotFound:
        return None
    return SeenObject(
        size=answer["ContentLength"],
        etag=answer["ETag"].strip('"'),
        content_type=answer.get("ContentType", ""),
        checksum_crc64nvme=answer.get("ChecksumCRC64NVME", ""),
        cache_control=answer.get("CacheControl", ""),
        sse=answer.get("ServerSideEncryption", ""),
        kms_key_id=answer.get("SSEKMSKeyId", ""),
    )


def _headers(content_type: str, cache_control: str, content_disposition: str) -> dict[str, Any]:
    named = {"ContentType": content_type, "CacheControl": cache_control, "ContentDisposition": content_disposition}
    return {name: value for name, value in named.items() if value}


_HEADER_OF = {"FULL_CONTROL": "GrantFullControl", "READ": "GrantRead", "READ_ACP": "GrantReadACP", "WRITE_ACP": "GrantWriteACP"}


def _acl_headers(acl: Acl | None) -> dict[str, Any]:
    """What has the object come with this ACL. Source: Amazon S3 API Reference, "PutObject" (x-amz-grant-…)."""
    named: dict[str, list[str]] = {}
    for grant in acl.grants if acl else ():
        who = f'{"uri" if grant.is_group else "id"}="{grant.grantee}"'
        named.setdefault(_HEADER_OF[grant.permission], []).append(who)
    return {name: ", ".join(who) for name, who in named.items()}


def put_object(
    connection: Connection,
    *,
    bucket: str,
    key: str,
    body: bytes | IO[bytes],
    content_type: str,
    cache_control: str = "",
    content_disposition: str = "",
    if_none_match: bool = False,
    acl: Acl | None = None,
) -> None:
    """Put an object in one call (5 GB at most), with its ACL: without one only its owner may read it by ACL.

    With `if_none_match`, AwsConflict where the key is taken. An ACL has to fit into headers: some 50 grants do.
    """
    more = _headers(content_type, cache_control, content_disposition) | _acl_headers(acl)
    more |= {"IfNoneMatch": "*"} if if_none_match else {}
    with translated(f"put {key}"):
        s3(connection).put_object(Bucket=bucket, Key=key, Body=body, ChecksumAlgorithm="CRC64NVME", **more)


def create_multipart_upload(
    connection: Connection,
    *,
    bucket: str,
    key: str,
    content_type: str,
    cache_control: str = "",
    content_disposition: str = "",
    acl: Acl | None = None,
) -> str:
    """Begin an upload in parts, with the ACL that the object shall have; answers its id, which the caller stores before it
    sends a part.
    """
    with translated(f"begin to put {key}"):
        answer = s3(connection).create_multipart_upload(
            Bucket=bucket,
            Key=key,
            ChecksumAlgorithm="CRC64NVME",
            ChecksumType="FULL_OBJECT",
            **_headers(content_type, cache_control, content_disposition),
            **_acl_headers(acl),
        )
    return answer["UploadId"]


def upload_part(connection: Connection, *, bucket: str, key: str, upload_id: str, part_number: int, body: bytes) -> SeenPart:
    """Send one part (5 MiB to 5 GiB, the last may be smaller) with its checksum. Sending it again replaces it."""
    with translated(f"put part {part_number} of {key}"):
        answer = s3(connection).upload_part(
            Bucket=bucket, Key=key, UploadId=upload_id, PartNumber=part_number, Body=body, ChecksumAlgorithm="CRC64NVME"
        )
    return SeenPart(part_number, len(body), answer["ETag"].strip('"'), answer.get("ChecksumCRC64NVME", ""))


def list_parts(connection: Connection, *, bucket: str, key: str, upload_id: str) -> list[SeenPart]:
    """The parts that S3 has. Raises AwsNotFound (NoSuchUpload) once it is completed or aborted."""
    marker = 0
    parts: list[SeenPart] = []
    while True:
        with translated(f"list the parts of {key}"):
            answer = s3(connection).list_parts(Bucket=bucket, Key=key, UploadId=upload_id, PartNumberMarker=marker)
        parts += [
            SeenPart(part["PartNumber"], part["Size"], part["ETag"].strip('"'), part.get("ChecksumCRC64NVME", ""))
            for part in answer.get("Parts", [])
        ]
        if not answer["IsTruncated"]:
            return parts
        marker = answer["NextPartNumberMarker"]


def complete_multipart_upload(
    connection: Connection,
    *,
    bucket: str,
    key: str,
    upload_id: str,
    parts: Sequence[SeenPart],
    size: int,
    if_none_match: bool = True,
) -> None:
    """Make one object of the parts. `size`: its bytes, which S3 checks.

    Raises AwsNotFound (NoSuchUpload) also where an earlier call got through and its answer was lost: the
    caller looks at the object before it believes in a failure.
    """
    pieces: Any = [
        {"PartNumber": part.number, "ETag": part.etag}
        | ({"ChecksumCRC64NVME": part.checksum_crc64nvme} if part.checksum_crc64nvme else {})
        for part in parts
    ]
    more: Any = {"IfNoneMatch": "*"} if if_none_match else {}
    with translated(f"complete {key}"):
        s3(connection).complete_multipart_upload(
            Bucket=bucket,
            Key=key,
            UploadId=upload_id,
            MultipartUpload={"Parts": pieces},
            MpuObjectSize=size,
            ChecksumType="FULL_OBJECT",
            **more,
        )


def abort_multipart_upload(connection: Connection, *, bucket: str, key: str, upload_id: str) -> None:
    """Give an upload up, and what it holds. One that is gone already is success."""
    try:
        with translated(f"give up {key}"):
            s3(connection).abort_multipart_upload(Bucket=bucket, Key=key, UploadId=upload_id)
    except AwsNotFound:
        return


def list_multipart_uploads(connection: Connection, *, bucket: str, prefix: str = "") -> Iterator[SeenUpload]:
    """Uploads in parts that were neither completed nor aborted."""
    more: Any = {}
    while True:
        with translated(f"list the uploads under way in {bucket}"):
            answer = s3(connection).list_multipart_uploads(Bucket=bucket, Prefix=prefix, **more)
        for item in answer.get("Uploads", []):
            yield SeenUpload(item["Key"], item["UploadId"], item["Initiated"])
        if not answer["IsTruncated"]:
            return
        more = {"KeyMarker": answer["NextKeyMarker"], "UploadIdMarker": answer["NextUploadIdMarker"]}


def get_object_acl(connection: Connection, *, bucket: str, key: str) -> Acl:
    with translated(f"read who may read {key}"):
        answer: Any = s3(connection).get_object_acl(Bucket=bucket, Key=key)
    grants = [
        Grant(grant["Grantee"].get("ID") or grant["Grantee"].get("URI", ""), grant["Permission"])
        for grant in answer.get("Grants", [])
    ]
    return Acl(answer["Owner"]["ID"], tuple(grants))


def put_object_acl_grants(connection: Connection, *, bucket: str, key: str, acl: Acl) -> None:
    """Replace the object's ACL. Raises AwsError (AccessControlListNotSupported) where the bucket has ACLs off."""
    grants: Any = [
        {
            "Grantee": {"Type": "Group", "URI": grant.grantee}
            if grant.is_group
            else {"Type": "CanonicalUser", "ID": grant.grantee},
            "Permission": grant.permission,
        }
        for grant in acl.grants
    ]
    with translated(f"change who may read {key}"):
        s3(connection).put_object_acl(
            Bucket=bucket, Key=key, AccessControlPolicy={"Owner": {"ID": acl.owner}, "Grants": grants}, ChecksumAlgorithm="CRC32"
        )


def list_objects(connection: Connection, *, bucket: str, prefix: str = "") -> Iterator[ListedObject]:
    """All objects under a prefix, 1,000 a call."""
    more: Any = {}
    while True:
        with translated(f"list the objects in {bucket}"):
            answer = s3(connection).list_objects_v2(Bucket=bucket, Prefix=prefix, **more)
        for item in answer.get("Contents", []):
            yield ListedObject(item["Key"], item["Size"], item["ETag"].strip('"'), item["LastModified"])
        if not answer["IsTruncated"]:
            return
        more = {"ContinuationToken": answer["NextContinuationToken"]}


def list_object_page(
    connection: Connection, *, bucket: str, prefix: str = "", after: str = "", most: int = 1000
) -> tuple[list[ListedObject], bool]:
    """At most 1,000 objects whose keys come after `after`, and whether more follow. A key is a position that never expires."""
    with translated(f"list the objects in {bucket}"):
        answer = s3(connection).list_objects_v2(Bucket=bucket, Prefix=prefix, StartAfter=after, MaxKeys=most)
    items = answer.get("Contents", [])
    listed = [ListedObject(item["Key"], item["Size"], item["ETag"].strip('"'), item["LastModified"]) for item in items]
    return listed, answer["IsTruncated"]


def delete_object(connection: Connection, *, bucket: str, key: str) -> None:
    """Delete it. S3 answers the same where it was not there."""
    with translated(f"delete {key}"):
        s3(connection).delete_object(Bucket=bucket, Key=key)
