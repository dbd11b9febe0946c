"""Who may read: ACL, bucket policy, Block Public Access and Object Ownership together.

Sources: S3 User Guide, "Blocking public access to your Amazon S3 storage", "Controlling ownership of objects",
"Bucket policies"; IAM User Guide, "Policy evaluation logic".
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.integration.sandbox.conftest import Ask, fresh, make_bucket, refused

SWITCHES = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
OWNER = "75aa57f09aa0c8caeab4f8c24e99d10f8e7faeebf76c078efc7c6caea54ba06a"


def statement(bucket: str, *, action: Any = "s3:GetObject", resource: str = "/*", **more: Any) -> dict[str, Any]:
    resources = {"Resource": f"arn:aws:s3:::{bucket}{resource}"}
    return {"Effect": "Allow", "Principal": "*", "Action": action, **resources, **more}


def put_policy(s3: Any, bucket: str, *statements: dict[str, Any]) -> None:
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": list(statements)}))


def set_block(s3: Any, bucket: str, *on: str) -> None:
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration={name: name in on for name in SWITCHES})


@pytest.fixture
def policed(s3: Any) -> str:
    """A bucket without Block Public Access, ACLs off, one object "a/1"."""
    name = make_bucket(s3, block=False)
    s3.put_object(Bucket=name, Key="a/1", Body=b"data")
    return name


@pytest.fixture
def listed(s3: Any) -> str:
    """A bucket without Block Public Access where ACLs work, one private object "a/1"."""
    name = make_bucket(s3, ownership="BucketOwnerPreferred", block=False)
    s3.put_object(Bucket=name, Key="a/1", Body=b"data")
    return name


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/a/1", 403),
        ("HEAD", "/a/1", 403),
        ("GET", "/missing", 403),
        ("GET", "", 403),
        ("HEAD", "", 403),
        ("GET", "?list-type=2", 403),
        ("GET", "?acl", 403),
        ("GET", "/a/1?acl", 403),
        ("GET", "/missing?acl", 403),
        ("GET", "?policy", 403),
        ("GET", "?uploads", 403),
        ("PUT", "/b", 403),
        ("DELETE", "/a/1", 403),
        ("POST", "/b?uploads", 403),
        ("DELETE", "", 403),
    ],
)
def test_nobody_known_may_do_nothing(policed: str, ask: Ask, method: str, path: str, status: int) -> None:
    answer = ask(f"/{policed}{path}", method, body=b"x" if method == "PUT" else b"")
    assert (answer.status, answer.code) == (status, "" if method == "HEAD" else "AccessDenied")


def test_nobody_known_may_list_buckets(ask: Ask) -> None:
    assert ask("/").code == "AccessDenied"
    assert ask(f"/{fresh('bucket')}/x").code == "NoSuchBucket"


EVERYBODY_READS: list[tuple[dict[str, Any], dict[str, int]]] = [
    ({}, {"/a/1": 200, "/missing": 403, "": 403}),
    ({"resource": "/a/*"}, {"/a/1": 200, "/b/1": 403}),
    ({"resource": "/a/?"}, {"/a/1": 200}),
    ({"resource": "/A/*"}, {"/a/1": 403}),
    ({"action": "s3:*"}, {"/a/1": 200, "": 403}),
    ({"action": "s3:getobject"}, {"/a/1": 200}),
    ({"action": "s3:ListBucket", "resource": ""}, {"": 200, "/a/1": 403, "/missing": 404}),
    ({"Principal": {"AWS": "*"}}, {"/a/1": 200}),
    ({"Principal": {"AWS": "000000000000"}}, {"/a/1": 403}),
    ({"Principal": {"Service": "cloudfront.amazonaws.com"}}, {"/a/1": 403}),
    ({"Condition": {"IpAddress": {"aws:SourceIp": "127.0.0.0/8"}}}, {"/a/1": 200}),
    ({"Condition": {"IpAddress": {"aws:SourceIp": ["10.0.0.0/8", "127.0.0.1/32"]}}}, {"/a/1": 200}),
    ({"Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}}, {"/a/1": 403}),
    ({"Condition": {"NotIpAddress": {"aws:SourceIp": "127.0.0.0/8"}}}, {"/a/1": 403}),
    ({"Condition": {"StringLike": {"aws:UserAgent": "player/*"}}}, {"/a/1": 403}),
    ({"Condition": {"Null": {"aws:SourceArn": "true"}}}, {"/a/1": 200}),
    ({"Condition": {"Bool": {"aws:SecureTransport": "true"}}}, {"/a/1": 403}),
    ({"Condition": {"StringNotEqualsIgnoreCase": {"aws:UserAgent": "Player"}}}, {"/a/1": 200}),
    (
        {"action": "s3:ListBucket", "resource": "", "Condition": {"StringLike": {"s3:prefix": "a/*"}}},
        {"?list-type=2&prefix=a/": 200, "?list-type=2&prefix=b/": 403, "": 403},
    ),
    ({"Condition": {"StringEquals": {"aws:SourceArn": "arn:x"}}}, {"/a/1": 403}),
    ({"Condition": {"StringEqualsIfExists": {"aws:SourceArn": "arn:x"}}}, {"/a/1": 200}),
]


@pytest.mark.parametrize(("change", "expected"), EVERYBODY_READS)
def test_a_policy_opens_what_it_names(s3: Any, policed: str, ask: Ask, change: dict[str, Any], expected: dict[str, int]) -> None:
    put_policy(s3, policed, statement(policed, **change))
    assert {path: ask(f"/{policed}{path}").status for path in expected} == expected


def test_a_deny_wins_even_over_the_owner_who_may_still_mend_it(s3: Any, policed: str, ask: Ask) -> None:
    put_policy(s3, policed, statement(policed), statement(policed, Effect="Deny", action="s3:*", resource="*"))
    assert ask(f"/{policed}/a/1").status == 403
    with refused("AccessDenied", 403):
        s3.get_object(Bucket=policed, Key="a/1")
    with refused("AccessDenied", 403):
        s3.delete_bucket(Bucket=policed)
    assert s3.get_bucket_policy(Bucket=policed)["Policy"]
    s3.delete_bucket_policy(Bucket=policed)
    assert s3.get_object(Bucket=policed, Key="a/1")["Body"].read() == b"data"


def test_deleting_many_asks_for_each(s3: Any, policed: str) -> None:
    s3.put_object(Bucket=policed, Key="b/1", Body=b"")
    put_policy(s3, policed, statement(policed, Effect="Deny", action="s3:DeleteObject", resource="/a/*"))
    answer = s3.delete_objects(Bucket=policed, Delete={"Objects": [{"Key": "a/1"}, {"Key": "b/1"}]})
    assert [item["Key"] for item in answer["Deleted"]] == ["b/1"]
    assert [(item["Key"], item["Code"]) for item in answer["Errors"]] == [("a/1", "AccessDenied")]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"Effect": "Maybe"}, "MalformedPolicy"),
        ({"Principal": "nobody"}, "MalformedPolicy"),
        ({"Principal": {"AWS": "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity ENOTTHERE"}}, "MalformedPolicy"),
        ({"Principal": {"AWS": "someone"}}, "MalformedPolicy"),
        ({"Principal": {"CanonicalUser": "me"}}, "MalformedPolicy"),
        ({"Principal": {}}, "MalformedPolicy"),
        ({"Action": "ec2:RunInstances"}, "MalformedPolicy"),
        ({"Resource": "arn:aws:s3:::another-bucket/*"}, "MalformedPolicy"),
        ({"action": "s3:GetObject", "resource": ""}, "MalformedPolicy"),
        ({"action": "s3:ListBucket", "resource": "/*"}, "MalformedPolicy"),
        ({"NotAction": "s3:GetObject"}, "MalformedPolicy"),
        ({"Condition": {"StringIsh": {"aws:SourceArn": "x"}}}, "MalformedPolicy"),
        ({"Condition": "none"}, "MalformedPolicy"),
        ({"Condition": {"StringEquals": {"aws:SourceArn": "x" * 21_000}}}, "PolicyTooLarge"),
    ],
)
def test_a_malformed_policy(s3: Any, policed: str, change: dict[str, Any], code: str) -> None:
    with refused(code, 400):
        put_policy(s3, policed, statement(policed, **change))
    with refused("NoSuchBucketPolicy", 404):
        s3.get_bucket_policy(Bucket=policed)


@pytest.mark.parametrize("text", ["", "not json", "[]", '{"Version": "2012-10-17", "Statement": []}', '{"Statement": ["x"]}'])
def test_a_policy_that_is_none(s3: Any, policed: str, text: str) -> None:
    with refused("MalformedPolicy", 400):
        s3.put_bucket_policy(Bucket=policed, Policy=text)


def test_a_policy_with_two_statements_of_one_sid(s3: Any, policed: str) -> None:
    with refused("MalformedPolicy", 400):
        put_policy(s3, policed, statement(policed, Sid="x"), statement(policed, Sid="x"))


@pytest.mark.parametrize(
    ("change", "public"),
    [
        ({}, True),
        ({"Principal": {"AWS": "*"}}, True),
        ({"Principal": {"AWS": "arn:aws:iam::000000000000:root"}}, False),
        ({"Principal": {"Service": "cloudfront.amazonaws.com"}}, False),
        ({"Effect": "Deny"}, False),
        ({"Condition": {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}}, False),
        ({"Condition": {"IpAddress": {"aws:SourceIp": "0.0.0.0/1"}}}, True),
        ({"Condition": {"IpAddress": {"aws:SourceIp": ["192.0.2.0/24", "::/0"]}}}, True),
        ({"Condition": {"StringEquals": {"aws:SourceVpc": "vpc-1"}}}, False),
        ({"Condition": {"StringNotEquals": {"aws:SourceVpc": "vpc-1"}}}, True),
        ({"Condition": {"StringLike": {"aws:SourceVpc": "vpc-*"}}}, True),
        ({"Condition": {"StringLike": {"aws:UserAgent": "mine"}}}, True),
        ({"Condition": {"Null": {"aws:SourceArn": "true"}}}, True),
        ({"Condition": {"StringEquals": {"aws:SourceArn": "arn:${aws:userid}"}}}, True),
        ({"Condition": {"StringEquals": {"aws:userid": "AIDAEXAMPLE"}}}, False),
        ({"Principal": {"Federated": "cognito-identity.amazonaws.com"}}, True),
    ],
)
def test_what_public_means_and_that_it_is_blocked(s3: Any, policed: str, change: dict[str, Any], public: bool) -> None:
    put_policy(s3, policed, statement(policed, **change))
    assert s3.get_bucket_policy_status(Bucket=policed)["PolicyStatus"]["IsPublic"] is public
    s3.delete_bucket_policy(Bucket=policed)
    set_block(s3, policed, "BlockPublicPolicy")
    if public:
        with refused("AccessDenied", 403):
            put_policy(s3, policed, statement(policed, **change))
    else:
        put_policy(s3, policed, statement(policed, **change))


def test_restrict_public_buckets_shuts_a_public_policy(s3: Any, policed: str, ask: Ask) -> None:
    put_policy(s3, policed, statement(policed))
    assert ask(f"/{policed}/a/1").status == 200
    set_block(s3, policed, "RestrictPublicBuckets")
    assert ask(f"/{policed}/a/1").status == 403
    assert s3.get_object(Bucket=policed, Key="a/1")["Body"].read() == b"data"
    set_block(s3, policed, "BlockPublicPolicy")  # what stands already goes on
    assert ask(f"/{policed}/a/1").status == 200


def test_block_public_acls(s3: Any, listed: str) -> None:
    set_block(s3, listed, "BlockPublicAcls")
    for acl in ("public-read", "public-read-write", "authenticated-read"):
        with refused("AccessDenied", 403):
            s3.put_object(Bucket=listed, Key="b", Body=b"", ACL=acl)
        with refused("AccessDenied", 403):
            s3.put_object_acl(Bucket=listed, Key="a/1", ACL=acl)
        with refused("AccessDenied", 403):
            s3.put_bucket_acl(Bucket=listed, ACL=acl)
    s3.put_object(Bucket=listed, Key="b", Body=b"", ACL="private")


def test_ignore_public_acls(s3: Any, listed: str, ask: Ask) -> None:
    s3.put_object_acl(Bucket=listed, Key="a/1", ACL="public-read")
    assert ask(f"/{listed}/a/1").status == 200
    set_block(s3, listed, "IgnorePublicAcls")
    assert ask(f"/{listed}/a/1").status == 403
    set_block(s3, listed)
    assert ask(f"/{listed}/a/1").status == 200


def test_new_buckets_are_shut_and_their_acls_off(s3: Any) -> None:
    name = fresh("bucket")
    s3.create_bucket(Bucket=name)
    block = s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"]
    assert block == dict.fromkeys(SWITCHES, True)
    rules = s3.get_bucket_ownership_controls(Bucket=name)["OwnershipControls"]["Rules"]
    assert rules == [{"ObjectOwnership": "BucketOwnerEnforced"}]
    with refused("AccessDenied", 403):
        put_policy(s3, name, statement(name))


def test_a_block_that_was_taken_off(s3: Any, policed: str) -> None:
    with refused("NoSuchPublicAccessBlockConfiguration", 404):
        s3.get_public_access_block(Bucket=policed)
