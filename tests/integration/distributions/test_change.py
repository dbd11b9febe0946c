"""Changing a distribution: at CloudFront first, here once it is true; and nobody else's edit is lost."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from cdnadmin.accounts.models import Bucket, Role, User
from cdnadmin.errors import Conflict, InvalidInput, NotAllowed, NotReady
from cdnadmin.operations.models import Operation
from distributions.models import Distribution
from distributions.services.changes import associate_origin_access, update_distribution
from distributions.services.distributions import NewDistribution, create_distribution
from distributions.services.objects import add_object, grants_of, list_objects
from distributions.services.origin_access import create_origin_access_identity
from tests.integration.distributions.conftest import Edge, finish, fresh, make

pytestmark = pytest.mark.django_db(transaction=True)


def config_of(cloudfront: Any, distribution: Distribution) -> Any:
    return cloudfront.get_distribution(Id=distribution.aws_id)["Distribution"]["DistributionConfig"]


def test_settings_change_at_cloudfront_and_all_else_stays(administrator: User, bucket: Bucket, cloudfront: Any) -> None:
    site = make(administrator, bucket)
    before = config_of(cloudfront, site)
    operation = update_distribution(
        actor=administrator, distribution=site, comment="Ours", price_class="PriceClass_100", default_root_object="index.html"
    )
    assert finish(operation).state == Operation.State.SUCCEEDED
    after = config_of(cloudfront, site)
    changed = {name for name in after if after[name] != before.get(name)}
    assert changed == {"Comment", "PriceClass", "DefaultRootObject"}
    site = fresh(site)
    assert (site.comment, site.price_class, site.default_root_object) == ("Ours", "PriceClass_100", "index.html")
    assert site.status == Distribution.Status.DEPLOYED


def test_disabled_it_answers_nobody_and_enabled_again_it_does(administrator: User, bucket: Bucket, edge: Edge) -> None:
    site = make(administrator, bucket)
    added = add_object(actor=administrator, distribution=site, path="a.txt", body=b"a", content_type="text/plain")
    assert edge.get(added.url).status_code == 200
    finish(update_distribution(actor=administrator, distribution=site, enabled=False))
    site = fresh(site)
    assert (site.status, site.is_served) == (Distribution.Status.DISABLED, False)
    assert edge.get(added.url).status_code != 200
    finish(update_distribution(actor=administrator, distribution=site, enabled=True))
    assert (fresh(site).status, fresh(site).is_served) == (Distribution.Status.DEPLOYED, True)
    assert edge.get(added.url).status_code == 200


def test_a_change_made_outside_meanwhile_is_a_conflict_and_stays(administrator: User, bucket: Bucket, cloudfront: Any) -> None:
    site = make(administrator, bucket)
    seen = cloudfront.get_distribution_config(Id=site.aws_id)
    theirs = {**seen["DistributionConfig"], "Comment": "Theirs"}
    cloudfront.update_distribution(Id=site.aws_id, DistributionConfig=theirs, IfMatch=seen["ETag"])
    ended = finish(update_distribution(actor=administrator, distribution=site, comment="Mine"))
    assert (ended.state, ended.error_code) == (Operation.State.FAILED, "changed_outside")
    assert config_of(cloudfront, site)["Comment"] == "Theirs"
    assert fresh(site).comment == ""


def test_a_lost_answer_is_no_conflict(administrator: User, bucket: Bucket, inject: Callable[..., None]) -> None:
    site = make(administrator, bucket)
    inject(service="cloudfront", operation="UpdateDistribution", drop_answer=True)
    ended = finish(update_distribution(actor=administrator, distribution=site, comment="Mine"))
    assert ended.state == Operation.State.SUCCEEDED, ended.error_message
    assert fresh(site).comment == "Mine"


def test_what_can_not_be_changed_says_why(administrator: User, bucket: Bucket) -> None:
    site = make(administrator, bucket)
    with pytest.raises(Conflict, match="Nothing would change"):
        update_distribution(actor=administrator, distribution=site, comment="")
    with pytest.raises(InvalidInput):
        update_distribution(actor=administrator, distribution=site, price_class="PriceClass_7")
    editor = User.objects.create_user("eda@example.org", role=Role.EDITOR)
    with pytest.raises(NotAllowed):
        update_distribution(actor=editor, distribution=site, comment="x")
    waiting = create_distribution(actor=administrator, wanted=NewDistribution(name="New", bucket=bucket))
    with pytest.raises(NotReady):
        update_distribution(actor=administrator, distribution=waiting, comment="x")
    update_distribution(actor=administrator, distribution=site, comment="x")
    with pytest.raises(Conflict, match="under way"):
        update_distribution(actor=administrator, distribution=site, comment="y")


def test_from_control_to_identity_the_bucket_is_opened_before_and_shut_after(
    administrator: User, bucket: Bucket, s3: Any, edge: Edge
) -> None:
    site = make(administrator, bucket)
    added = add_object(actor=administrator, distribution=site, path="a.txt", body=b"a", content_type="text/plain")
    identity = create_origin_access_identity(actor=administrator, account=bucket.account, name="Old way")
    operation = associate_origin_access(actor=administrator, distribution=site, origin_access=identity)
    assert finish(operation).state == Operation.State.SUCCEEDED
    site = fresh(site)
    assert (site.access_model, site.origin_access) == (Distribution.AccessModel.OAI, identity)
    (statement,) = json.loads(s3.get_bucket_policy(Bucket=bucket.name)["Policy"])["Statement"]
    assert identity.aws_id in statement["Principal"]["AWS"]
    assert edge.get(added.url).status_code == 200
    with pytest.raises(Conflict):
        associate_origin_access(actor=administrator, distribution=site, origin_access=identity)


def test_an_identity_asked_for_again_after_a_lost_answer_is_one(
    administrator: User, bucket: Bucket, cloudfront: Any, inject: Callable[..., None]
) -> None:
    inject(service="cloudfront", operation="CreateCloudFrontOriginAccessIdentity", drop_answer=True)
    made = create_origin_access_identity(actor=administrator, account=bucket.account, name="Once")
    items = cloudfront.list_cloud_front_origin_access_identities()["CloudFrontOriginAccessIdentityList"]["Items"]
    assert [item["Id"] for item in items if item["Comment"] == "Once"] == [made.aws_id]
    with pytest.raises(InvalidInput) as refused:
        create_origin_access_identity(actor=administrator, account=bucket.account, name="Once")
    assert refused.value.field == "name"


def test_object_by_object_the_identity_gets_read_and_replace_takes_the_others_away(
    administrator: User, acl_bucket: Bucket, s3: Any, edge: Edge
) -> None:
    site = make(administrator, acl_bucket, access_model="oai-acl")
    identity = site.origin_access
    assert identity is not None
    s3.put_object(Bucket=acl_bucket.name, Key=f"{site.prefix}was-public.txt", Body=b"p", ACL="public-read")
    kept = add_object(actor=administrator, distribution=site, path="a.txt", body=b"a", content_type="text/plain", replace=False)
    only = add_object(actor=administrator, distribution=site, path="b.txt", body=b"b", content_type="text/plain")
    for added in (kept, only):
        grants = {(grant.grantee, grant.permission) for grant in grants_of(actor=administrator, distribution=site, key=added.key)}
        assert (identity.canonical_user_id, "READ") in grants
        assert len(grants) == 2, "the owner and the identity, nobody else"
        assert edge.get(added.url).status_code == 200
    paths = [listed.key.removeprefix(site.prefix) for listed in list_objects(actor=administrator, distribution=site)]
    assert paths == ["a.txt", "b.txt", "was-public.txt"]


def test_another_identity_by_acl_reads_every_object_before_the_old_one_may_no_longer(
    administrator: User, acl_bucket: Bucket, edge: Edge
) -> None:
    site = make(administrator, acl_bucket, access_model="oai-acl")
    old = site.origin_access
    assert old is not None
    added = [
        add_object(actor=administrator, distribution=site, path=f"{n}.txt", body=b"a", content_type="text/plain") for n in range(3)
    ]
    new = create_origin_access_identity(actor=administrator, account=acl_bucket.account, name="New one")
    finish(associate_origin_access(actor=administrator, distribution=site, origin_access=new))
    site = fresh(site)
    assert site.access_model == Distribution.AccessModel.OAI_ACL
    for each in added:
        readers = {grant.grantee for grant in grants_of(actor=administrator, distribution=site, key=each.key)}
        assert new.canonical_user_id in readers
        assert old.canonical_user_id not in readers
        assert edge.get(each.url).status_code == 200


@pytest.mark.parametrize("path", ["", "/a", "a/", "x" * 1024])
def test_a_path_that_is_no_key_is_refused(administrator: User, bucket: Bucket, path: str) -> None:
    site = make(administrator, bucket)
    with pytest.raises(InvalidInput) as refused:
        add_object(actor=administrator, distribution=site, path=path, body=b"", content_type="text/plain")
    assert refused.value.field == "path"
