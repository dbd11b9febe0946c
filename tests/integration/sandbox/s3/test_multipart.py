"""Uploads in parts. Source: S3 User Guide, "Uploading and copying objects using multipart upload"."""

from __future__ import annotations

import base64
import hashlib
import uuid
from dataclasses import dataclass, field
from typing import Any

import pytest
from awscrt import checksums

from tests.integration.sandbox.conftest import make_bucket, refused

MB = 1024**2
BIG, SMALL = b"a" * (5 * MB), b"the end"


def crc64(data: bytes) -> str:
    return base64.b64encode(checksums.crc64nvme(data).to_bytes(8, "big")).decode()


def sha256(data: bytes) -> str:
    return base64.b64encode(hashlib.sha256(data).digest()).decode()


@dataclass
class Uploading:
    s3: Any
    bucket: str
    key: str
    id: str = ""
    parts: dict[int, dict[str, Any]] = field(default_factory=dict)

    @property
    def names(self) -> dict[str, str]:
        return {"Bucket": self.bucket, "Key": self.key, "UploadId": self.id}

    def put(self, number: int, data: bytes, **more: Any) -> dict[str, Any]:
        answer: dict[str, Any] = self.s3.upload_part(**self.names, PartNumber=number, Body=data, **more)
        kept = {name: value for name, value in answer.items() if name.startswith("Checksum") or name == "ETag"}
        self.parts[number] = {"PartNumber": number, **kept}
        return answer

    def complete(self, *, parts: list[dict[str, Any]] | None = None, **more: Any) -> dict[str, Any]:
        named = {"Parts": [self.parts[number] for number in sorted(self.parts)] if parts is None else parts}
        answer: dict[str, Any] = self.s3.complete_multipart_upload(**self.names, MultipartUpload=named, **more)
        return answer


@pytest.fixture
def start(s3: Any, bucket: str) -> Any:
    def begin(**more: Any) -> Uploading:
        upload = Uploading(s3, bucket, f"k/{uuid.uuid4().hex}")
        upload.id = s3.create_multipart_upload(Bucket=bucket, Key=upload.key, **more)["UploadId"]
        return upload

    return begin


def test_parts_become_one_object(s3: Any, bucket: str, start: Any) -> None:
    upload = start(ContentType="video/mp4", CacheControl="max-age=5", ChecksumAlgorithm="CRC64NVME", ChecksumType="FULL_OBJECT")
    assert upload.put(7, SMALL, ChecksumCRC64NVME=crc64(SMALL))["ChecksumCRC64NVME"] == crc64(SMALL)
    upload.put(1, b"overwritten", ChecksumAlgorithm="CRC64NVME")
    upload.put(1, BIG, ChecksumCRC64NVME=crc64(BIG))
    with refused("NoSuchKey"):
        s3.get_object(Bucket=bucket, Key=upload.key)
    answer = upload.complete(ChecksumCRC64NVME=crc64(BIG + SMALL), MpuObjectSize=len(BIG + SMALL), IfNoneMatch="*")
    digests = hashlib.md5(BIG).digest() + hashlib.md5(SMALL).digest()
    assert answer["ETag"] == f'"{hashlib.md5(digests).hexdigest()}-2"'
    assert answer["ChecksumCRC64NVME"] == crc64(BIG + SMALL)
    head = s3.head_object(Bucket=bucket, Key=upload.key, ChecksumMode="ENABLED")
    assert (head["ContentLength"], head["ContentType"], head["CacheControl"]) == (len(BIG + SMALL), "video/mp4", "max-age=5")
    assert (head["ChecksumType"], head["ChecksumCRC64NVME"]) == ("FULL_OBJECT", crc64(BIG + SMALL))
    across = s3.get_object(Bucket=bucket, Key=upload.key, Range=f"bytes={len(BIG) - 2}-{len(BIG) + 2}")
    assert across["Body"].read() == b"aathe"


def _unknown(upload: Uploading) -> list[dict[str, Any]]:
    return [{"PartNumber": 9, "ETag": '"0"'}]


