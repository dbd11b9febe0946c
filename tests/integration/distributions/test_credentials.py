"""Credentials that are wrong, or end half-way: the chain waits, says so, and goes on when they are mended."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone

from cdnadmin.accounts.models import AwsAccount, Bucket, User
from cdnadmin.errors import InvalidInput
from cdnadmin.operations.models import Operation
from cdnadmin.operations.runner import run_operation
from cdnadmin.operations.services import cancel_operation, retry_operation
from distributions.models import Distribution
from distributions.services.deletion import delete_distribution, undo_deletion
from distributions.services.distributions import NewDistribution, create_distribution
from tests.integration.distributions.conftest import finish, fresh, make, operation_of

pytestmark = pytest.mark.django_db(transaction=True)

EXPIRED = {"service": "cloudfront", "code": "ExpiredToken", "status": 403, "message": "The security token is expired"}


def step(operation: Operation) -> Operation:
    Operation.objects.filter(pk=operation.pk).update(due_at=timezone.now())
    run_operation(operation.pk)
    operation.refresh_from_db()
    return operation


def test_a_creation_with_a_wrong_key_waits_and_the_page_says_so(administrator: User, account: AwsAccount, bucket: Bucket) -> None:
    AwsAccount.objects.filter(pk=account.pk).update(access_key_id="AKIAWRONGWRONGWRONG1")
    made = create_distribution(actor=administrator, wanted=NewDistribution(name="Press kit", bucket=bucket))
    operation = operation_of(made)
    for _ in range(12):
        step(operation)
    assert operation.state == Operation.State.WAITING
    assert operation.events.filter(level="warning").count() == 1
    browser = Client()
    browser.force_login(administrator)
    page = browser.get(f"/distributions/{made.public_id}/").content.decode()
    assert "AWS does not know this access key" in page
    assert "Waiting until they are mended; looking again every minute." in page
    AwsAccount.objects.filter(pk=account.pk).update(access_key_id="sandbox")
    assert finish(operation).state == Operation.State.SUCCEEDED
    assert fresh(made).status == Distribution.Status.DEPLOYED


def test_a_creation_that_waits_for_credentials_is_given_up_and_tried_again(
    administrator: User, account: AwsAccount, bucket: Bucket
) -> None:
    AwsAccount.objects.filter(pk=account.pk).update(access_key_id="AKIAWRONGWRONGWRONG1")
    made = create_distribution(actor=administrator, wanted=NewDistribution(name="Press kit", bucket=bucket))
    operation = operation_of(made)
    with pytest.raises(InvalidInput, match="must be finished"):
        cancel_operation(actor=administrator, operation=operation)
    step(operation)
    browser = Client()
    browser.force_login(administrator)
    assert "Stop" in browser.get(f"/operations/{operation.public_id}/").content.decode()
    cancel_operation(actor=administrator, operation=operation)
    step(operation)
    assert (operation.state, operation.error_code) == (Operation.State.FAILED, "InvalidClientTokenId")
    assert fresh(made).status == Distribution.Status.FAILED
    AwsAccount.objects.filter(pk=account.pk).update(access_key_id="sandbox")
    retry_operation(actor=administrator, operation=operation)
    assert finish(operation).state == Operation.State.SUCCEEDED


@pytest.mark.parametrize(
    ("call", "at"),
    [("UpdateDistribution", "close"), ("DeleteDistribution", "delete"), ("DeleteOriginAccessControl", "clean_access")],
)
def test_a_deletion_whose_credentials_end_half_way_goes_on_where_it_was(
    administrator: User, bucket: Bucket, inject: Callable[..., None], call: str, at: str
) -> None:
    site = make(administrator, bucket)
    operation = delete_distribution(actor=administrator, distribution=site, typed_name=site.name, cleanup=("access",))
    inject(operation=call, times=1, **EXPIRED)
    assert finish(operation).state == Operation.State.SUCCEEDED
    (told,) = operation.events.filter(level="warning")
    assert (told.step, told.message) == (at, "These credentials have expired. Enter new ones. Waiting until they are mended.")
    assert not Distribution.objects.filter(pk=site.pk).exists()


def test_a_deletion_that_waits_for_credentials_can_be_undone(
    administrator: User, bucket: Bucket, inject: Callable[..., None]
) -> None:
    site = make(administrator, bucket)
    operation = delete_distribution(actor=administrator, distribution=site, typed_name=site.name)
    inject(operation="UpdateDistribution", times=1, **EXPIRED)
    assert step(operation).state == Operation.State.WAITING
    undo_deletion(actor=administrator, distribution=site)
    assert finish(operation).state == Operation.State.CANCELLED
    assert finish(operation_of(site, "keep_distribution")).state == Operation.State.SUCCEEDED
    assert fresh(site).status == Distribution.Status.DEPLOYED
