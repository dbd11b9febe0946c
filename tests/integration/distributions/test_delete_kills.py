"""A process that dies around each write of a deletion; another goes on, and nothing is lost, left or deleted twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from cdnadmin.accounts.models import Bucket, User
from cdnadmin.operations.models import Operation
from cdnadmin.operations.runner import run_operation
from distributions.models import Distribution, KeyGroup, OriginAccess, PublicKey
from distributions.services.deletion import delete_distribution, undo_deletion
from tests.dying import MOMENTS, Doomed
from tests.integration.distributions.conftest import finish, fresh, make, operation_of
from tests.integration.distributions.test_delete import ALL, ids, short_deliveries, sids
from tests.integration.distributions.test_kills import die_at, doomed, end_lease, writes

__all__ = ["doomed", "short_deliveries", "writes"]  # fixtures

pytestmark = pytest.mark.django_db(transaction=True)

CALLS = ("UpdateDistribution", "DeleteDistribution", "DeleteBucketPolicy", "DeleteOriginAccessControl", "DeleteKeyGroup")


STEPS = {"DeleteDistribution": "delete", "DeleteBucketPolicy": "clean_policy", "DeleteOriginAccessControl": "clean_access"}


def come_to(operation: Operation, call: str) -> None:
    """Run it until it does `call` next: up to there it waits for the edges, for which a death would have to wait, too."""
    if call == "UpdateDistribution":
        return
    for _ in range(200):
        operation.refresh_from_db()
        if operation.step == STEPS.get(call, "clean_keys"):
            return
        for each in Operation.objects.filter(state__in=Operation.ACTIVE):
            end_lease(each)
            run_operation(each.pk)
    pytest.fail(f"it never came to {call}")


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("call", CALLS)
def test_a_death_around_a_call_leaves_nothing_half_deleted(
    call: str,
    moment: str,
    doomed: Doomed,
    administrator: User,
    bucket: Bucket,
    inject: Callable[..., None],
    writes: Callable[[], Counter[str]],
    s3: Any,
    cloudfront: Any,
    short_deliveries: None,
) -> None:
    site = make(administrator, bucket, kind="private")
    operation = delete_distribution(actor=administrator, distribution=site, typed_name=site.name, cleanup=ALL)
    come_to(operation, call)
    die_at(doomed, operation, call, moment, inject, writes)
    ended = finish(operation)
    assert ended.state == Operation.State.SUCCEEDED, ended.error_message
    counted = writes()
    once = [*CALLS, "DeletePublicKey"]
    assert {name: counted[name] for name in once} == dict.fromkeys(once, 1)
    assert site.aws_id not in ids(cloudfront)
    assert sids(s3, bucket) == []
    for rows in (Distribution, OriginAccess, KeyGroup, PublicKey):
        assert not rows.objects.exists(), rows


@pytest.mark.parametrize("moment", MOMENTS)
def test_undone_after_a_death_around_its_disabling_it_is_enabled_again(
    moment: str,
    doomed: Doomed,
    administrator: User,
    bucket: Bucket,
    inject: Callable[..., None],
    writes: Callable[[], Counter[str]],
    cloudfront: Any,
) -> None:
    site = make(administrator, bucket)
    operation = delete_distribution(actor=administrator, distribution=site, typed_name=site.name)
    die_at(doomed, operation, "UpdateDistribution", moment, inject, writes)
    undo_deletion(actor=administrator, distribution=site)
    assert finish(operation).state == Operation.State.CANCELLED
    assert finish(operation_of(site, "keep_distribution")).state == Operation.State.SUCCEEDED
    assert cloudfront.get_distribution_config(Id=site.aws_id)["DistributionConfig"]["Enabled"]
    assert (fresh(site).status, fresh(site).enabled) == (Distribution.Status.DEPLOYED, True)


@pytest.mark.parametrize("moment", MOMENTS)
def test_undone_after_a_death_around_the_delete_itself_what_is_true_is_said(
    moment: str,
    doomed: Doomed,
    administrator: User,
    bucket: Bucket,
    inject: Callable[..., None],
    writes: Callable[[], Counter[str]],
    cloudfront: Any,
    short_deliveries: None,
) -> None:
    site = make(administrator, bucket)
    operation = delete_distribution(actor=administrator, distribution=site, typed_name=site.name)
    come_to(operation, "DeleteDistribution")
    die_at(doomed, operation, "DeleteDistribution", moment, inject, writes)
    undo_deletion(actor=administrator, distribution=site)
    finish(operation)
    finish(operation_of(site, "keep_distribution"))
    there = site.aws_id in ids(cloudfront)
    assert there == (moment == "before")
    assert fresh(site).status == (Distribution.Status.DEPLOYED if there else Distribution.Status.GONE)