def _wrong_etag(upload: Uploading) -> list[dict[str, Any]]:
    return [{**upload.parts[1], "ETag": f'"{"0" * 32}"'}]


def _wrong_checksum(upload: Uploading) -> list[dict[str, Any]]:
    return [{**upload.parts[1], "ChecksumCRC64NVME": crc64(b"other")}]


def _descending(upload: Uploading) -> list[dict[str, Any]]:
    return [upload.parts[2], upload.parts[1]]


def _twice(upload: Uploading) -> list[dict[str, Any]]:
    return [upload.parts[1], upload.parts[1]]


def _all(upload: Uploading) -> list[dict[str, Any]]:
    return [upload.parts[1], upload.parts[2]]


def _none(upload: Uploading) -> list[dict[str, Any]]:
    return []


@pytest.mark.parametrize(
    ("named", "code"),
    [
        (_unknown, "InvalidPart"),
        (_wrong_etag, "InvalidPart"),
        (_wrong_checksum, "InvalidPart"),
        (_descending, "InvalidPartOrder"),
        (_twice, "InvalidPartOrder"),
        (_all, "EntityTooSmall"),
        (_none, "MalformedXML"),
    ],
)
def test_parts_that_cannot_be_completed(s3: Any, bucket: str, start: Any, named: Any, code: str) -> None:
    upload = start()
    upload.put(1, SMALL, ChecksumAlgorithm="CRC64NVME")
    upload.put(2, SMALL, ChecksumAlgorithm="CRC64NVME")
    with refused(code, 400):
        upload.complete(parts=named(upload))
    upload.complete(parts=[upload.parts[2]])
    assert s3.get_object(Bucket=bucket, Key=upload.key)["Body"].read() == SMALL


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"ChecksumCRC64NVME": crc64(b"other"), "ChecksumType": "FULL_OBJECT"}, "BadDigest"),
        ({"MpuObjectSize": 3}, "InvalidRequest"),
    ],
)
def test_an_object_that_is_not_what_was_said(s3: Any, bucket: str, start: Any, more: dict[str, Any], code: str) -> None:
    upload = start(ChecksumAlgorithm="CRC64NVME")
    upload.put(1, SMALL, ChecksumAlgorithm="CRC64NVME")
    with refused(code, 400):
        upload.complete(**more)
    with refused("NoSuchKey"):
        s3.get_object(Bucket=bucket, Key=upload.key)


def test_a_key_that_must_be_new(s3: Any, bucket: str, start: Any) -> None:
    upload = start()
    upload.put(1, SMALL)
    s3.put_object(Bucket=bucket, Key=upload.key, Body=b"first")
    with refused("PreconditionFailed", 412):
        upload.complete(IfNoneMatch="*")
    assert s3.get_object(Bucket=bucket, Key=upload.key)["Body"].read() == b"first"
    upload.complete()  # the parts are still there
    assert s3.get_object(Bucket=bucket, Key=upload.key)["Body"].read() == SMALL


@pytest.mark.parametrize("number", [0, 10_001, -1])
def test_part_numbers(start: Any, number: int) -> None:
    with refused("InvalidArgument", 400):
        start().put(number, SMALL)


@pytest.mark.parametrize("given", [{"ChecksumSHA256": sha256(b"other")}, {"ChecksumCRC64NVME": crc64(b"other")}])
def test_a_part_with_a_flipped_bit(start: Any, given: dict[str, str]) -> None:
    algorithm = next(iter(given)).removeprefix("Checksum")
    upload = start(ChecksumAlgorithm=algorithm)
    with refused("BadDigest", 400):
        upload.put(1, SMALL, **given)
    assert "Parts" not in upload.s3.list_parts(**upload.names)


