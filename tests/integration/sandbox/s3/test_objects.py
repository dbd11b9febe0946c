"""Objects: keys, bytes, conditions, ranges, checksums.

Sources: S3 User Guide, "Naming Amazon S3 objects", "Checking object integrity in Amazon S3",
"How to prevent object overwrites with conditional writes"; API Reference, "GetObject", "PutObject".
"""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import httpx
import pytest
from awscrt import checksums

from tests.integration.sandbox.conftest import fresh, refused

BODY = bytes(range(256)) * 40
SHA256 = base64.b64encode(hashlib.sha256(BODY).digest()).decode()
CRC64 = base64.b64encode(checksums.crc64nvme(BODY).to_bytes(8, "big")).decode()
OLD, COMING = "Sat, 01 Jan 2000 00:00:00 GMT", "Fri, 01 Jan 2100 00:00:00 GMT"

KEYS = [
    "plain",
    "with spaces and  two",
    "quotes \"double\" and 'single'",
    "plus+and%20percent",
    "../up",
    "a/../b",
    "./here",
    "a//b",
    "/leading",
    "trailing/",
    "question?mark#hash&amp=1;",
    "ünïcødé/日本/🎬.mp4",
    "back\\slash",
    "line\r\nbreak\ttab",
    "k" * 1024,
    "é" * 512,
    "policy",
]


@pytest.mark.parametrize("key", KEYS)
def test_a_key_is_bytes_and_nothing_else(s3: Any, bucket: str, key: str) -> None:
    s3.put_object(Bucket=bucket, Key=key, Body=key.encode())
    assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == key.encode()
    url = s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": key})
    if ".." not in key and "./" not in key:  # httpx resolves dots before it sends
        assert httpx.get(url).content == key.encode()
    assert [item["Key"] for item in s3.list_objects_v2(Bucket=bucket, Prefix=key)["Contents"]] == [key]
    answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": key}]})
    assert [item["Key"] for item in answer["Deleted"]] == [key]
    with refused("NoSuchKey", 404):
        s3.get_object(Bucket=bucket, Key=key)


def test_a_key_that_is_too_long_or_no_text(s3: Any, bucket: str, ask: Any) -> None:
    for key in ("k" * 1025, "é" * 512 + "k"):
        with refused("KeyTooLongError", 400):
            s3.put_object(Bucket=bucket, Key=key, Body=b"")
    assert ask(f"/{bucket}/%ff").code == "InvalidURI"


@pytest.fixture(scope="module")
def key(s3: Any, bucket: str) -> str:
    s3.put_object(Bucket=bucket, Key="film.mp4", Body=BODY, ContentType="video/mp4", ChecksumAlgorithm="SHA256")
    return "film.mp4"


ETAG = f'"{hashlib.md5(BODY).hexdigest()}"'


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("bytes=0-0", 0, 0),
        ("bytes=0-99", 0, 99),
        ("bytes=100-", 100, 10_239),
        ("bytes=-1", 10_239, 10_239),
        ("bytes=-99999", 0, 10_239),
        ("bytes=10239-99999", 10_239, 10_239),
    ],
)
def test_ranges(s3: Any, bucket: str, key: str, asked: str, first: int, last: int) -> None:
    answer = s3.get_object(Bucket=bucket, Key=key, Range=asked)
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 206
    assert answer["ContentRange"] == f"bytes {first}-{last}/10240"
    assert answer["ContentLength"] == last - first + 1
    assert answer["Body"].read() == BODY[first : last + 1]


@pytest.mark.parametrize("asked", ["bytes=10240-", "bytes=99999-100000", "bytes=-0"])
def test_ranges_that_cannot_be(s3: Any, bucket: str, key: str, asked: str) -> None:
    with refused("InvalidRange", 416):
        s3.get_object(Bucket=bucket, Key=key, Range=asked)


