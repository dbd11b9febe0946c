"""Buckets: made closed, taken as they are, refused in words."""

from __future__ import annotations

from typing import Any

import boto3
import httpx
import pytest

from cdnadmin.accounts.models import AuditEntry, AwsAccount, Bucket, Role, User
from cdnadmin.accounts.services.buckets import create_bucket, list_bucket_names, use_bucket
from cdnadmin.errors import AwsError, InvalidInput, NotAllowed
from tests.conftest import RunningSandbox
from tests.integration.accounts.conftest import inject

pytestmark = pytest.mark.django_db


@pytest.fixture
def s3(sandbox: RunningSandbox) -> Any:
    return boto3.client(
        "s3", endpoint_url=sandbox.url, region_name="us-east-1", aws_access_key_id="sandbox", aws_secret_access_key="sandbox"
    )


def test_a_new_bucket_is_closed(administrator: User, account: AwsAccount, s3: Any) -> None:
    bucket = create_bucket(actor=administrator, account=account, name="acc-closed")
    assert (bucket.object_ownership, bucket.block_public_access, bucket.region) == ("BucketOwnerEnforced", True, "us-east-1")
    assert all(s3.get_public_access_block(Bucket="acc-closed")["PublicAccessBlockConfiguration"].values())
    account.refresh_from_db()
    assert account.default_bucket == bucket
    assert "acc-closed" in list_bucket_names(account=account)
    assert AuditEntry.objects.get(action="create_bucket").target == "bucket:acc-closed"


@pytest.mark.parametrize(
    "name",
    ["", "ab", "a" * 64, "Team-Media", "team media", "team_media", "-team", "team-", "team..media", "team.media", "téam", "../etc",
     "xn--team", "sthree-team", "team-s3alias", "team--ol-s3", "192.168.0.1", "team\n", "team/media"],
)  # fmt: skip
def test_a_bad_name_is_refused_before_aws_is_asked(account: AwsAccount, name: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        create_bucket(actor=None, account=account, name=name)
    assert refused.value.field == "bucket"
    assert not Bucket.objects.exists()


def test_a_name_that_another_has(account: AwsAccount, sandbox: RunningSandbox) -> None:
    httpx.post(f"{sandbox.url}/_sandbox/foreign-buckets", json={"name": "acc-foreign"}).raise_for_status()
    with pytest.raises(InvalidInput, match="taken by another AWS account") as taken:
        create_bucket(actor=None, account=account, name="acc-foreign")
    assert (taken.value.field, taken.value.code) == ("bucket", "BucketAlreadyExists")
    with pytest.raises(InvalidInput, match="belongs to another account"):
        use_bucket(actor=None, account=account, name="acc-foreign")
    assert not Bucket.objects.exists()


def test_a_bucket_that_is_missing(account: AwsAccount) -> None:
    with pytest.raises(InvalidInput, match="does not exist") as refused:
        use_bucket(actor=None, account=account, name="acc-missing")
    assert refused.value.field == "bucket"


def test_an_existing_bucket_is_taken_as_it_is(account: AwsAccount, s3: Any) -> None:
    s3.create_bucket(Bucket="acc-open", ObjectOwnership="ObjectWriter")
    s3.delete_public_access_block(Bucket="acc-open")
    for take in (use_bucket, create_bucket):
        bucket = take(actor=None, account=account, name="acc-open")
        assert (bucket.object_ownership, bucket.block_public_access) == ("ObjectWriter", False)
    assert Bucket.objects.count() == 1


def test_a_lost_answer_leaves_no_bucket_open(account: AwsAccount, sandbox: RunningSandbox, s3: Any) -> None:
    inject(sandbox, service="s3", operation="CreateBucket", drop_answer=True)
    bucket = create_bucket(actor=None, account=account, name="acc-lost")
    assert bucket.block_public_access
    log = httpx.get(f"{sandbox.url}/_sandbox/writes").text
    assert log.count('"operation": "CreateBucket", "resource": "acc-lost"') == 1
    assert log.count('"operation": "PutPublicAccessBlock", "resource": "acc-lost"') == 1


@pytest.mark.parametrize("role", [Role.VIEWER, Role.STAFF, Role.EDITOR])
def test_buckets_are_the_administrators_matter(account: AwsAccount, role: Role) -> None:
    actor = User.objects.create_user("p@example.org", "a long pass phrase", role=role)
    for take in (use_bucket, create_bucket):
        with pytest.raises(NotAllowed):
            take(actor=actor, account=account, name="acc-mine")


def test_who_waits_for_a_bucket_waits_for_one_try(administrator: User, sandbox: RunningSandbox, account: AwsAccount) -> None:
    """A silent AWS would hold the page, and a thread of the web server, for minutes."""
    name = f"silent-{account.public_id}"
    inject(sandbox, service="s3", operation="HeadBucket", code="ServiceUnavailable", status=503)
    with pytest.raises(AwsError) as refused:
        create_bucket(actor=administrator, account=account, name=name)
    assert refused.value.retryable
    assert create_bucket(actor=administrator, account=account, name=name).name == name
