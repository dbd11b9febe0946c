"""Uploads into distributions that open each file by its ACL: the object comes with its permission, whole or in parts."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest

from cdnadmin.accounts.models import AwsAccount, Bucket, Role, User, new_public_id
from cdnadmin.accounts.services.credentials import connection_for
from cdnadmin.aws import session
from cdnadmin.operations.models import Operation
from cdnadmin.operations.services import retry_operation
from distributions.models import Distribution
from distributions.services.origin_access import create_origin_access_identity
from media.models import MediaObject
from media.services.uploads import complete_upload
from media.steps.publish import SINGLE_PUT_BYTES
from tests.integration.media.conftest import finish, make_distribution, operation_of, publish, receive

pytestmark = pytest.mark.django_db(transaction=True)

EVERYBODY = "http://acs.amazonaws.com/groups/global/AllUsers"
Model = Distribution.AccessModel


@pytest.fixture
def bucket(account: AwsAccount, s3: Any) -> Bucket:
    name = f"acl-{new_public_id()}"
    s3.create_bucket(Bucket=name, ObjectOwnership="BucketOwnerPreferred")
    s3.delete_public_access_block(Bucket=name)
    return Bucket.objects.create(account=account, name=name, region="us-east-1", object_ownership="BucketOwnerPreferred")


def grants(s3: Any, bucket: Bucket, key: str) -> set[tuple[str, str]]:
    answer = s3.get_object_acl(Bucket=bucket.name, Key=key)
    named = {(each["Grantee"].get("ID") or each["Grantee"]["URI"], each["Permission"]) for each in answer["Grants"]}
    own = (answer["Owner"]["ID"], "FULL_CONTROL")
    assert own in named
    return named - {own}


def test_what_is_published_comes_with_its_permission(
    editor: User, bucket: Bucket, s3: Any, writes: Callable[[str, str], int]
) -> None:
    administrator = User.objects.create_user("ada@example.org", role=Role.ADMINISTRATOR)
    identity = create_origin_access_identity(actor=administrator, account=bucket.account, name=bucket.name)
    for model, reader in ((Model.OAI_ACL, identity.canonical_user_id), (Model.PUBLIC_ACL, EVERYBODY)):
        site = make_distribution(bucket)
        site.access_model, site.origin_access = model, identity if model == Model.OAI_ACL else None
        site.save()
        for data in (b"small", os.urandom(SINGLE_PUT_BYTES + 1)):
            asset = publish(editor, site, data, name="a.bin")
            key = MediaObject.objects.get(version__asset=asset).key
            assert grants(s3, bucket, key) == {(reader, "READ")}
            assert writes("PutObjectAcl", key) == 0, "it was there with it from the beginning"


def test_a_model_changed_meanwhile_leaves_nothing_open(editor: User, bucket: Bucket, s3: Any) -> None:
    site = make_distribution(bucket)
    Distribution.objects.filter(pk=site.pk).update(access_model=Model.PUBLIC_ACL)
    site.refresh_from_db()
    upload = receive(editor, site, os.urandom(SINGLE_PUT_BYTES + 1), name="b.bin")
    asked: list[int] = []

    def switch(**called: Any) -> None:
        # By now S3 knows that the object shall be public.
        asked.append(called["http_response"].status_code)
        Distribution.objects.filter(pk=site.pk).update(access_model=Model.OAC)

    events = session.s3(connection_for(bucket.account)).meta.events
    events.register("after-call.s3.CreateMultipartUpload", switch, unique_id="switch")
    try:
        ended = finish(operation_of(complete_upload(upload=upload)))
    finally:
        events.unregister("after-call.s3.CreateMultipartUpload", unique_id="switch")
    assert (ended.state, asked) == (Operation.State.SUCCEEDED, [200]), ended.error_message
    assert ended.data["opened"] is True
    assert grants(s3, bucket, ended.data["key"]) == set()


def test_a_bucket_that_was_shut_says_so_and_once_mended_it_goes_on(editor: User, bucket: Bucket, s3: Any) -> None:
    def own(ownership: str) -> None:
        rules = {"Rules": [{"ObjectOwnership": ownership}]}
        s3.put_bucket_ownership_controls(Bucket=bucket.name, OwnershipControls=rules)

    site = make_distribution(bucket)
    Distribution.objects.filter(pk=site.pk).update(access_model=Model.PUBLIC_ACL)
    site.refresh_from_db()
    own("BucketOwnerEnforced")
    ended = finish(operation_of(complete_upload(upload=receive(editor, site, b"late", name="c.txt"))))
    assert ended.state == Operation.State.FAILED
    assert "Object Ownership" in ended.error_message
    own("BucketOwnerPreferred")
    retry_operation(actor=editor, operation=ended)
    assert finish(ended).state == Operation.State.SUCCEEDED, ended.error_message
    assert grants(s3, bucket, ended.data["key"]) == {(EVERYBODY, "READ")}
