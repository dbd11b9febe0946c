"""Lost answers, stale reads, settings newer than botocore: no edit is lost, and no conflict is made up."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from cdnadmin.accounts.models import AuditEntry, Bucket, User
from cdnadmin.accounts.services.credentials import connection_for
from cdnadmin.aws import distributions as aws_distributions
from cdnadmin.errors import AwsError, Conflict
from cdnadmin.operations.models import Operation
from distributions.models import ChangePlan, Distribution
from distributions.services.changes import update_distribution
from distributions.services.importing import check_account
from distributions.steps.writing import read
from tests.conftest import RunningSandbox
from tests.integration.distributions.conftest import finish, fresh, make

ROUNDS = 50
FAULTS: tuple[dict[str, Any], ...] = (
    {"operation": "UpdateDistribution", "drop_answer": True},
    {"operation": "UpdateDistribution", "drop_answer": True, "times": 3},
    {"operation": "UpdateDistribution", "code": "Throttling", "status": 400, "times": 2},
    {"operation": "UpdateDistribution", "code": "InternalError", "status": 500, "times": 3},
    {"operation": "UpdateDistribution", "code": "PreconditionFailed", "status": 412},
    {"operation": "UpdateDistribution", "code": "InvalidIfMatchVersion", "status": 400},
    {"operation": "GetDistribution", "stale": True},
    {"operation": "GetDistribution", "stale": True, "times": 3},
    {"operation": "GetDistribution", "code": "InternalError", "status": 500},
    {"operation": "ListDistributions", "stale": True, "times": 2},
)


def test_fifty_faults_lose_no_edit_and_make_up_no_conflict(
    administrator: User, bucket: Bucket, cloudfront: Any, inject: Callable[..., None], sandbox: RunningSandbox
) -> None:
    site, chance = make(administrator, bucket), random.Random(20)
    for number in range(ROUNDS):
        fault = FAULTS[number] if number < len(FAULTS) else chance.choice(FAULTS)
        inject(service="cloudfront", **fault)
        values: dict[str, Any] = {"comment": f"Edit {number}"} if number % 2 else {"default_root_object": f"{number}.html"}
        ended = finish(update_distribution(actor=administrator, distribution=fresh(site), **values))
        assert ended.state == Operation.State.SUCCEEDED, f"{number}, {fault}: {ended.error_message}"
        httpx.delete(f"{sandbox.url}/_sandbox/faults").raise_for_status()
        found = cloudfront.get_distribution_config(Id=site.aws_id)["DistributionConfig"]
        assert (found["Comment"], found["DefaultRootObject"]) == (
            f"Edit {number if number % 2 else number - 1}" if number else "Press kit",
            f"{number - number % 2}.html",
        )
    assert fresh(site).drift is None
    assert ChangePlan.objects.filter(state=ChangePlan.State.APPLIED).count() == ROUNDS
    assert ChangePlan.objects.count() == ROUNDS
    # One version each: nothing was written twice.
    assert site.versions.count() == ROUNDS + 1


def test_stale_lists_and_reads_are_never_called_drift(
    administrator: User, bucket: Bucket, inject: Callable[..., None], sandbox: RunningSandbox
) -> None:
    site = make(administrator, bucket)
    for number in range(3):
        finish(update_distribution(actor=administrator, distribution=fresh(site), comment=f"Edit {number}"))
    for operations in (("ListDistributions",), ("GetDistribution",), ("ListDistributions", "GetDistribution")):
        for operation in operations:
            inject(service="cloudfront", operation=operation, stale=True, times=20)
        finish(check_account(actor=None, account=bucket.account), seconds=60)
        httpx.delete(f"{sandbox.url}/_sandbox/faults").raise_for_status()
    assert fresh(site).drift is None
    assert fresh(site).config["Comment"] == "Edit 2"
    assert not AuditEntry.objects.filter(action="find_drift", target=site.reference).exists()


def test_a_setting_newer_than_botocore_is_noticed_and_the_update_refused(
    administrator: User, bucket: Bucket, cloudfront: Any, sandbox: RunningSandbox
) -> None:
    site = make(administrator, bucket)
    given = {"distribution": site.aws_id, "name": "NewThing", "value": "on"}
    httpx.post(f"{sandbox.url}/_sandbox/unknown-fields", json=given).raise_for_status()
    connection = connection_for(bucket.account)
    assert read(connection, site).unknown_fields == ("DistributionConfig/NewThing",)
    # Not known yet when the change is asked for: the worker's own read notices.
    ended = finish(update_distribution(actor=administrator, distribution=site, comment="Mine"))
    assert (ended.state, ended.error_code) == (Operation.State.FAILED, "UnknownFields")
    assert "NewThing" in ended.error_message
    left = httpx.get(f"{sandbox.url}/_sandbox/unknown-fields").json()
    assert left[site.aws_id] == {"NewThing": "on"}, "nothing was lost"
    assert cloudfront.get_distribution_config(Id=site.aws_id)["DistributionConfig"]["Comment"] == "Press kit"
    # Once it is known, a change is refused before it is asked for.
    Distribution.objects.filter(pk=site.pk).update(unknown_fields=["DistributionConfig/NewThing"])
    with pytest.raises(Conflict, match="NewThing"):
        update_distribution(actor=administrator, distribution=fresh(site), comment="Mine")


def test_the_door_refuses_it_too(administrator: User, bucket: Bucket) -> None:
    site = make(administrator, bucket)
    with pytest.raises(AwsError) as refused:
        aws_distributions.update_distribution(
            connection_for(bucket.account),
            id=site.aws_id,
            config=site.config,
            etag=site.etag,
            unknown_fields=["A/DistributionConfig/B"],
        )
    assert (refused.value.code, "(B)" in refused.value.message) == ("UnknownFields", True)