@pytest.mark.parametrize("asked", ["bytes=5-2", "bytes=0-1,3-4", "lines=1-2", "bytes=x"])
def test_what_is_no_single_range_gives_the_whole(s3: Any, bucket: str, key: str, asked: str) -> None:
    assert s3.get_object(Bucket=bucket, Key=key, Range=asked)["ContentLength"] == 10_240


@pytest.mark.parametrize(
    ("condition", "code"),
    [
        ({"IfMatch": ETAG}, ""),
        ({"IfMatch": "*"}, ""),
        ({"IfMatch": '"0"'}, "PreconditionFailed"),
        ({"IfNoneMatch": '"0"'}, ""),
        ({"IfNoneMatch": ETAG}, "304"),
        ({"IfNoneMatch": "*"}, "304"),
        ({"IfModifiedSince": OLD}, ""),
        ({"IfModifiedSince": COMING}, "304"),
        ({"IfUnmodifiedSince": COMING}, ""),
        ({"IfUnmodifiedSince": OLD}, "PreconditionFailed"),
        ({"IfMatch": ETAG, "IfUnmodifiedSince": OLD}, ""),
        ({"IfNoneMatch": ETAG, "IfModifiedSince": OLD}, "304"),
        ({"IfNoneMatch": '"0"', "IfModifiedSince": COMING}, ""),
    ],
)
@pytest.mark.parametrize("method", ["get_object", "head_object"])
def test_conditional_reads(s3: Any, bucket: str, key: str, method: str, condition: dict[str, str], code: str) -> None:
    if not code:
        assert getattr(s3, method)(Bucket=bucket, Key=key, **condition)["ETag"] == ETAG
        return
    if method == "head_object" and code == "PreconditionFailed":
        code = "412"
    with refused(code, 304 if code == "304" else 412):
        getattr(s3, method)(Bucket=bucket, Key=key, **condition)


def test_conditional_writes(s3: Any, bucket: str) -> None:
    key = fresh("key")
    with refused("NoSuchKey", 404):
        s3.put_object(Bucket=bucket, Key=key, Body=b"0", IfMatch='"0"')
    first = s3.put_object(Bucket=bucket, Key=key, Body=b"1", IfNoneMatch="*")
    with refused("PreconditionFailed", 412):
        s3.put_object(Bucket=bucket, Key=key, Body=b"2", IfNoneMatch="*")
    with refused("NotImplemented", 501):
        s3.put_object(Bucket=bucket, Key=key, Body=b"2", IfNoneMatch='"0"')
    with refused("PreconditionFailed", 412):
        s3.put_object(Bucket=bucket, Key=key, Body=b"2", IfMatch='"0"')
    assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == b"1"
    s3.put_object(Bucket=bucket, Key=key, Body=b"2", IfMatch=first["ETag"])
    assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == b"2"


def test_what_an_object_keeps(s3: Any, bucket: str) -> None:
    given = {
        "ContentType": "video/mp4",
        "CacheControl": "max-age=5",
        "ContentDisposition": 'attachment; filename="a.mp4"',
        "ContentEncoding": "gzip",
        "ContentLanguage": "de",
        "Metadata": {"title": "one"},
    }
    s3.put_object(Bucket=bucket, Key="kept", Body=b"x", **given)
    answer = s3.head_object(Bucket=bucket, Key="kept")
    assert {name: answer[name] for name in given} == given
    s3.copy_object(Bucket=bucket, Key="copy", CopySource=f"{bucket}/kept")
    assert s3.head_object(Bucket=bucket, Key="copy")["Metadata"] == {"title": "one"}
    with refused("InvalidRequest", 400):
        s3.copy_object(Bucket=bucket, Key="kept", CopySource=f"{bucket}/kept")
    s3.copy_object(Bucket=bucket, Key="kept", CopySource=f"{bucket}/kept", MetadataDirective="REPLACE", ContentType="a/b")
    changed = s3.head_object(Bucket=bucket, Key="kept")
    assert (changed["ContentType"], changed["Metadata"]) == ("a/b", {})
    with refused("MetadataTooLarge", 400):
        s3.put_object(Bucket=bucket, Key="fat", Body=b"", Metadata={"m": "x" * 2048})


