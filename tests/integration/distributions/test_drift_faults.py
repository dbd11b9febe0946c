"""Stale lists, throttling, changes of our own on their way, credentials of somebody else: no drift is made up, none is lost."""

from __future__ import annotations

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import httpx
import pytest
from django.db import connection
from django.utils import timezone

from cdnadmin.accounts.models import AuditEntry, AwsAccount, Bucket, User
from cdnadmin.accounts.services.credentials import connection_for
from cdnadmin.aws.distributions import get_distribution
from cdnadmin.operations.models import Operation
from cdnadmin.operations.runner import run_operation
from distributions.models import AccountInventory, Distribution
from distributions.services.changes import update_distribution
from distributions.services.importing import check_account, import_account
from distributions.steps.outside import note_outside
from distributions.versions import record_version
from tests.conftest import RunningSandbox
from tests.integration.distributions.conftest import finish, fresh, make
from tests.integration.distributions.test_drift import check
from tests.integration.distributions.test_plans import outside

pytestmark = pytest.mark.django_db(transaction=True)


def found_drifts() -> int:
    return AuditEntry.objects.filter(action="find_drift").count()


def step(operation: Operation) -> Operation:
    Operation.objects.filter(pk=operation.pk).update(due_at=timezone.now())
    run_operation(operation.pk)
    operation.refresh_from_db()
    return operation


def step_to_end(operation: Operation) -> Operation:
    """This one alone: what else is under way stays as it is."""
    for _ in range(5):
        if operation.is_active:
            step(operation)
    assert operation.state == Operation.State.SUCCEEDED, operation.error_message
    return operation


def test_fifty_stale_answers_are_no_drift_and_hide_none(
    administrator: User, bucket: Bucket, cloudfront: Any, inject: Callable[..., None], sandbox: RunningSandbox
) -> None:
    site, chance = make(administrator, bucket), random.Random(7)
    stale = {"service": "cloudfront", "stale": True, "times": 20}
    for number in range(50):
        if number % 5 == 0:
            finish(update_distribution(actor=administrator, distribution=fresh(site), comment=f"Edit {number}"))
        for operation in chance.choice((["ListDistributions"], ["GetDistribution"], ["ListDistributions", "GetDistribution"])):
            inject(operation=operation, **stale)
        check(bucket)
        httpx.delete(f"{sandbox.url}/_sandbox/faults").raise_for_status()
        assert (found_drifts(), fresh(site).drift) == (0, None), number
    etag = outside(cloudfront, site, Comment="Theirs")
    inject(operation="ListDistributions", **stale)
    check(bucket)
    assert fresh(site).drift is None
    httpx.delete(f"{sandbox.url}/_sandbox/faults").raise_for_status()
    check(bucket)
    assert fresh(site).drift.etag == etag  # type: ignore[union-attr]
    # What was theirs before is stale, too, once they have changed it again.
    newer = outside(cloudfront, site, Comment="Theirs again")
    check(bucket)
    inject(operation="ListDistributions", **stale)
    inject(operation="GetDistribution", **stale)
    check(bucket)
    assert fresh(site).drift.etag == newer  # type: ignore[union-attr]


def test_our_own_change_that_is_not_written_down_yet_is_no_drift(administrator: User, bucket: Bucket, cloudfront: Any) -> None:
    site = make(administrator, bucket)
    operation = update_distribution(actor=administrator, distribution=site, comment="Ours")
    # Its worker died between AWS's answer and the row.
    etag = outside(cloudfront, site, Comment="Ours")
    assert "Nothing" in step_to_end(check_account(actor=None, account=bucket.account)).note
    assert (found_drifts(), fresh(site).drift, fresh(site).etag) == (0, None, site.etag)
    assert finish(operation).state == Operation.State.SUCCEEDED
    assert (fresh(site).comment, fresh(site).etag, fresh(site).drift) == ("Ours", etag, None)


