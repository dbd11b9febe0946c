"""ACLs, where Object Ownership lets them be. Source: S3 User Guide, "Access control list (ACL) overview"."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.sandbox.conftest import Ask, make_bucket, refused

OWNER = "75aa57f09aa0c8caeab4f8c24e99d10f8e7faeebf76c078efc7c6caea54ba06a"
EVERYBODY = "http://acs.amazonaws.com/groups/global/AllUsers"


@pytest.fixture(scope="module")
def listed(s3: Any) -> str:
    return make_bucket(s3, ownership="ObjectWriter", block=False)


def grants(s3: Any, bucket: str, key: str) -> set[tuple[str, str]]:
    found = s3.get_object_acl(Bucket=bucket, Key=key)["Grants"]
    return {(grant["Grantee"].get("ID") or grant["Grantee"]["URI"], grant["Permission"]) for grant in found}


@pytest.mark.parametrize(
    ("asked", "expected", "status"),
    [
        ({}, {(OWNER, "FULL_CONTROL")}, 403),
        ({"ACL": "private"}, {(OWNER, "FULL_CONTROL")}, 403),
        ({"ACL": "public-read"}, {(OWNER, "FULL_CONTROL"), (EVERYBODY, "READ")}, 200),
        ({"ACL": "public-read-write"}, {(OWNER, "FULL_CONTROL"), (EVERYBODY, "READ"), (EVERYBODY, "WRITE")}, 200),
        ({"ACL": "bucket-owner-full-control"}, {(OWNER, "FULL_CONTROL")}, 403),
        ({"GrantRead": f'uri="{EVERYBODY}"'}, {(EVERYBODY, "READ")}, 200),
        ({"GrantReadACP": f'uri="{EVERYBODY}"'}, {(EVERYBODY, "READ_ACP")}, 403),
        ({"GrantFullControl": f'id="{OWNER}", uri="{EVERYBODY}"'}, {(OWNER, "FULL_CONTROL"), (EVERYBODY, "FULL_CONTROL")}, 200),
    ],
)
@pytest.mark.parametrize("how", ["put", "acl", "multipart"])
def test_what_an_acl_grants(s3: Any, ask: Ask, listed: str, how: str, asked: Any, expected: Any, status: int) -> None:
    if how == "acl" and not asked:
        asked = {"ACL": "private"}
    if how == "multipart":
        upload = s3.create_multipart_upload(Bucket=listed, Key="k", **asked)["UploadId"]
        part = s3.upload_part(Bucket=listed, Key="k", UploadId=upload, PartNumber=1, Body=b"x")
        named = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
        s3.complete_multipart_upload(Bucket=listed, Key="k", UploadId=upload, MultipartUpload=named)
    else:
        s3.put_object(Bucket=listed, Key="k", Body=b"x", **(asked if how == "put" else {}))
    if how == "acl":
        s3.put_object_acl(Bucket=listed, Key="k", **asked)
    assert grants(s3, listed, "k") == expected
    assert ask(f"/{listed}/k").status == status


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"ACL": "public-red"}, "InvalidArgument"),
        ({"ACL": "private", "GrantRead": f'uri="{EVERYBODY}"'}, "InvalidRequest"),
        ({"GrantRead": 'id="short"'}, "InvalidArgument"),
        ({"GrantRead": 'emailAddress="a@example.com"'}, "UnresolvableGrantByEmailAddress"),
    ],
)
def test_what_an_acl_cannot_be(s3: Any, listed: str, asked: dict[str, str], code: str) -> None:
    with refused(code, 400):
        s3.put_object(Bucket=listed, Key="k", Body=b"x", **asked)


def test_an_acl_as_a_document(s3: Any, ask: Ask, listed: str) -> None:
    s3.put_object(Bucket=listed, Key="doc", Body=b"x")
    read = {"Grantee": {"Type": "Group", "URI": EVERYBODY}, "Permission": "READ"}
    s3.put_object_acl(Bucket=listed, Key="doc", AccessControlPolicy={"Grants": [read], "Owner": {"ID": OWNER}})
    assert grants(s3, listed, "doc") == {(EVERYBODY, "READ")}
    assert ask(f"/{listed}/doc").status == 200
    assert s3.get_object(Bucket=listed, Key="doc")["Body"].read() == b"x"  # the owner needs no grant
    with refused("MalformedACLError", 400):
        policy = {"Grants": [{**read, "Permission": "OWN"}], "Owner": {"ID": OWNER}}
        s3.put_object_acl(Bucket=listed, Key="doc", AccessControlPolicy=policy)
    many = [{**read, "Permission": permission} for permission in ("READ", "WRITE")] * 51
    with refused("InvalidRequest", 400):
        s3.put_object_acl(Bucket=listed, Key="doc", AccessControlPolicy={"Grants": many, "Owner": {"ID": OWNER}})


def test_a_new_object_does_not_take_over_the_old_ones_acl(s3: Any, ask: Ask, listed: str) -> None:
    s3.put_object(Bucket=listed, Key="over", Body=b"x", ACL="public-read")
    s3.put_object(Bucket=listed, Key="over", Body=b"y")
    assert ask(f"/{listed}/over").status == 403


def test_a_public_buckets_acl_lists_but_opens_no_object(s3: Any, ask: Ask) -> None:
    name = make_bucket(s3, ownership="ObjectWriter", block=False)
    s3.put_object(Bucket=name, Key="k", Body=b"x")
    s3.put_bucket_acl(Bucket=name, ACL="public-read")
    assert ask(f"/{name}?list-type=2").status == 200
    assert ask(f"/{name}/k").status == 403
    assert ask(f"/{name}/missing").status == 404
    with refused("InvalidBucketAclWithObjectOwnership", 400):
        s3.put_bucket_ownership_controls(Bucket=name, OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]})


@pytest.fixture(scope="module")
def enforced(s3: Any) -> str:
    name = make_bucket(s3, block=False)
    s3.put_object(Bucket=name, Key="k", Body=b"x")
    return name


class TestBucketOwnerEnforced:
    """Source: "Controlling ownership of objects and disabling ACLs for your bucket"."""

    @pytest.mark.parametrize(
        "asked", [{"ACL": "private"}, {"ACL": "public-read"}, {"GrantRead": f'uri="{EVERYBODY}"'}, {"GrantRead": f'id="{OWNER}"'}]
    )
    def test_no_acl_is_taken_with_an_object(self, s3: Any, enforced: str, asked: dict[str, str]) -> None:
        with refused("AccessControlListNotSupported", 400):
            s3.put_object(Bucket=enforced, Key="n", Body=b"", **asked)
        with refused("AccessControlListNotSupported", 400):
            s3.create_multipart_upload(Bucket=enforced, Key="n", **asked)
        with refused("AccessControlListNotSupported", 400):
            s3.copy_object(Bucket=enforced, Key="n", CopySource=f"{enforced}/k", **asked)

    @pytest.mark.parametrize("acl", ["private", "public-read", "bucket-owner-full-control"])
    def test_no_acl_can_be_set(self, s3: Any, enforced: str, acl: str) -> None:
        with refused("AccessControlListNotSupported", 400):
            s3.put_object_acl(Bucket=enforced, Key="k", ACL=acl)
        if acl != "bucket-owner-full-control":
            with refused("AccessControlListNotSupported", 400):
                s3.put_bucket_acl(Bucket=enforced, ACL=acl)

    def test_the_owners_full_control_may_be_named_and_read(self, s3: Any, enforced: str) -> None:
        s3.put_object(Bucket=enforced, Key="n", Body=b"", ACL="bucket-owner-full-control")
        assert grants(s3, enforced, "n") == {(OWNER, "FULL_CONTROL")}

    def test_acls_sleep_and_wake_with_the_setting(self, s3: Any, ask: Ask) -> None:
        name = make_bucket(s3, ownership="ObjectWriter", block=False)
        s3.put_object(Bucket=name, Key="k", Body=b"x", ACL="public-read")
        for ownership, status in (("BucketOwnerEnforced", 403), ("BucketOwnerPreferred", 200)):
            s3.put_bucket_ownership_controls(Bucket=name, OwnershipControls={"Rules": [{"ObjectOwnership": ownership}]})
            assert ask(f"/{name}/k").status == status

    def test_a_public_bucket_cannot_be_made_so(self, s3: Any, enforced: str) -> None:
        with refused("InvalidBucketAclWithObjectOwnership", 400):
            s3.create_bucket(Bucket=f"{enforced}-public", ACL="public-read", ObjectOwnership="BucketOwnerEnforced")
