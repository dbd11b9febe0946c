"""What is on its way to the edges: one look a round for a whole account, believed only when it is of our own write."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from cdnadmin.accounts.models import Bucket, User
from cdnadmin.operations.models import Operation
from cdnadmin.operations.runner import run_operation
from distributions.models import Distribution, Propagation
from distributions.queries import estimate_propagation, propagation_progress
from distributions.services.changes import update_distribution
from distributions.services.distributions import NewDistribution, create_distribution
from distributions.steps.propagation import MISSING_FOR, end_look_out
from distributions.watching import KIND, start_watching
from tests.conftest import wait_until
from tests.integration.distributions.conftest import finish, fresh, make, operation_of

pytestmark = pytest.mark.django_db(transaction=True)


def look_once(bucket: Bucket) -> Operation:
    """One round of the account's look-out, as a worker runs it."""
    start_watching(bucket.account)
    operation = Operation.objects.filter(kind=KIND).latest("id")
    Operation.objects.filter(pk=operation.pk).update(due_at=timezone.now())
    run_operation(operation.pk)
    operation.refresh_from_db()
    return operation


def pretend_sent(site: Distribution, **values: Any) -> None:
    Distribution.objects.filter(pk=site.pk).update(
        status=Distribution.Status.IN_PROGRESS, **{"changed_at": timezone.now(), **values}
    )


def test_many_creations_share_one_look_out(administrator: User, bucket: Bucket) -> None:
    sites = [create_distribution(actor=administrator, wanted=NewDistribution(name=f"Site {n}", bucket=bucket)) for n in range(5)]
    for site in sites:
        assert finish(operation_of(site)).state == Operation.State.SUCCEEDED
    assert Operation.objects.filter(kind=KIND, state__in=Operation.ACTIVE).count() <= 1
    assert {fresh(site).status for site in sites} == {Distribution.Status.DEPLOYED}
    assert Propagation.objects.count() == 5


def test_deployed_with_another_etag_than_ours_is_somebody_elses(administrator: User, bucket: Bucket, cloudfront: Any) -> None:
    site = make(administrator, bucket)
    seen = cloudfront.get_distribution_config(Id=site.aws_id)
    theirs = {**seen["DistributionConfig"], "Comment": "Theirs"}
    changed = cloudfront.update_distribution(Id=site.aws_id, DistributionConfig=theirs, IfMatch=seen["ETag"])
    cloudfront.get_waiter("distribution_deployed").wait(Id=site.aws_id, WaiterConfig={"Delay": 1, "MaxAttempts": 10})
    pretend_sent(site)
    count = Propagation.objects.count()
    look_once(bucket)
    site = fresh(site)
    assert (site.status, site.etag, site.config["Comment"]) == (Distribution.Status.DEPLOYED, seen["ETag"], "Press kit")
    assert site.drift is not None
    assert (site.drift.etag, site.drift.config["Comment"]) == (changed["ETag"], "Theirs")
    assert Propagation.objects.count() == count, "another's change says nothing of ours"


def test_one_deleted_outside_is_found_gone_but_not_at_once(administrator: User, bucket: Bucket) -> None:
    site = make(administrator, bucket)
    pretend_sent(site, aws_id="EGONE")
    look_once(bucket)
    assert fresh(site).status == Distribution.Status.IN_PROGRESS, "lists are eventually consistent"
    pretend_sent(site, changed_at=timezone.now() - MISSING_FOR - timedelta(seconds=1))
    look_once(bucket)
    assert fresh(site).status == Distribution.Status.GONE


def test_a_round_is_told_by_the_list_alone(administrator: User, bucket: Bucket, inject: Callable[..., None]) -> None:
    sites = [make(administrator, bucket, name=f"Site {n}") for n in range(3)]
    for site in sites:
        pretend_sent(site)
    # Any read of a single one would be refused.
    inject(service="cloudfront", operation="GetDistribution", code="AccessDenied", status=403, times=9)
    look_once(bucket)
    assert [fresh(site).status for site in sites] == [Distribution.Status.DEPLOYED] * 3


def test_throttling_puts_the_round_off_and_fails_nothing(administrator: User, bucket: Bucket, inject: Callable[..., None]) -> None:
    site = make(administrator, bucket)
    pretend_sent(site)
    inject(service="cloudfront", operation="ListDistributions", code="Throttling", status=400, times=60)
    start_watching(bucket.account)
    operation = Operation.objects.filter(kind=KIND).latest("id")
    pauses = []
    for _ in range(12):
        Operation.objects.filter(pk=operation.pk).update(due_at=timezone.now())
        run_operation(operation.pk)
        operation.refresh_from_db()
        assert operation.state == Operation.State.WAITING
        pauses.append((operation.due_at - timezone.now()).total_seconds())
    assert pauses[0] < 5 < pauses[5] <= pauses[11] <= 121


def test_who_waits_for_the_edges_is_woken_not_polled(administrator: User, bucket: Bucket) -> None:
    site = create_distribution(actor=administrator, wanted=NewDistribution(name="New", bucket=bucket))
    operation = operation_of(site)
    run_operation(operation.pk)
    operation.refresh_from_db()
    assert (operation.step, operation.state) == ("propagate", Operation.State.WAITING)
    assert operation.due_at > timezone.now() + timedelta(seconds=30)
    watch = Operation.objects.filter(kind=KIND).latest("id")

    def woken() -> bool:
        Operation.objects.filter(pk=watch.pk).update(due_at=timezone.now())
        run_operation(watch.pk)
        operation.refresh_from_db()
        return operation.due_at <= timezone.now()

    wait_until(woken, seconds=10, what="the waiting operation to be due")
    assert finish(operation).state == Operation.State.SUCCEEDED


def test_what_is_sent_while_the_last_round_ends_has_a_look_out_again(administrator: User, bucket: Bucket) -> None:
    site = make(administrator, bucket)
    ended = look_once(bucket)
    assert ended.state == Operation.State.SUCCEEDED
    pretend_sent(site)
    end_look_out(ended)
    assert Operation.objects.filter(kind=KIND, state__in=Operation.ACTIVE).count() == 1


def test_an_estimate_is_of_the_accounts_own_history(administrator: User, bucket: Bucket) -> None:
    site = make(administrator, bucket)
    Propagation.objects.all().delete()
    assert estimate_propagation(bucket.account).median is None
    for seconds in range(1, 12):
        Propagation.objects.create(account=bucket.account, distribution=site, seconds=seconds)
    estimate = estimate_propagation(bucket.account)
    assert (estimate.median, estimate.ninety) == (6, 10)
    assert propagation_progress(fresh(site)) is None
    pretend_sent(site, changed_at=timezone.now() - timedelta(seconds=3))
    progress = propagation_progress(fresh(site))
    assert progress is not None
    assert progress.percent is not None
    assert 45 <= progress.percent <= 60
    pretend_sent(site, changed_at=timezone.now() - timedelta(seconds=300))
    late = propagation_progress(fresh(site))
    assert late is not None
    assert late.percent == 95, "never full before it is"


def test_an_edit_while_the_creation_still_travels_waits_its_turn(administrator: User, bucket: Bucket) -> None:
    site = create_distribution(actor=administrator, wanted=NewDistribution(name="New", bucket=bucket))
    finish(operation_of(site))
    ended = finish(update_distribution(actor=administrator, distribution=fresh(site), comment="Later"))
    assert ended.state == Operation.State.SUCCEEDED
    assert fresh(site).comment == "Later"