def test_every_object_is_encrypted_by_s3s_keys_unless_asked(s3: Any, bucket: str) -> None:
    assert s3.put_object(Bucket=bucket, Key="e", Body=b"")["ServerSideEncryption"] == "AES256"
    assert s3.head_object(Bucket=bucket, Key="e")["ServerSideEncryption"] == "AES256"
    for call in (s3.put_object, s3.create_multipart_upload):
        with refused("NotImplemented", 501):
            call(Bucket=bucket, Key="e", SSECustomerAlgorithm="AES256", SSECustomerKey="k" * 32)


def test_an_object_without_a_type_and_an_empty_one(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="empty", Body=b"")
    answer = s3.get_object(Bucket=bucket, Key="empty")
    assert (answer["ContentLength"], answer["ContentType"]) == (0, "binary/octet-stream")
    with refused("InvalidRange", 416):
        s3.get_object(Bucket=bucket, Key="empty", Range="bytes=0-")


@pytest.mark.parametrize(
    "checksum", [{"ChecksumSHA256": SHA256}, {"ChecksumCRC64NVME": CRC64}, {"ContentMD5": "XrY7u+Ae7tCTyyK7j1rNww=="}]
)
def test_bytes_that_do_not_match_their_checksum(s3: Any, bucket: str, checksum: dict[str, str]) -> None:
    key = fresh("key")
    with refused("BadDigest", 400):
        s3.put_object(Bucket=bucket, Key=key, Body=BODY[:-1] + b"!", **checksum)
    with refused("NoSuchKey"):
        s3.get_object(Bucket=bucket, Key=key)


@pytest.mark.parametrize("algorithm", ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"])
def test_a_checksum_is_taken_and_given_back(s3: Any, bucket: str, algorithm: str) -> None:
    answer = s3.put_object(Bucket=bucket, Key="summed", Body=BODY, ChecksumAlgorithm=algorithm)
    head = s3.head_object(Bucket=bucket, Key="summed", ChecksumMode="ENABLED")
    assert head[f"Checksum{algorithm}"] == answer[f"Checksum{algorithm}"]
    assert head["ChecksumType"] == "FULL_OBJECT"
    assert {"SHA256": SHA256, "CRC64NVME": CRC64}.get(algorithm, head[f"Checksum{algorithm}"]) == head[f"Checksum{algorithm}"]
    assert f"Checksum{algorithm}" not in s3.head_object(Bucket=bucket, Key="summed")


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"ChecksumSHA256": "short"}, "InvalidRequest"),
        ({"ChecksumSHA256": SHA256, "ChecksumCRC64NVME": CRC64}, "InvalidRequest"),
        ({"ContentMD5": "short"}, "InvalidDigest"),
    ],
)
def test_a_checksum_that_is_none(s3: Any, bucket: str, given: dict[str, str], code: str) -> None:
    with refused(code, 400):
        s3.put_object(Bucket=bucket, Key="summed", Body=BODY, **given)


def test_a_body_needs_its_length_and_all_of_it(s3: Any, bucket: str, ask: Any) -> None:
    url = s3.generate_presigned_url("put_object", Params={"Bucket": bucket, "Key": "cut"})
    path = url.partition("://")[2].partition("/")[2]
    assert ask(f"/{path}", "PUT").code == "MissingContentLength"
    chunked = {"Transfer-Encoding": "chunked"}
    assert ask(f"/{path}", "PUT", headers=chunked, body=b"1\r\nx\r\n0\r\n\r\n").code == "MissingContentLength"
    with refused("NoSuchKey"):
        s3.get_object(Bucket=bucket, Key="cut")


def test_deleting_what_is_not_there_is_fine(s3: Any, bucket: str) -> None:
    assert s3.delete_object(Bucket=bucket, Key=fresh("key"))["ResponseMetadata"]["HTTPStatusCode"] == 204
