"""Buckets and their settings. Source: S3 User Guide, "General purpose bucket naming rules"; API Reference, "CreateBucket"."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.conftest import RunningSandbox
from tests.integration.sandbox.conftest import Ask, fresh, make_bucket, refused


@pytest.mark.parametrize(
    "name",
    [
        "Upper-case",
        "under_score",
        "-begins",
        "ends-",
        ".begins",
        "ends.",
        "two..dots",
        "192.168.5.4",
        "xn--punycode",
        "sthree-reserved",
        "amzn-s3-demo-bucket",
        "mine-s3alias",
        "mine--ol-s3",
        "mine--x-s3",
        "mine--table-s3",
        "mine.mrap",
        "a" * 64,
    ],
)
def test_a_name_that_is_refused(s3: Any, ask: Ask, sandbox: RunningSandbox, name: str) -> None:
    with refused("InvalidBucketName", 400):
        s3.create_bucket(Bucket=name)


@pytest.mark.parametrize("name", ["abc", "2020-05-31", "with.dots-and-dashes", "a" * 63])
def test_a_name_that_is_taken(s3: Any, name: str) -> None:
    s3.create_bucket(Bucket=name)
    s3.put_object(Bucket=name, Key="distribution", Body=b"x")
    assert s3.get_object(Bucket=name, Key="distribution")["Body"].read() == b"x"
    assert name in {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]}
    s3.delete_object(Bucket=name, Key="distribution")
    s3.delete_bucket(Bucket=name)


def test_ones_own_and_anothers(s3: Any, sandbox: RunningSandbox) -> None:
    own = make_bucket(s3)
    with refused("BucketAlreadyOwnedByYou", 409):
        s3.create_bucket(Bucket=own)
    foreign = fresh("foreign")
    httpx.post(f"{sandbox.url}/_sandbox/foreign-buckets", json={"name": foreign}).raise_for_status()
    with refused("BucketAlreadyExists", 409):
        s3.create_bucket(Bucket=foreign)
    with refused("AccessDenied", 403):
        s3.list_objects_v2(Bucket=foreign)
    with refused("403", 403):
        s3.head_bucket(Bucket=foreign)
    assert foreign not in {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]}


MISSING: list[tuple[str, dict[str, Any]]] = [
    ("list_objects_v2", {}),
    ("list_objects", {}),
    ("get_object", {"Key": "k"}),
    ("put_object", {"Key": "k", "Body": b""}),
    ("delete_object", {"Key": "k"}),
    ("create_multipart_upload", {"Key": "k"}),
    ("get_bucket_policy", {}),
    ("get_bucket_location", {}),
    ("get_public_access_block", {}),
    ("delete_bucket", {}),
]


@pytest.mark.parametrize(("call", "arguments"), MISSING)
def test_a_bucket_that_is_not_there(s3: Any, call: str, arguments: dict[str, Any]) -> None:
    with refused("NoSuchBucket", 404):
        getattr(s3, call)(Bucket=fresh("nowhere"), **arguments)


def test_head_of_a_bucket(s3: Any) -> None:
    name = make_bucket(s3)
    assert s3.head_bucket(Bucket=name)["BucketRegion"] == "us-east-1"
    with refused("404", 404):
        s3.head_bucket(Bucket=fresh("nowhere"))


def test_only_an_empty_bucket_goes(s3: Any) -> None:
    name = make_bucket(s3)
    s3.put_object(Bucket=name, Key="k", Body=b"")
    with refused("BucketNotEmpty", 409):
        s3.delete_bucket(Bucket=name)
    s3.delete_object(Bucket=name, Key="k")
    upload = s3.create_multipart_upload(Bucket=name, Key="k")["UploadId"]
    s3.delete_bucket(Bucket=name)
    s3.create_bucket(Bucket=name)
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=name)
    with refused("NoSuchUpload", 404):
        s3.list_parts(Bucket=name, Key="k", UploadId=upload)


def test_a_bucket_of_another_region(s3: Any) -> None:
    with refused("IllegalLocationConstraintException", 400):
        s3.create_bucket(Bucket=fresh("bucket"), CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    assert s3.get_bucket_location(Bucket=make_bucket(s3))["LocationConstraint"] is None


def test_the_expected_owner(s3: Any) -> None:
    name = make_bucket(s3)
    s3.put_object(Bucket=name, Key="k", Body=b"", ExpectedBucketOwner="000000000000")
    with refused("AccessDenied", 403):
        s3.put_object(Bucket=name, Key="k", Body=b"", ExpectedBucketOwner="111111111111")
    with refused("AccessDenied", 403):
        s3.list_objects_v2(Bucket=name, ExpectedBucketOwner="111111111111")


@pytest.mark.parametrize("method", ["PUT", "DELETE", "GET"])
@pytest.mark.parametrize("query", ["versioning", "lifecycle", "website", "tagging", "object-lock", "metrics&id=1"])
def test_what_the_sandbox_has_not_is_refused_by_name(s3: Any, sandbox: RunningSandbox, method: str, query: str) -> None:
    name = make_bucket(s3)
    request = AWSRequest(method, f"{sandbox.url}/{name}?{query}", headers={"Host": f"127.0.0.1:{sandbox.port}"})
    S3SigV4Auth(Credentials("sandbox", "sandbox"), "s3", "us-east-1").add_auth(request)
    answer = httpx.request(method, str(request.url), headers=dict(request.headers.items()))
    if method == "GET" and query == "versioning":
        assert answer.status_code == 200
    else:
        assert (answer.status_code, "NotImplemented" in answer.text) == (501, True)
    s3.head_bucket(Bucket=name)


CORS = {
    "AllowedOrigins": ["https://app.example.com", "http://*.localhost:9000"],
    "AllowedMethods": ["GET", "HEAD", "PUT"],
    "AllowedHeaders": ["x-amz-*", "content-type"],
    "ExposeHeaders": ["ETag"],
    "MaxAgeSeconds": 600,
    "ID": "app",
}


@pytest.fixture(scope="module")
def shared(s3: Any) -> str:
    name = make_bucket(s3)
    s3.put_bucket_cors(Bucket=name, CORSConfiguration={"CORSRules": [CORS]})
    return name


def test_cors_is_kept_as_it_was_given(s3: Any, shared: str) -> None:
    assert s3.get_bucket_cors(Bucket=shared)["CORSRules"] == [CORS]


@pytest.mark.parametrize(
    ("origin", "method", "headers", "status"),
    [
        ("https://app.example.com", "PUT", "content-type", 200),
        ("https://app.example.com", "PUT", "Content-Type, x-amz-date", 200),
        ("https://app.example.com", "GET", "", 200),
        ("http://d1.localhost:9000", "GET", "", 200),
        ("https://app.example.com", "DELETE", "", 403),
        ("https://app.example.com", "PUT", "x-mine", 403),
        ("http://app.example.com", "GET", "", 403),
        ("https://evil.example", "GET", "", 403),
    ],
)
def test_preflights(ask: Ask, shared: str, origin: str, method: str, headers: str, status: int) -> None:
    asked = {"Origin": origin, "Access-Control-Request-Method": method, "Access-Control-Request-Headers": headers}
    answer = ask(f"/{shared}/k", "OPTIONS", headers=asked)
    assert answer.status == status
    if status == 200:
        assert answer.headers["access-control-allow-origin"] == origin
        assert method in answer.headers["access-control-allow-methods"]
        assert answer.headers["access-control-max-age"] == "600"
    else:
        assert answer.code == "AccessForbidden"
        assert "access-control-allow-origin" not in answer.headers


def test_preflights_that_are_none(s3: Any, ask: Ask, shared: str) -> None:
    assert ask(f"/{shared}/k", "OPTIONS").code == "BadRequest"
    asked = {"Origin": "https://app.example.com", "Access-Control-Request-Method": "GET"}
    assert ask(f"/{make_bucket(s3)}/k", "OPTIONS", headers=asked).code == "AccessForbidden"
    assert ask(f"/{fresh('nowhere')}/k", "OPTIONS", headers=asked).code == "NoSuchBucket"


def test_answers_and_refusals_carry_cors_for_those_who_may(s3: Any, ask: Ask, shared: str) -> None:
    s3.put_object(Bucket=shared, Key="k", Body=b"x")
    url = s3.generate_presigned_url("get_object", Params={"Bucket": shared, "Key": "k"})
    good = httpx.get(url, headers={"Origin": "https://app.example.com"})
    assert good.headers["access-control-allow-origin"] == "https://app.example.com"
    assert good.headers["access-control-expose-headers"] == "ETag"
    assert "access-control-allow-origin" not in httpx.get(url, headers={"Origin": "https://evil.example"}).headers
    assert ask(f"/{shared}/k", headers={"Origin": "https://app.example.com"}).headers["access-control-allow-origin"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"AllowedMethods": ["PATCH"]}, "InvalidRequest"),
        ({"AllowedOrigins": ["http://*.*.example"]}, "InvalidRequest"),
        ({"AllowedOrigins": []}, "MalformedXML"),
        ({"AllowedMethods": []}, "MalformedXML"),
    ],
)
def test_cors_rules_that_are_refused(s3: Any, change: dict[str, Any], code: str) -> None:
    name = make_bucket(s3)
    with refused(code, 400):
        s3.put_bucket_cors(Bucket=name, CORSConfiguration={"CORSRules": [{**CORS, **change}]})
    with refused("NoSuchCORSConfiguration", 404):
        s3.get_bucket_cors(Bucket=name)
