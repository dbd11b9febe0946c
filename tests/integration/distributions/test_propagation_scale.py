"""Rounds over many distributions: few calls, in turn, put off and gone on with; none of it told by a stale answer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from cdnadmin.accounts.models import AwsAccount, Bucket, User
from cdnadmin.operations.models import Operation
from distributions.budget import HIGHEST_ELSEWHERE
from distributions.models import CallBudget, Distribution, Propagation
from distributions.steps.propagation import LONGEST_PAUSE, Moving, _arrived, pause_before_next
from distributions.versions import record_version
from tests.integration.distributions.conftest import fresh, make
from tests.integration.distributions.test_plans import outside
from tests.integration.distributions.test_propagation import look_once, pretend_sent

pytestmark = pytest.mark.django_db(transaction=True)
Status = Distribution.Status


def fill(account: AwsAccount, count: int) -> None:
    """Rows of distributions that are there and still, as an account with a history has them."""
    Distribution.objects.bulk_create(
        Distribution(account=account, name=f"Old {number}", kind="public", status=Status.DEPLOYED, aws_id=f"EOLD{number}")
        for number in range(count)
    )


def test_few_among_many_are_read_one_by_one(administrator: User, bucket: Bucket, inject: Callable[..., None]) -> None:
    site = make(administrator, bucket)
    fill(bucket.account, 250)
    pretend_sent(site)
    # The list would cost three calls, and be refused.
    inject(service="cloudfront", operation="ListDistributions", code="AccessDenied", status=403, times=9)
    assert look_once(bucket).state == Operation.State.SUCCEEDED
    assert fresh(site).status == Status.DEPLOYED


def test_one_that_stays_odd_does_not_hide_the_others(administrator: User, bucket: Bucket, cloudfront: Any) -> None:
    odd, theirs = make(administrator, bucket, name="Odd"), make(administrator, bucket, name="Theirs")
    outside(cloudfront, theirs, Comment="Changed outside")
    cloudfront.get_waiter("distribution_deployed").wait(Id=theirs.aws_id, WaiterConfig={"Delay": 1, "MaxAttempts": 10})
    # Whatever AWS answers of this one is older than what was written last.
    record_version(distribution=odd, etag="ENEWER", config={**odd.config, "Comment": "Newer"}, source="here")
    pretend_sent(odd, etag="ENEWER")
    pretend_sent(theirs)
    look_once(bucket)
    assert (fresh(odd).status, fresh(theirs).status) == (Status.IN_PROGRESS, Status.IN_PROGRESS), "one read a round"
    look_once(bucket)
    assert (fresh(theirs).status, fresh(theirs).drift is not None) == (Status.DEPLOYED, True)
    assert (fresh(odd).status, fresh(odd).drift) == (Status.IN_PROGRESS, None)


def test_an_arrival_that_two_rounds_see_is_written_once(administrator: User, bucket: Bucket) -> None:
    site = make(administrator, bucket)
    pretend_sent(site)
    Propagation.objects.all().delete()
    row = fresh(site)
    moving = Moving(row.pk, row.aws_id, row.etag, row.enabled, row.changed_at, row.public_id)
    _arrived([moving])
    _arrived([moving])
    assert Propagation.objects.count() == 1
    # And none of a change that was sent meanwhile.
    pretend_sent(site, etag="ENEWER")
    _arrived([moving])
    assert fresh(site).status == Status.IN_PROGRESS


def test_a_throttled_round_halves_the_accounts_rate(administrator: User, bucket: Bucket, inject: Callable[..., None]) -> None:
    site = make(administrator, bucket)
    pretend_sent(site)
    inject(service="cloudfront", operation="ListDistributions", code="Throttling", status=400)
    operation = look_once(bucket)
    assert operation.state == Operation.State.WAITING
    assert CallBudget.objects.get(account=bucket.account).rate <= HIGHEST_ELSEWHERE / 2
    assert look_once(bucket).state == Operation.State.SUCCEEDED
    assert fresh(site).status == Status.DEPLOYED


def test_answers_that_are_lost_put_a_round_off(administrator: User, bucket: Bucket, inject: Callable[..., None]) -> None:
    site = make(administrator, bucket)
    pretend_sent(site)
    inject(service="cloudfront", operation="ListDistributions", drop_answer=True, times=2)
    for _ in range(2):
        assert look_once(bucket).state == Operation.State.WAITING
    assert look_once(bucket).state == Operation.State.SUCCEEDED
    assert fresh(site).status == Status.DEPLOYED


def test_a_distribution_that_only_one_read_misses_is_not_gone(
    administrator: User, bucket: Bucket, inject: Callable[..., None]
) -> None:
    site = make(administrator, bucket)
    fill(bucket.account, 250)
    pretend_sent(site)
    inject(service="cloudfront", operation="GetDistribution", code="NoSuchDistribution", status=404)
    look_once(bucket)
    assert fresh(site).status == Status.IN_PROGRESS
    look_once(bucket)
    assert fresh(site).status == Status.DEPLOYED


def test_the_pause_follows_the_accounts_own_history(settings: Any) -> None:
    settings.PROPAGATION_POLL_SECONDS = 5.0
    assert pause_before_next([], [1.0], calls=1) == 5.0, "nothing is known yet"
    assert pause_before_next([200.0, 240.0], [0.0, 0.0], calls=1) == LONGEST_PAUSE, "nothing arrives so soon"
    assert pause_before_next([200.0, 240.0], [150.0, 150.0], calls=1) == 22.0
    assert pause_before_next([20.0] * 5, [10.0, 0.0], calls=1) == 6.0, "soonest of the oldest"
    assert pause_before_next([20.0] * 5, [30.0, 1.0], calls=1) == 5.0
    assert pause_before_next([60.0] * 5, [900.0, 900.0], calls=1) == 18.0, "all are late"
    assert pause_before_next([20.0] * 5, [30.0, 1.0], calls=101) == 50.5, "no more than two calls a second"
    # However long ago it was: a round is never far.
    assert pause_before_next([3_000.0], [timedelta(days=2).total_seconds()], calls=1) == LONGEST_PAUSE


def test_credentials_that_end_keep_the_look_out_waiting(administrator: User, bucket: Bucket, inject: Callable[..., None]) -> None:
    site = make(administrator, bucket)
    pretend_sent(site, changed_at=timezone.now())
    inject(service="cloudfront", operation="ListDistributions", code="ExpiredToken", status=403)
    assert look_once(bucket).state == Operation.State.WAITING
    assert look_once(bucket).state == Operation.State.SUCCEEDED
