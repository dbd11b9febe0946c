"""What stands in the way of a switch: it is said before anything is written, or the switch ends with viewers where they were."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from cdnadmin.accounts.models import Bucket, User
from cdnadmin.errors import InvalidInput, NotReady
from cdnadmin.operations.models import Operation
from cdnadmin.operations.services import retry_operation
from distributions.models import ChangePlan, Distribution, OriginAccess
from distributions.services.access_models import look_at_access, plan_access_model
from distributions.services.objects import add_object
from distributions.services.plans import apply_plan, discard_plan
from tests.integration.distributions.conftest import Edge, finish, fresh, make
from tests.integration.distributions.test_access_models import OTHERS, at_s3, grantees, policy_of, switch

pytestmark = pytest.mark.django_db(transaction=True)

Model = Distribution.AccessModel


def put_policy(s3: Any, bucket: Bucket, *statements: dict[str, Any]) -> None:
    """Beside what stands there."""
    kept = list(policy_of(s3, bucket).values())
    whole = {"Version": "2012-10-17", "Statement": [*kept, *statements]}
    document = json.dumps(whole, separators=(",", ":")).replace("BUCKET", bucket.name)
    s3.put_bucket_policy(Bucket=bucket.name, Policy=document)


def filler(number: int, size: int = 900) -> dict[str, Any]:
    return {**OTHERS, "Sid": f"Filler{number}", "Resource": f"arn:aws:s3:::BUCKET/{'x' * size}/*"}


def begin(actor: User, site: Distribution, model: str) -> Operation:
    return finish(apply_plan(actor=actor, plan=plan_access_model(actor=actor, distribution=fresh(site), model=model)))


def test_a_bucket_of_another_account_is_nobodys_to_switch(administrator: User, bucket: Bucket) -> None:
    site = make(administrator, bucket)
    Distribution.objects.filter(pk=site.pk).update(bucket=None)
    with pytest.raises(NotReady, match="another account"):
        plan_access_model(actor=administrator, distribution=fresh(site), model=Model.OAI)
    assert look_at_access(actor=administrator, distribution=fresh(site)) is None


def test_a_full_policy_is_told_before_and_stops_a_switch_that_meets_it_later(
    administrator: User, bucket: Bucket, s3: Any, edge: Edge
) -> None:
    site = make(administrator, bucket)
    added = add_object(actor=administrator, distribution=site, path="a.txt", body=b"there", content_type="text/plain")
    plan = plan_access_model(actor=administrator, distribution=fresh(site), model=Model.OAI)
    put_policy(s3, bucket, *(filler(number) for number in range(17)))
    before = policy_of(s3, bucket)
    size = len(json.dumps({"Version": "2012-10-17", "Statement": list(before.values())}, separators=(",", ":")))
    put_policy(s3, bucket, filler(17, 20_480 - size - 400))
    before = policy_of(s3, bucket)
    with pytest.raises(InvalidInput, match="full") as refused:
        plan_access_model(actor=administrator, distribution=fresh(site), model=Model.OAI)
    assert refused.value.field == "model"
    ended = finish(apply_plan(actor=administrator, plan=plan))
    assert (ended.state, ended.error_code) == (Operation.State.FAILED, "policy_full")
    assert policy_of(s3, bucket) == before
    assert edge.get(added.url).status_code == 200


def test_somebodys_deny_is_told_before_the_switch_that_it_would_break(
    administrator: User, bucket: Bucket, s3: Any, edge: Edge
) -> None:
    site = make(administrator, bucket, access_model=Model.OAI)
    added = add_object(actor=administrator, distribution=site, path="a.txt", body=b"there", content_type="text/plain")
    deny = {"Sid": "NoServices", "Effect": "Deny", "Principal": {"Service": "cloudfront.amazonaws.com"}}
    planned_before = plan_access_model(actor=administrator, distribution=fresh(site), model=Model.OAC)
    put_policy(s3, bucket, {**deny, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::BUCKET/*"})
    before = policy_of(s3, bucket)
    with pytest.raises(InvalidInput, match="NoServices") as refused:
        plan_access_model(actor=administrator, distribution=fresh(site), model=Model.OAC)
    assert refused.value.field == "model"
    assert policy_of(s3, bucket) == before
    ended = finish(apply_plan(actor=administrator, plan=planned_before))
    assert (ended.state, ended.error_code) == (Operation.State.FAILED, "new_way_shut")
    assert fresh(site).access_model == Model.OAI
    assert edge.get(added.url).status_code == 200
    discard_plan(actor=administrator, plan=ChangePlan.objects.get(pk=planned_before.pk))
    finish(Operation.objects.get(kind="tidy_access"))
    assert policy_of(s3, bucket) == before


def test_a_file_with_a_full_acl_keeps_the_old_way_open_until_it_is_mended(
    administrator: User, acl_bucket: Bucket, s3: Any, edge: Edge
) -> None:
    site = make(administrator, acl_bucket)
    added = add_object(actor=administrator, distribution=site, path="a.txt", body=b"there", content_type="text/plain")
    acl = s3.get_object_acl(Bucket=acl_bucket.name, Key=added.key)
    many = [{"Grantee": {"Type": "CanonicalUser", "ID": f"{number:064x}"}, "Permission": "READ"} for number in range(1, 100)]
    full = {"Owner": acl["Owner"], "Grants": [*acl["Grants"], *many]}
    s3.put_object_acl(Bucket=acl_bucket.name, Key=added.key, AccessControlPolicy=full)
    operation = begin(administrator, site, Model.OAI_ACL)
    assert (operation.state, operation.error_code) == (Operation.State.FAILED, "files_left")
    assert "100 grants" in operation.error_message
    assert edge.get(added.url).status_code == 200
    s3.put_object_acl(Bucket=acl_bucket.name, Key=added.key, AccessControlPolicy=acl["Owner"] and {**full, "Grants": acl["Grants"]})
    retry_operation(actor=administrator, operation=operation)
    assert finish(operation).state == Operation.State.SUCCEEDED
    row = fresh(site)
    assert row.access_model == Model.OAI_ACL
    assert row.origin_access is not None
    assert grantees(s3, acl_bucket, added.key) == {row.origin_access.canonical_user_id}
    assert policy_of(s3, acl_bucket) == {}
    assert edge.get(added.url).status_code == 200


def test_ownership_that_changes_in_the_middle_leaves_files_open_and_the_plan_can_be_given_up(
    administrator: User, acl_bucket: Bucket, s3: Any, edge: Edge
) -> None:
    site = make(administrator, acl_bucket)
    added = add_object(actor=administrator, distribution=site, path="a.txt", body=b"there", content_type="text/plain")
    plan = plan_access_model(actor=administrator, distribution=fresh(site), model=Model.OAI_ACL)
    operation = apply_plan(actor=administrator, plan=plan)
    enforced = {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    s3.put_bucket_ownership_controls(Bucket=acl_bucket.name, OwnershipControls=enforced)
    ended = finish(operation)
    assert (ended.state, ended.error_code) == (Operation.State.FAILED, "AccessControlListNotSupported")
    assert edge.get(added.url).status_code == 200
    discard_plan(actor=administrator, plan=ChangePlan.objects.get(pk=plan.pk))
    tidied = finish(Operation.objects.get(kind="tidy_access"))
    assert tidied.state == Operation.State.SUCCEEDED, tidied.error_message
    # Its configuration says the identity by now: the policy lets that in, and nothing else of ours is left.
    assert set(policy_of(s3, acl_bucket)) == {f"CdnadminOai{site.public_id}"}
    assert (fresh(site).access_model, fresh(site).second_model) == (Model.OAI, "")
    assert edge.get(added.url).status_code == 200


def test_an_identity_deleted_outside_is_not_taken_and_one_that_vanishes_later_stops_the_switch(
    administrator: User, bucket: Bucket, cloudfront: Any, s3: Any, edge: Edge
) -> None:
    site = make(administrator, bucket)
    added = add_object(actor=administrator, distribution=site, path="a.txt", body=b"there", content_type="text/plain")

    def vanish() -> str:
        identity = OriginAccess.objects.filter(type="oai").latest("id")
        etag = cloudfront.get_cloud_front_origin_access_identity(Id=identity.aws_id)["ETag"]
        cloudfront.delete_cloud_front_origin_access_identity(Id=identity.aws_id, IfMatch=etag)
        return identity.aws_id

    plan = plan_access_model(actor=administrator, distribution=fresh(site), model=Model.OAI)
    gone = vanish()
    before = policy_of(s3, bucket)
    ended = finish(apply_plan(actor=administrator, plan=plan))
    assert ended.state == Operation.State.FAILED
    assert policy_of(s3, bucket) == before
    assert edge.get(added.url).status_code == 200
    discard_plan(actor=administrator, plan=ChangePlan.objects.get(pk=plan.pk))
    finish(Operation.objects.get(kind="tidy_access"))
    vanished = OriginAccess.objects.get(aws_id=gone)
    OriginAccess.objects.filter(pk=vanished.pk).update(gone_at=timezone.now())
    vanished.refresh_from_db()
    with pytest.raises(InvalidInput, match="deleted at AWS"):
        plan_access_model(actor=administrator, distribution=fresh(site), model=Model.OAI, origin_access=vanished)
    OriginAccess.objects.filter(pk=vanished.pk).update(gone_at=None)
    switch(administrator, site, Model.OAI)
    row = fresh(site)
    assert row.origin_access is not None
    assert row.origin_access.aws_id != gone
    assert edge.get(added.url).status_code == 200


def test_what_a_failed_switch_had_opened_is_shut_when_it_is_given_up(
    administrator: User, acl_bucket: Bucket, s3: Any, edge: Edge, sandbox: Any, inject: Callable[..., None]
) -> None:
    site = make(administrator, acl_bucket)
    added = add_object(actor=administrator, distribution=site, path="a.txt", body=b"there", content_type="text/plain")
    before = policy_of(s3, acl_bucket)
    inject(service="cloudfront", operation="UpdateDistribution", code="AccessDenied", status=403)
    plan = plan_access_model(actor=administrator, distribution=fresh(site), model=Model.PUBLIC_ACL)
    assert finish(apply_plan(actor=administrator, plan=plan)).state == Operation.State.FAILED
    assert at_s3(sandbox, acl_bucket, added.key) == 200
    discard_plan(actor=administrator, plan=ChangePlan.objects.get(pk=plan.pk))
    assert finish(Operation.objects.get(kind="tidy_access")).state == Operation.State.SUCCEEDED
    assert at_s3(sandbox, acl_bucket, added.key) == 403
    assert policy_of(s3, acl_bucket) == before
    assert (fresh(site).access_model, fresh(site).second_model) == (Model.OAC, "")
    assert edge.get(added.url).status_code == 200


def test_statements_of_others_for_the_old_identity_alone_go_with_it_unless_they_are_to_stay(
    administrator: User, bucket: Bucket, s3: Any
) -> None:
    site = make(administrator, bucket, access_model=Model.OAI)
    assert site.origin_access is not None
    arn = f"arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity {site.origin_access.aws_id}"
    of_console = {"Sid": "1", "Effect": "Allow", "Principal": {"AWS": arn}, "Action": "s3:GetObject"}
    put_policy(s3, bucket, {**of_console, "Resource": "arn:aws:s3:::BUCKET/*"}, OTHERS)
    kept = plan_access_model(actor=administrator, distribution=fresh(site), model=Model.OAC, take_out_old=False)
    assert kept.outdated_sids == {}
    switch(administrator, site, Model.OAC)
    assert set(policy_of(s3, bucket)) == {"Others", f"CdnadminOac{site.public_id}"}


def test_an_imported_one_whose_files_are_opened_by_acl_is_recognised(administrator: User, acl_bucket: Bucket, s3: Any) -> None:
    site = make(administrator, acl_bucket, access_model=Model.OAI_ACL)
    add_object(actor=administrator, distribution=site, path="a.txt", body=b"there", content_type="text/plain")
    Distribution.objects.filter(pk=site.pk).update(access_model=Model.OAI)  # as its configuration alone would say
    look_at_access(actor=administrator, distribution=fresh(site))
    assert fresh(site).access_model == Model.OAI_ACL
