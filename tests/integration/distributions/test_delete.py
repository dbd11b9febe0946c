"""Deleting a distribution: the whole chain in one operation, what it leaves to others, and changing one's mind."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from cdnadmin.accounts.models import AuditEntry, AwsAccount, Bucket, Role, User
from cdnadmin.accounts.services.forgetting import count_uses, delete_aws_account
from cdnadmin.errors import Conflict, InvalidInput, NotAllowed
from cdnadmin.operations import runner
from cdnadmin.operations.models import Operation
from cdnadmin.operations.runner import run_operation
from cdnadmin.operations.services import cancel_operation
from distributions.dependents import dependents_of
from distributions.models import Distribution, KeyGroup, OriginAccess, PublicKey, SigningKey
from distributions.services.changes import update_distribution
from distributions.services.deletion import delete_distribution, undo_deletion
from distributions.services.distributions import NewDistribution, create_distribution
from distributions.services.signing import sign_object_url
from media.models import Asset, ShareLink
from tests.conftest import wait_until
from tests.integration.distributions.conftest import finish, fresh, make, operation_of

pytestmark = pytest.mark.django_db(transaction=True)

ALL = ("policy", "access", "keys")


def ask(actor: User, distribution: Distribution, *cleanup: str) -> Operation:
    return delete_distribution(actor=actor, distribution=distribution, typed_name=distribution.name, cleanup=cleanup)


def ids(cloudfront: Any) -> list[str]:
    return [item["Id"] for item in cloudfront.list_distributions()["DistributionList"].get("Items", [])]


def sids(s3: Any, bucket: Bucket) -> list[str]:
    try:
        return [each["Sid"] for each in json.loads(s3.get_bucket_policy(Bucket=bucket.name)["Policy"])["Statement"]]
    except s3.exceptions.ClientError:
        return []


def run_until(operation: Operation, step: str) -> Operation:
    """Run it, and what it waits for, until `step` is the next one."""

    def there() -> bool:
        for each in Operation.objects.filter(state__in=Operation.ACTIVE).exclude(step=step):
            Operation.objects.filter(pk=each.pk).update(due_at=timezone.now())
            run_operation(each.pk)
        operation.refresh_from_db()
        return operation.step == step or not operation.is_active

    wait_until(there, what=f"the step {step}")
    assert operation.step == step
    return operation


@pytest.fixture
def short_deliveries(monkeypatch: pytest.MonkeyPatch) -> None:
    """A delivery carries one step, so that a test can come between two."""
    monkeypatch.setattr(runner, "DELIVERY_SECONDS", -1.0)


def add_asset(distribution: Distribution, person: User) -> Asset:
    asset = Asset.objects.create(distribution=distribution, title="Film", slug="film", created_by=person)
    ShareLink.objects.create(asset=asset, expires_at=timezone.now() + timedelta(days=1), created_by=person)
    return asset


def test_one_operation_disables_waits_deletes_and_takes_its_statement_away(
    administrator: User, bucket: Bucket, s3: Any, cloudfront: Any
) -> None:
    site, other = make(administrator, bucket), make(administrator, bucket, name="Other")
    ended = finish(ask(administrator, site, "policy"))
    assert ended.state == Operation.State.SUCCEEDED, ended.error_message
    assert site.aws_id not in ids(cloudfront)
    assert sids(s3, bucket) == [f"CdnadminOac{other.public_id}"]
    assert not Distribution.objects.filter(pk=site.pk).exists()
    assert [event.message for event in ended.events.all()][:3] == ["Disabled", "Every edge has it", f"{site.aws_id} is deleted"]
    assert AuditEntry.objects.get(action="delete_distribution").target_label == "Press kit"


def test_what_it_leaves_alone_is_not_touched(administrator: User, bucket: Bucket, s3: Any) -> None:
    site = make(administrator, bucket)
    finish(ask(administrator, site))
    assert sids(s3, bucket) == [f"CdnadminOac{site.public_id}"]
    assert OriginAccess.objects.count() == 1


def test_a_statement_that_the_console_wrote_for_it_alone_goes_too(administrator: User, bucket: Bucket, s3: Any) -> None:
    site = make(administrator, bucket)
    policy = json.loads(s3.get_bucket_policy(Bucket=bucket.name)["Policy"])
    theirs = {**policy["Statement"][0], "Sid": "AllowCloudFrontServicePrincipal"}
    keep = {**theirs, "Sid": "Keep", "Condition": {"StringEquals": {"AWS:SourceArn": f"{site.arn}X"}}}
    policy["Statement"] += [theirs, keep]
    s3.put_bucket_policy(Bucket=bucket.name, Policy=json.dumps(policy))
    finish(ask(administrator, site, "policy"))
    assert sids(s3, bucket) == ["Keep"]


@pytest.mark.parametrize("model", ["oac", "oai"])
def test_with_everything_cleaned_up_the_account_can_be_forgotten(
    administrator: User, bucket: Bucket, account: AwsAccount, cloudfront: Any, model: str
) -> None:
    site = make(administrator, bucket, kind="private", access_model=model)
    sign_object_url(actor=administrator, distribution=site, key=f"{site.prefix}a.txt", seconds=60, reason="private_link")
    assert site.origin_access
    assert site.key_group
    ended = finish(ask(administrator, site, *ALL))
    assert ended.state == Operation.State.SUCCEEDED, ended.error_message
    assert cloudfront.list_key_groups()["KeyGroupList"].get("Items", []) == []
    assert cloudfront.list_public_keys()["PublicKeyList"].get("Items", []) == []
    for rows in (OriginAccess, KeyGroup, PublicKey, SigningKey):
        assert not rows.objects.exists(), rows
    assert count_uses(account) == []
    delete_aws_account(actor=administrator, account=account)


def test_what_another_uses_is_left_and_that_is_said(administrator: User, bucket: Bucket, cloudfront: Any) -> None:
    site, other = make(administrator, bucket, kind="private"), make(administrator, bucket, kind="private", name="Other")
    assert [each.others for each in dependents_of(site).shared] == [("Other",), ("Other",)]
    ended = finish(ask(administrator, site, *ALL))
    assert ended.state == Operation.State.SUCCEEDED, ended.error_message
    said = " ".join(event.message for event in ended.events.all())
    assert other.origin_access
    assert other.key_group
    assert f"{other.origin_access.aws_id} is left: “Other” uses it" in said
    assert f"{other.key_group.aws_id} is left: “Other” uses it" in said
    assert cloudfront.get_origin_access_control(Id=other.origin_access.aws_id)
    assert cloudfront.get_key_group(Id=other.key_group.aws_id)


def test_what_only_aws_knows_to_be_in_use_is_left_too(administrator: User, bucket: Bucket, cloudfront: Any) -> None:
    site, unknown = make(administrator, bucket, kind="private"), make(administrator, bucket, kind="private", name="Unknown")
    unknown.delete()
    ended = finish(ask(administrator, site, *ALL))
    assert ended.state == Operation.State.SUCCEEDED, ended.error_message
    said = " ".join(event.message for event in ended.events.all())
    assert said.count("is left:") == 2
    assert OriginAccess.objects.count() == 1
    assert cloudfront.list_key_groups()["KeyGroupList"]["Quantity"] == 1


def test_files_of_the_library_keep_its_row_as_one_that_is_gone(administrator: User, bucket: Bucket) -> None:
    site = make(administrator, bucket)
    add_asset(site, administrator)
    told = dependents_of(site).library
    assert [each.words for each in told] == ["1 file in the library", "1 open share link"]
    finish(ask(administrator, site, *ALL))
    site = fresh(site)
    assert (site.status, site.is_served, site.origin_access) == (Distribution.Status.GONE, False, None)
    assert "was deleted at AWS" in site.closed_because


def test_undone_before_the_delete_it_answers_viewers_again(
    administrator: User, bucket: Bucket, cloudfront: Any, short_deliveries: None
) -> None:
    site = make(administrator, bucket)
    operation = run_until(ask(administrator, site, *ALL), "propagate")
    assert not cloudfront.get_distribution_config(Id=site.aws_id)["DistributionConfig"]["Enabled"]
    undo_deletion(actor=administrator, distribution=site)
    finish(operation)
    assert operation.state == Operation.State.CANCELLED
    assert finish(operation_of(site, "keep_distribution")).state == Operation.State.SUCCEEDED
    assert cloudfront.get_distribution_config(Id=site.aws_id)["DistributionConfig"]["Enabled"]
    site = fresh(site)
    assert (site.status, site.enabled, site.is_served) == (Distribution.Status.DEPLOYED, True, True)


def test_one_that_was_disabled_before_stays_so_when_its_deletion_is_undone(
    administrator: User, bucket: Bucket, cloudfront: Any, short_deliveries: None
) -> None:
    site = make(administrator, bucket)
    finish(update_distribution(actor=administrator, distribution=site, enabled=False))
    operation = run_until(ask(administrator, fresh(site)), "delete")
    undo_deletion(actor=administrator, distribution=site)
    assert finish(operation).state == Operation.State.CANCELLED
    assert not Operation.objects.filter(kind="keep_distribution").exists()
    assert site.aws_id in ids(cloudfront)


def test_after_the_delete_it_is_too_late_to_undo_and_stopping_ends_the_clean_up_alone(
    administrator: User, bucket: Bucket, cloudfront: Any, short_deliveries: None
) -> None:
    site = make(administrator, bucket)
    operation = run_until(ask(administrator, site, *ALL), "clean_access")
    with pytest.raises(Conflict, match="too late"):
        undo_deletion(actor=administrator, distribution=fresh(site))
    cancel_operation(actor=administrator, operation=operation)
    assert finish(operation).state == Operation.State.CANCELLED
    assert not Distribution.objects.filter(pk=site.pk).exists()
    assert OriginAccess.objects.count() == 1


def test_changed_outside_it_is_deleted_all_the_same_and_its_history_knows(
    administrator: User, bucket: Bucket, cloudfront: Any, short_deliveries: None
) -> None:
    site = make(administrator, bucket)
    seen = cloudfront.get_distribution_config(Id=site.aws_id)
    theirs = {**seen["DistributionConfig"], "Comment": "Theirs"}
    cloudfront.update_distribution(Id=site.aws_id, DistributionConfig=theirs, IfMatch=seen["ETag"])
    operation = run_until(ask(administrator, site), "propagate")
    assert [each.config["Comment"] for each in site.versions.order_by("number")] == ["Press kit", "Theirs", "Theirs"]
    assert finish(operation).state == Operation.State.SUCCEEDED
    assert site.aws_id not in ids(cloudfront)


def test_enabled_again_outside_while_it_waits_it_is_disabled_once_more(
    administrator: User, bucket: Bucket, cloudfront: Any, short_deliveries: None
) -> None:
    site = make(administrator, bucket)
    operation = run_until(ask(administrator, site), "delete")
    seen = cloudfront.get_distribution_config(Id=site.aws_id)
    again = {**seen["DistributionConfig"], "Enabled": True}
    cloudfront.update_distribution(Id=site.aws_id, DistributionConfig=again, IfMatch=seen["ETag"])
    assert finish(operation).state == Operation.State.SUCCEEDED
    assert site.aws_id not in ids(cloudfront)


def test_deleted_outside_meanwhile_is_deleted(administrator: User, bucket: Bucket, cloudfront: Any, s3: Any) -> None:
    site = make(administrator, bucket)
    finish(update_distribution(actor=administrator, distribution=site, enabled=False))
    etag = cloudfront.get_distribution_config(Id=site.aws_id)["ETag"]
    cloudfront.delete_distribution(Id=site.aws_id, IfMatch=etag)
    assert finish(ask(administrator, fresh(site), "policy")).state == Operation.State.SUCCEEDED
    assert sids(s3, bucket) == []


def test_a_bucket_that_is_gone_or_closed_to_us_does_not_hold_the_deletion_up(
    administrator: User, bucket: Bucket, inject: Callable[..., None]
) -> None:
    site = make(administrator, bucket)
    inject(service="s3", operation="PutBucketPolicy", code="AccessDenied", status=403)
    inject(service="s3", operation="DeleteBucketPolicy", code="AccessDenied", status=403)
    ended = finish(ask(administrator, site, "policy"))
    assert ended.state == Operation.State.SUCCEEDED
    assert f"The policy of {bucket.name} is left" in " ".join(event.message for event in ended.events.all())


def test_what_is_never_deleted_from_here_says_why(administrator: User, bucket: Bucket) -> None:
    site = make(administrator, bucket)
    with pytest.raises(InvalidInput) as mistyped:
        delete_distribution(actor=administrator, distribution=site, typed_name="press kit")
    assert mistyped.value.field == "typed_name"
    with pytest.raises(InvalidInput):
        ask(administrator, site, "everything")
    with pytest.raises(NotAllowed):
        ask(User.objects.create_user("eda@example.org", role=Role.EDITOR), site)
    for values, words in (
        ({"managed_by": "terraform"}, "managed by Terraform"),
        ({"config": {**site.config, "Staging": True}}, "staging"),
        ({"config": {**site.config, "ConnectionMode": "tenant-only"}}, "tenants"),
        ({"unknown_fields": ["NewThing"]}, "NewThing"),
    ):
        before = {name: getattr(site, name) for name in values}
        Distribution.objects.filter(pk=site.pk).update(**values)
        with pytest.raises(Conflict, match=words):
            ask(administrator, fresh(site))
        Distribution.objects.filter(pk=site.pk).update(**before)
    waiting = create_distribution(actor=administrator, wanted=NewDistribution(name="New", bucket=bucket))
    with pytest.raises(Conflict, match="does not have it"):
        ask(administrator, waiting)
    update_distribution(actor=administrator, distribution=site, comment="x")
    with pytest.raises(Conflict, match="under way"):
        ask(administrator, fresh(site))
