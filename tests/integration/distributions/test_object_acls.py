"""The two models by object ACL at S3 and at the edge: whom an added object lets in, and where they can be chosen."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from botocore.exceptions import ClientError

from cdnadmin.accounts.models import Bucket, User
from cdnadmin.errors import Conflict, InvalidInput, NotReady
from cdnadmin.operations.models import Operation
from cdnadmin.operations.services import retry_operation
from distributions.models import Distribution
from distributions.services.changes import update_distribution
from distributions.services.cloning import clone_distribution
from distributions.services.deletion import delete_distribution
from distributions.services.distributions import NewDistribution, create_distribution, create_distribution_and_bucket
from distributions.services.objects import add_object, permit_object
from tests.conftest import RunningSandbox
from tests.integration.distributions.acls import EVERYBODY, FRIEND, block, grants, outside, own
from tests.integration.distributions.conftest import Edge, finish, fresh, make, operation_of

pytestmark = pytest.mark.django_db(transaction=True)

Model = Distribution.AccessModel


def acl_writes(sandbox: RunningSandbox, since: int = 0) -> int:
    lines = httpx.get(f"{sandbox.url}/_sandbox/writes").text.splitlines()[since:]
    return sum(json.loads(line)["operation"] == "PutObjectAcl" for line in lines)


def test_boto_s_table_an_object_comes_with_its_acl(
    administrator: User, acl_bucket: Bucket, s3: Any, edge: Edge, sandbox: RunningSandbox
) -> None:
    before: dict[str, dict[str, str]] = {
        "absent": {},
        "own": {"ACL": "private"},
        "public": {"ACL": "public-read"},
        "friend": {"GrantRead": f'id="{FRIEND}"'},
        "both": {"GrantRead": f'id="{FRIEND}", uri="{EVERYBODY}"'},
    }
    had = {"public": {(EVERYBODY, "READ")}, "friend": {(FRIEND, "READ")}, "both": {(EVERYBODY, "READ"), (FRIEND, "READ")}}
    owner = s3.list_buckets()["Owner"]["ID"]
    for model in (Model.OAI_ACL, Model.PUBLIC_ACL):
        site = make(administrator, acl_bucket, name=model, access_model=model)
        reader = (EVERYBODY, "READ") if site.origin_access is None else (site.origin_access.canonical_user_id, "READ")
        assert (site.origin_access is None) == (model == Model.PUBLIC_ACL)
        for name, given in before.items():
            for replace in (True, False):
                path = f"{name}-{replace}.txt"
                if name != "absent":
                    more = {"GrantFullControl": f'id="{owner}"'} if "GrantRead" in given else {}
                    s3.put_object(Bucket=acl_bucket.name, Key=f"{site.prefix}{path}", Body=b"old", **given, **more)
                added = add_object(
                    actor=administrator, distribution=site, path=path, body=b"new", content_type="text/plain", replace=replace
                )
                wanted = {reader} if replace else {reader} | had.get(name, set())
                assert grants(s3, acl_bucket, added.key) == wanted, (model, name, replace)
                assert edge.get(added.url).text == "new"
                assert outside(sandbox, acl_bucket, added.key) == (200 if (EVERYBODY, "READ") in wanted else 403)
    assert acl_writes(sandbox) == 0, "no object was there for a moment with another ACL"


def test_public_objects_whole(
    administrator: User, acl_bucket: Bucket, s3: Any, cloudfront: Any, edge: Edge, sandbox: RunningSandbox
) -> None:
    site = make(administrator, acl_bucket, access_model=Model.PUBLIC_ACL)
    origin = cloudfront.get_distribution(Id=site.aws_id)["Distribution"]["DistributionConfig"]["Origins"]["Items"][0]
    assert (origin["S3OriginConfig"]["OriginAccessIdentity"], origin["OriginAccessControlId"]) == ("", "")
    with pytest.raises(ClientError, match="NoSuchBucketPolicy"):
        s3.get_bucket_policy(Bucket=acl_bucket.name)
    hidden = f"{site.prefix}hidden.txt"
    s3.put_object(Bucket=acl_bucket.name, Key=hidden, Body=b"h")
    assert edge.get(f"http://{site.domain_name}/hidden.txt").status_code == 403
    # A change, and what is read back of it, leave the model as it is.
    finish(update_distribution(actor=administrator, distribution=site, comment="Old ways"))
    site = fresh(site)
    assert (site.access_model, site.comment) == (Model.PUBLIC_ACL, "Old ways")
    unsaved = NewDistribution(name="Another", bucket=acl_bucket, access_model=Model.PUBLIC_ACL)
    cloned = clone_distribution(actor=administrator, source=site, bucket_name=acl_bucket.name, make_bucket=False, wanted=unsaved)
    assert finish(operation_of(cloned)).state == Operation.State.SUCCEEDED
    cloned = fresh(cloned)
    added = add_object(actor=administrator, distribution=cloned, path="a.txt", body=b"a", content_type="text/plain")
    assert (edge.get(added.url).status_code, outside(sandbox, acl_bucket, added.key)) == (200, 200)
    deleting = delete_distribution(
        actor=administrator, distribution=cloned, typed_name=cloned.name, cleanup=["policy", "access", "keys"]
    )
    ended = finish(deleting)
    assert ended.state == Operation.State.SUCCEEDED, ended.error_message
    assert not Distribution.objects.filter(pk=cloned.pk).exists()
    assert edge.get(f"http://{site.domain_name}/hidden.txt").status_code == 403


def test_where_it_can_not_work_it_is_refused_at_its_field(administrator: User, acl_bucket: Bucket, s3: Any) -> None:
    def refused(**given: Any) -> str:
        wanted = NewDistribution(**{"name": "Press kit", "bucket": acl_bucket, "access_model": Model.PUBLIC_ACL, **given})
        with pytest.raises(InvalidInput) as error:
            create_distribution(actor=administrator, wanted=wanted)
        assert error.value.field == "access_model"
        return error.value.message

    assert "without any signature" in refused(kind="private")
    assert "without any signature" in refused(preset="private")
    block(s3, acl_bucket, BlockPublicAcls=True)
    assert "BlockPublicAcls" in refused()
    block(s3, acl_bucket, IgnorePublicAcls=True)
    assert "IgnorePublicAcls" in refused()
    # The two about policies, and one's own identity, are no trouble to ACLs.
    block(s3, acl_bucket, BlockPublicPolicy=True, RestrictPublicBuckets=True)
    own(s3, acl_bucket, "BucketOwnerEnforced")
    assert "Object Ownership" in refused()
    assert "Object Ownership" in refused(access_model=Model.OAI_ACL)
    unsaved = Bucket(account=acl_bucket.account, name=f"new-{acl_bucket.pk}-{acl_bucket.account.public_id}", region="us-east-1")
    wanted = NewDistribution(name="Press kit", bucket=unsaved, access_model=Model.OAI_ACL)
    with pytest.raises(InvalidInput, match="new bucket"):
        create_distribution_and_bucket(actor=administrator, bucket_name=unsaved.name, make_bucket=True, wanted=wanted)
    assert unsaved.name not in [each["Name"] for each in s3.list_buckets()["Buckets"]]
    # A bucket that is not known here yet is asked for its truth, not taken for closed.
    own(s3, acl_bucket, "BucketOwnerPreferred")
    acl_bucket.delete()
    unknown = Bucket(account=acl_bucket.account, name=acl_bucket.name, region="us-east-1")
    wanted = NewDistribution(name="Press kit", bucket=unknown, access_model=Model.PUBLIC_ACL)
    made = create_distribution_and_bucket(actor=administrator, bucket_name=unknown.name, make_bucket=False, wanted=wanted)
    # Shut meanwhile: nothing is made at CloudFront, and it goes on once that is mended.
    block(s3, acl_bucket, BlockPublicAcls=True)
    ended = finish(operation_of(made))
    assert (ended.state, fresh(made).aws_id) == (Operation.State.FAILED, "")
    assert "BlockPublicAcls" in ended.error_message
    block(s3, acl_bucket)
    retry_operation(actor=administrator, operation=ended)
    assert finish(ended).state == Operation.State.SUCCEEDED, ended.error_message


def test_what_s3_refuses_says_what_to_do(administrator: User, acl_bucket: Bucket, s3: Any, inject: Callable[..., None]) -> None:
    site = make(administrator, acl_bucket, access_model=Model.PUBLIC_ACL)
    put: dict[str, Any] = {"actor": administrator, "distribution": site, "body": b"a", "content_type": "text/plain"}
    full = ", ".join(f'id="{number:064x}"' for number in range(99))
    owner = s3.list_buckets()["Owner"]["ID"]
    key = f"{site.prefix}full.txt"
    s3.put_object(Bucket=acl_bucket.name, Key=key, Body=b"old", GrantRead=full, GrantFullControl=f'id="{owner}"')
    with pytest.raises(Conflict, match=r"full\.txt: Its ACL is full"):
        add_object(**put, path="full.txt", replace=False)
    assert s3.get_object(Bucket=acl_bucket.name, Key=key)["Body"].read() == b"old"
    add_object(**put, path="full.txt")
    assert grants(s3, acl_bucket, key) == {(EVERYBODY, "READ")}
    # More than the headers of a request hold, and fewer than S3 takes.
    many = ", ".join(f'id="{number:064x}"' for number in range(70))
    s3.put_object(Bucket=acl_bucket.name, Key=key, Body=b"old", GrantRead=many, GrantFullControl=f'id="{owner}"')
    add_object(**put, path="full.txt", replace=False)
    assert len(grants(s3, acl_bucket, key)) == 71
    # The access model changed while it was put: nobody may read what should be closed.
    Distribution.objects.filter(pk=site.pk).update(access_model=Model.OAC)
    permit_object(distribution=site, key=key, opened=True)
    assert (EVERYBODY, "READ") not in grants(s3, acl_bucket, key)
    Distribution.objects.filter(pk=site.pk).update(access_model=Model.PUBLIC_ACL)
    block(s3, acl_bucket, BlockPublicAcls=True)
    with pytest.raises(NotReady, match="BlockPublicAcls"):
        add_object(**put, path="b.txt")
    own(s3, acl_bucket, "BucketOwnerEnforced")
    with pytest.raises(NotReady, match="Object Ownership"):
        add_object(**put, path="b.txt")
    with pytest.raises(ClientError, match="404"):
        s3.head_object(Bucket=acl_bucket.name, Key=f"{site.prefix}b.txt")
