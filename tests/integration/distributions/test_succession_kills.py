"""A process that dies around each write of a succession; another goes on: one successor, its name moved once, the old one gone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from cdnadmin.accounts.models import Bucket, User
from cdnadmin.operations.models import Operation
from distributions.models import Distribution
from tests.certificates import issue_certificate
from tests.conftest import RunningSandbox
from tests.dying import Doomed
from tests.integration.distributions.conftest import client, finish, fresh, operation_of
from tests.integration.distributions.old_streams import old_ids, old_stream, succeed
from tests.integration.distributions.test_kills import die_at, doomed, writes
from tests.integration.distributions.test_succession import come_to, one_step

__all__ = ["doomed", "one_step", "writes"]  # fixtures

pytestmark = pytest.mark.django_db(transaction=True)

CALLS = {"CreateDistributionWithTags": "create", "UpdateStreamingDistribution": "take", "UpdateDistribution": "give"}


@pytest.fixture(scope="module")
def certificate(sandbox: RunningSandbox) -> str:
    return issue_certificate(client(sandbox, "acm"), "*.example.org")


@pytest.mark.parametrize(
    ("call", "moment"),
    [
        ("CreateDistributionWithTags", "unanswered"),
        ("CreateDistributionWithTags", "after"),
        ("UpdateStreamingDistribution", "unanswered"),
        ("UpdateStreamingDistribution", "after"),
        ("UpdateDistribution", "after"),
    ],
)
def test_a_death_around_a_call_doubles_and_loses_nothing(
    call: str,
    moment: str,
    doomed: Doomed,
    administrator: User,
    bucket: Bucket,
    cloudfront: Any,
    s3: Any,
    certificate: str,
    inject: Callable[..., None],
    writes: Callable[[], Counter[str]],
    one_step: None,
) -> None:
    alias = f"{bucket.name}.example.org"
    old = old_stream(cloudfront, s3, bucket, alias=alias, signers=("self",))
    made, operation = succeed(administrator, old, alias, certificate=certificate, retire=True)
    come_to(operation, CALLS[call])
    before = writes()
    die_at(doomed, operation, call, moment, inject, writes)
    ended = finish(operation)
    assert ended.state == Operation.State.SUCCEEDED, ended.error_message
    counted = writes() - before
    assert counted["UpdateStreamingDistribution"] <= 2, "its name taken, and it disabled"
    assert (counted["CreateDistributionWithTags"], counted["UpdateDistribution"]) == (call == "CreateDistributionWithTags", 1)
    new = fresh(made)
    assert (new.status, new.aliases, new.kind) == (Distribution.Status.DEPLOYED, [alias], "private")
    found = cloudfront.get_distribution(Id=new.aws_id)["Distribution"]["DistributionConfig"]
    assert found["Aliases"]["Items"] == [alias]
    finish(operation_of(old, "delete_distribution"))
    assert old.aws_id not in old_ids(cloudfront)
    assert Operation.objects.filter(kind="delete_distribution").count() == 1