def test_a_composite_checksum(s3: Any, bucket: str, start: Any) -> None:
    upload = start(ChecksumAlgorithm="SHA256")
    with refused("InvalidRequest", 400):
        upload.put(1, BIG, ChecksumCRC64NVME=crc64(BIG))
    upload.put(1, BIG, ChecksumSHA256=sha256(BIG))
    upload.put(2, SMALL, ChecksumSHA256=sha256(SMALL))
    with refused("InvalidRequest", 400):
        upload.complete(parts=[{"PartNumber": n, "ETag": upload.parts[n]["ETag"]} for n in (1, 2)])
    both = hashlib.sha256(BIG).digest() + hashlib.sha256(SMALL).digest()
    assert upload.complete()["ChecksumSHA256"] == f"{sha256(both)}-2"
    assert s3.head_object(Bucket=bucket, Key=upload.key, ChecksumMode="ENABLED")["ChecksumType"] == "COMPOSITE"


@pytest.mark.parametrize(("algorithm", "kind"), [("CRC64NVME", "COMPOSITE"), ("SHA256", "FULL_OBJECT"), ("SHA1", "FULL_OBJECT")])
def test_checksum_types_that_do_not_go_together(s3: Any, bucket: str, algorithm: str, kind: str) -> None:
    with refused("InvalidRequest", 400):
        s3.create_multipart_upload(Bucket=bucket, Key="k", ChecksumAlgorithm=algorithm, ChecksumType=kind)


@pytest.mark.parametrize("end", ["aborted", "unknown", "other key"])
def test_an_upload_that_is_not_there(s3: Any, start: Any, end: str) -> None:
    upload = start()
    upload.put(1, SMALL)
    if end == "aborted":
        s3.abort_multipart_upload(**upload.names)
    elif end == "unknown":
        upload.id = "nothing"
    else:
        upload.key += "x"
    for call in (lambda: upload.put(2, SMALL), upload.complete, lambda: s3.list_parts(**upload.names)):
        with refused("NoSuchUpload", 404):
            call()
    with refused("NoSuchUpload", 404):
        s3.abort_multipart_upload(**upload.names)


def test_completing_twice_answers_the_same_while_the_object_stands(s3: Any, bucket: str, start: Any) -> None:
    upload = start()
    upload.put(1, SMALL)
    first = upload.complete()
    assert upload.complete()["ETag"] == first["ETag"]
    s3.put_object(Bucket=bucket, Key=upload.key, Body=b"newer")
    with refused("NoSuchUpload", 404):
        upload.complete()
    assert s3.get_object(Bucket=bucket, Key=upload.key)["Body"].read() == b"newer"


def test_listing_parts(s3: Any, start: Any) -> None:
    upload = start()
    for number in (3, 1, 2):
        upload.put(number, SMALL * number)
    first = s3.list_parts(**upload.names, MaxParts=2)
    assert ([part["PartNumber"] for part in first["Parts"]], first["IsTruncated"]) == ([1, 2], True)
    rest = s3.list_parts(**upload.names, PartNumberMarker=first["NextPartNumberMarker"])
    assert [(part["PartNumber"], part["Size"]) for part in rest["Parts"]] == [(3, len(SMALL) * 3)]
    for wrong in ({"MaxParts": -1}, {"PartNumberMarker": -1}):
        with refused("InvalidArgument", 400):
            s3.list_parts(**upload.names, **wrong)


def test_listing_uploads(s3: Any) -> None:
    name = make_bucket(s3)
    made = sorted((key, s3.create_multipart_upload(Bucket=name, Key=key)["UploadId"]) for key in ("a", "b", "b", "b", "c/d"))
    found = []
    marker: dict[str, str] = {}
    for _ in made:
        page = s3.list_multipart_uploads(Bucket=name, MaxUploads=1, **marker)
        found += [(upload["Key"], upload["UploadId"]) for upload in page["Uploads"]]
        if not page["IsTruncated"]:
            break
        marker = {"KeyMarker": page["NextKeyMarker"], "UploadIdMarker": page["NextUploadIdMarker"]}
    assert found == made
    past = s3.list_multipart_uploads(Bucket=name, KeyMarker="b")
    assert [upload["Key"] for upload in past["Uploads"]] == ["c/d"]
    assert [upload["Key"] for upload in s3.list_multipart_uploads(Bucket=name, Prefix="c/")["Uploads"]] == ["c/d"]