def test_a_read_that_is_older_than_our_last_change_is_no_drift(administrator: User, bucket: Bucket) -> None:
    site = make(administrator, bucket)
    older = get_distribution(connection_for(bucket.account), id=site.aws_id)
    finish(update_distribution(actor=administrator, distribution=site, comment="Newer"))
    assert note_outside(fresh(site), older) == 0
    assert (fresh(site).drift, fresh(site).comment) == (None, "Newer")


def test_what_the_history_knows_but_nobody_called_drift_is_found_all_the_same(
    administrator: User, bucket: Bucket, cloudfront: Any
) -> None:
    site = make(administrator, bucket)
    etag = outside(cloudfront, site, Comment="Theirs")
    # A plan met it and wrote the version down; its worker died before the next line.
    config = get_distribution(connection_for(bucket.account), id=site.aws_id).config
    record_version(distribution=site, etag=etag, config=config, source="outside")
    check(bucket)
    assert fresh(site).drift.etag == etag  # type: ignore[union-attr]


def test_two_who_read_the_same_change_at_once_find_it_once(administrator: User, bucket: Bucket, cloudfront: Any) -> None:
    site = make(administrator, bucket)
    outside(cloudfront, site, Comment="Theirs")
    seen = get_distribution(connection_for(bucket.account), id=site.aws_id)

    def note(_: int) -> int:
        try:
            return note_outside(site, seen)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as workers:
        assert sorted(workers.map(note, range(4))) == [0, 0, 0, 1]
    assert found_drifts() == 1
    assert site.versions.count() == 2


def test_a_check_that_is_throttled_or_killed_goes_on(
    administrator: User, bucket: Bucket, cloudfront: Any, inject: Callable[..., None]
) -> None:
    sites = [make(administrator, bucket, name=f"Site {number}") for number in range(3)]
    for site in sites:
        outside(cloudfront, site, Comment="Theirs")
    operation = check_account(actor=None, account=bucket.account)
    inject(service="cloudfront", operation="GetDistribution", code="Throttling", status=400, times=2)
    step(operation)
    assert (operation.state, operation.step) == (Operation.State.WAITING, "changed")
    # As if the worker had been killed in the middle of the next delivery.
    Operation.objects.filter(pk=operation.pk).update(
        state=Operation.State.RUNNING, lease_token="dead", lease_until=timezone.now() - timedelta(seconds=1)
    )
    assert finish(operation).state == Operation.State.SUCCEEDED
    assert found_drifts() == 3
    assert all(fresh(site).drift is not None for site in sites)


def test_what_one_read_does_not_find_is_not_gone(administrator: User, bucket: Bucket) -> None:
    site = make(administrator, bucket)
    Distribution.objects.filter(pk=site.pk).update(aws_id="ENOTYET")
    operation = step(check_account(actor=None, account=bucket.account))
    assert (operation.state, operation.step) == (Operation.State.WAITING, "missing")
    Distribution.objects.filter(pk=site.pk).update(aws_id=site.aws_id)
    assert "deleted" not in finish(operation).note
    assert fresh(site).status == Distribution.Status.DEPLOYED


def test_credentials_of_another_account_delete_nothing_here(administrator: User, bucket: Bucket) -> None:
    site = make(administrator, bucket)
    make(administrator, bucket, name="Other")
    arn = "arn:aws:cloudfront::111122223333:distribution/EELSEWHERE"
    Distribution.objects.filter(pk=site.pk).update(aws_id="EELSEWHERE", arn=arn)
    ended = finish(check_account(actor=None, account=bucket.account))
    assert (ended.state, ended.error_code) == (Operation.State.FAILED, "other_account")
    assert "111122223333" in ended.error_message
    assert fresh(site).status == Distribution.Status.DEPLOYED


def test_a_check_whose_credentials_end_waits_for_new_ones(bucket: Bucket, inject: Callable[..., None]) -> None:
    operation = check_account(actor=None, account=bucket.account)
    inject(service="cloudfront", operation="ListDistributions", code="ExpiredToken", status=403, times=2)
    for _ in range(2):
        assert step(operation).state == Operation.State.WAITING
    assert "expired" in operation.note
    assert finish(operation).state == Operation.State.SUCCEEDED


