"""A change tried again, put back or read back while reads are old: what is not written does not count, nothing waits for ever."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from cdnadmin.accounts.models import Bucket, User
from cdnadmin.accounts.services.credentials import connection_for
from cdnadmin.aws.distributions import get_distribution
from cdnadmin.operations.models import Operation
from cdnadmin.operations.runner import run_operation
from cdnadmin.operations.services import cancel_operation, retry_operation
from distributions.models import ChangePlan, ConfigurationVersion
from distributions.services.changes import update_distribution
from distributions.services.plans import apply_plan, discard_plan, edit_plan, open_draft, plan_restoring, set_plan_tags
from distributions.steps.outside import note_outside
from tests.integration.distributions.conftest import finish, fresh, make
from tests.integration.distributions.test_drift import check
from tests.integration.distributions.test_plans import at_aws, outside

pytestmark = pytest.mark.django_db(transaction=True)

Inject = Callable[..., None]
STALE = {"service": "cloudfront", "operation": "GetDistribution", "stale": True}
REFUSED = {"service": "cloudfront", "operation": "UpdateDistribution", "code": "AccessDenied", "status": 403}


def step(operation: Operation) -> Operation:
    Operation.objects.filter(pk=operation.pk).update(due_at=timezone.now())
    run_operation(operation.pk)
    operation.refresh_from_db()
    return operation


def test_an_old_read_that_looks_like_what_is_wanted_is_not_taken_for_written(
    administrator: User, bucket: Bucket, cloudfront: Any, inject: Inject
) -> None:
    site = make(administrator, bucket)
    finish(update_distribution(actor=administrator, distribution=site, comment="B"))
    first = ConfigurationVersion.objects.filter(distribution=site).earliest("number")
    plan = plan_restoring(actor=administrator, distribution=fresh(site), version=first)
    inject(**STALE)
    assert finish(apply_plan(actor=administrator, plan=plan)).state == Operation.State.SUCCEEDED
    assert at_aws(cloudfront, site)["Comment"] == first.config["Comment"]


def test_what_failed_by_a_conflict_fails_again_instead_of_waiting_for_ever(
    administrator: User, bucket: Bucket, cloudfront: Any
) -> None:
    site = make(administrator, bucket)
    outside(cloudfront, site, Comment="Theirs")
    operation = finish(update_distribution(actor=administrator, distribution=site, comment="Mine"))
    assert operation.state == Operation.State.FAILED
    retry_operation(actor=administrator, operation=operation)
    assert step(operation).state == Operation.State.FAILED
    assert at_aws(cloudfront, site)["Comment"] == "Theirs"


@pytest.mark.parametrize("since", ["discarded", "edited"])
def test_a_plan_that_is_not_as_it_was_applied_is_not_written_by_trying_again(
    administrator: User, bucket: Bucket, cloudfront: Any, inject: Inject, since: str
) -> None:
    site = make(administrator, bucket)
    plan = open_draft(actor=administrator, distribution=site)
    edit_plan(actor=administrator, plan=plan, edit=lambda config: {**config, "Comment": "Mine"})
    inject(**REFUSED)
    operation = finish(apply_plan(actor=administrator, plan=plan))
    assert operation.state == Operation.State.FAILED
    if since == "discarded":
        discard_plan(actor=administrator, plan=plan)
    else:
        edit_plan(actor=administrator, plan=plan, edit=lambda config: {**config, "Comment": "Other"})
    retry_operation(actor=administrator, operation=operation)
    assert (step(operation).state, operation.error_code) == (Operation.State.FAILED, "plan_changed")
    assert at_aws(cloudfront, site)["Comment"] not in {"Mine", "Other"}


def test_a_plan_whose_later_step_failed_is_applied_again_without_a_conflict_with_itself(
    administrator: User, bucket: Bucket, cloudfront: Any, inject: Inject
) -> None:
    site = make(administrator, bucket, tags={"team": "press"})
    plan = open_draft(actor=administrator, distribution=site)
    edit_plan(actor=administrator, plan=plan, edit=lambda config: {**config, "Comment": "Mine"})
    set_plan_tags(actor=administrator, plan=plan, tags={"team": "film"})
    inject(service="cloudfront", operation="TagResource", code="AccessDenied", status=403)
    assert finish(apply_plan(actor=administrator, plan=plan)).state == Operation.State.FAILED
    plan.refresh_from_db()
    assert finish(apply_plan(actor=administrator, plan=plan)).state == Operation.State.SUCCEEDED
    assert fresh(site).tags == {"team": "film"}


def test_an_old_read_clears_no_drift_that_is_known(administrator: User, bucket: Bucket, cloudfront: Any) -> None:
    site = make(administrator, bucket)
    old = get_distribution(connection_for(bucket.account), id=site.aws_id)
    outside(cloudfront, site, Comment="Theirs")
    check(bucket)
    note_outside(fresh(site), old)
    assert fresh(site).drift is not None


def test_what_is_read_back_is_not_compared_with_an_old_answer(administrator: User, bucket: Bucket, inject: Inject) -> None:
    site = make(administrator, bucket)
    operation = update_distribution(actor=administrator, distribution=site, comment="B")
    while operation.step != "propagate":
        step(operation)
    inject(**STALE)
    assert finish(operation).state == Operation.State.SUCCEEDED
    assert ChangePlan.objects.latest("pk").note == ""


def test_giving_up_lapses_once_the_credentials_are_mended(administrator: User, bucket: Bucket, inject: Inject) -> None:
    site = make(administrator, bucket)
    operation = update_distribution(actor=administrator, distribution=site, comment="B")
    expired = {"service": "cloudfront", "code": "ExpiredToken", "status": 403}
    inject(operation="GetDistribution", **expired)
    assert step(operation).awaits_credentials
    cancel_operation(actor=administrator, operation=operation)
    while step(operation).step != "propagate":
        assert operation.is_active
    assert not operation.cancel_requested
