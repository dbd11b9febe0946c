"""A deletion whose answers are lost, refused for a moment or older than the truth; and that of an old streaming distribution."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from cdnadmin.accounts.models import AwsAccount, Bucket, User
from cdnadmin.operations.models import Operation
from distributions.models import Distribution, KeyGroup, OriginAccess
from distributions.services.changes import update_distribution
from tests.integration.distributions.conftest import finish, fresh, make
from tests.integration.distributions.test_delete import ALL, ask, ids

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("code", ["PreconditionFailed", "InvalidIfMatchVersion", "DistributionNotDisabled"])
def test_a_read_that_was_older_than_the_truth_is_waited_out(
    administrator: User, bucket: Bucket, cloudfront: Any, inject: Callable[..., None], code: str
) -> None:
    site = make(administrator, bucket)
    inject(service="cloudfront", operation="DeleteDistribution", code=code, status=412, times=3)
    assert finish(ask(administrator, site)).state == Operation.State.SUCCEEDED
    assert site.aws_id not in ids(cloudfront)


@pytest.mark.parametrize("times", [1, 2, 3, 5])
def test_reads_as_before_the_last_change_are_waited_out(
    administrator: User, bucket: Bucket, cloudfront: Any, inject: Callable[..., None], times: int
) -> None:
    site = make(administrator, bucket)
    finish(update_distribution(actor=administrator, distribution=site, comment="Newest"))
    inject(service="cloudfront", operation="GetDistribution", stale=True, times=times)
    operation = ask(administrator, fresh(site))
    ended = finish(operation)
    assert ended.state == Operation.State.SUCCEEDED, ended.error_message
    assert site.aws_id not in ids(cloudfront)


@pytest.mark.parametrize("call", ["UpdateDistribution", "DeleteDistribution", "DeleteOriginAccessControl", "DeleteKeyGroup"])
@pytest.mark.parametrize(
    "fault", [{"drop_answer": True}, {"code": "Throttling", "status": 429, "times": 3}, {"code": "Busy", "status": 500}]
)
def test_a_lost_answer_or_a_refusal_for_a_moment_changes_nothing_of_it(
    administrator: User, bucket: Bucket, cloudfront: Any, inject: Callable[..., None], call: str, fault: dict[str, Any]
) -> None:
    site = make(administrator, bucket, kind="private")
    inject(service="cloudfront", operation=call, **fault)
    ended = finish(ask(administrator, site, *ALL))
    assert ended.state == Operation.State.SUCCEEDED, ended.error_message
    assert site.aws_id not in ids(cloudfront)
    assert not OriginAccess.objects.exists()
    assert not KeyGroup.objects.exists()


def test_an_old_streaming_distribution_is_deleted_likewise(
    administrator: User, bucket: Bucket, account: AwsAccount, cloudfront: Any
) -> None:
    made = cloudfront.create_streaming_distribution(
        StreamingDistributionConfig={
            "CallerReference": f"old-{bucket.name}",
            "Comment": "Old films",
            "Enabled": True,
            "S3Origin": {"DomainName": f"{bucket.name}.s3.amazonaws.com", "OriginAccessIdentity": ""},
            "TrustedSigners": {"Enabled": False, "Quantity": 0},
        }
    )
    seen = made["StreamingDistribution"]
    old = Distribution.objects.create(
        account=account,
        name="Old films",
        family=Distribution.Family.RTMP,
        kind="public",
        access_model="open",
        bucket=bucket,
        aws_id=seen["Id"],
        arn=seen["ARN"],
        domain_name=seen["DomainName"],
        etag=made["ETag"],
        config=seen["StreamingDistributionConfig"],
        status=Distribution.Status.DEPLOYED,
    )
    ended = finish(ask(administrator, old, "policy"))
    assert ended.state == Operation.State.SUCCEEDED, ended.error_message
    assert cloudfront.list_streaming_distributions()["StreamingDistributionList"].get("Items", []) == []
    assert not Distribution.objects.filter(pk=old.pk).exists()