def test_what_terraform_manages_is_followed_and_no_drift(administrator: User, bucket: Bucket, cloudfront: Any) -> None:
    site = make(administrator, bucket)
    Distribution.objects.filter(pk=site.pk).update(managed_by=Distribution.ManagedBy.TERRAFORM)
    asked = Operation.objects.filter(kind="check_privacy", target=site.reference)
    asked.update(state=Operation.State.CANCELLED)
    etag = outside(cloudfront, site, PriceClass="PriceClass_100")
    assert "Nothing" in check(bucket)
    for watching in Operation.objects.filter(kind="watch_propagation", state__in=Operation.ACTIVE):
        finish(watching)
    assert asked.filter(state__in=Operation.ACTIVE).exists(), "nobody asks whether it is still private"
    row = fresh(site)
    assert (row.drift, row.etag, row.price_class) == (None, etag, "PriceClass_100")
    entry = AuditEntry.objects.get(action="follow_change")
    assert (entry.actor, entry.target) == (None, site.reference)
    assert [version.source for version in row.versions.order_by("number")] == ["here", "outside"]


def test_a_streaming_distribution_that_was_changed_outside_is_found(administrator: User, bucket: Bucket, cloudfront: Any) -> None:
    config = {
        "CallerReference": f"drift-{bucket.name}",
        "S3Origin": {"DomainName": "old-films.s3.amazonaws.com", "OriginAccessIdentity": ""},
        "Comment": "Films of 2009",
        "TrustedSigners": {"Enabled": False, "Quantity": 0},
        "Enabled": False,
    }
    made = cloudfront.create_streaming_distribution(StreamingDistributionConfig=config)
    id = made["StreamingDistribution"]["Id"]
    finish(import_account(actor=administrator, account=bucket.account), seconds=60)
    row = Distribution.objects.get(aws_id=id)
    seen = cloudfront.get_streaming_distribution(Id=id)
    theirs = {**seen["StreamingDistribution"]["StreamingDistributionConfig"], "Comment": "Theirs"}
    cloudfront.update_streaming_distribution(Id=id, StreamingDistributionConfig=theirs, IfMatch=seen["ETag"])
    check(bucket)
    assert fresh(row).drift.config["Comment"] == "Theirs"  # type: ignore[union-attr]


def test_a_marker_whose_distribution_is_gone_begins_again(administrator: User, bucket: Bucket, cloudfront: Any) -> None:
    site = make(administrator, bucket)
    outside(cloudfront, site, Comment="Theirs")
    for operation in (
        check_account(actor=None, account=bucket.account),
        import_account(actor=administrator, account=bucket.account),
    ):
        Operation.objects.filter(pk=operation.pk).update(data={"list_marker": "EDELETED", "marker": "EDELETED"})
        assert finish(operation, seconds=60).state == Operation.State.SUCCEEDED
    assert found_drifts() == 1


def test_a_list_that_has_to_begin_again_counts_nothing_twice(
    account: AwsAccount, cloudfront: Any, sandbox: RunningSandbox, inject: Callable[..., None]
) -> None:
    bulk = {"count": 130, "enabled": False, "status": "Deployed"}
    httpx.post(f"{sandbox.url}/_sandbox/distributions", json=bulk).raise_for_status()
    # The distribution that the marker of the second page names is deleted between the two calls.
    inject(service="cloudfront", operation="ListDistributions", code="InvalidArgument", status=400, after=1)
    operation = check_account(actor=None, account=account)
    assert step_to_end(operation).state == Operation.State.SUCCEEDED
    pages = cloudfront.get_paginator("list_distributions").paginate()
    listed = sum(len(page["DistributionList"].get("Items", [])) for page in pages)
    assert listed > 100
    assert AccountInventory.objects.get(account=account).not_imported == listed
