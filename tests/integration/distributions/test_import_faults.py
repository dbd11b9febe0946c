"""An import that is throttled, dropped, killed, or whose credentials end: goes on, brings everything in, and nothing twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import httpx
import pytest
from django.db import connection
from django.utils import timezone

from cdnadmin.accounts.models import AwsAccount, User
from cdnadmin.accounts.services.credentials import connection_for
from cdnadmin.aws.distributions import get_distribution
from cdnadmin.aws.keys import SeenPublicKey
from cdnadmin.operations.models import Operation
from cdnadmin.operations.runner import run_operation
from cdnadmin.signing import generate_private_key, public_pem
from distributions.importing import import_distribution, import_public_key
from distributions.models import ConfigurationVersion, Distribution, SigningKey
from distributions.services.importing import import_account
from tests.conftest import RunningSandbox
from tests.integration.distributions.conftest import finish
from tests.integration.distributions.test_import import theirs

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def many(account: AwsAccount, cloudfront: Any) -> list[str]:
    """The ids of a few that somebody made without cdnadmin."""
    return [theirs(cloudfront, f"many-{account.public_id}-{number}")["Id"] for number in range(15)]


def imported(ids: list[str]) -> Counter[str]:
    return Counter(Distribution.objects.filter(aws_id__in=ids).values_list("aws_id", flat=True))


@pytest.mark.parametrize(
    "fault",
    [
        {"operation": "GetDistribution", "code": "Throttling", "status": 400, "times": 3},
        {"operation": "ListDistributions", "code": "Throttling", "status": 400, "times": 3},
        {"operation": "ListTagsForResource", "code": "Throttling", "status": 400, "times": 3},
        {"operation": "GetDistribution", "drop_answer": True, "times": 3},
        {"operation": "ListPublicKeys", "code": "InternalError", "status": 500, "times": 2},
        {"operation": "ListStreamingDistributions", "code": "Throttling", "status": 400, "times": 2},
        {"operation": "ListTagsForResource", "code": "ExpiredToken", "status": 403, "times": 2},
    ],
    ids=lambda fault: f"{fault['operation']}-{fault.get('code', 'dropped')}",
)
def test_it_goes_on_after(
    fault: dict[str, Any], administrator: User, account: AwsAccount, many: list[str], inject: Callable[..., None]
) -> None:
    inject(service="cloudfront", **fault)
    ended = finish(import_account(actor=administrator, account=account), seconds=60)
    assert ended.state == Operation.State.SUCCEEDED, ended.error_message
    assert imported(many) == Counter(many)
    assert ended.data["listed"] == ended.data["counted"]
    assert ended.data["new"] == Distribution.objects.count()


def test_it_tells_how_far_it_is_of_how_many(
    administrator: User, account: AwsAccount, many: list[str], inject: Callable[..., None]
) -> None:
    operation = import_account(actor=administrator, account=account)
    # The count goes well; the list after it is throttled.
    inject(service="cloudfront", operation="GetDistribution", code="Throttling", status=400)
    run_operation(operation.pk)
    operation.refresh_from_db()
    assert (operation.state, operation.step) == (Operation.State.WAITING, "distributions")
    assert operation.total >= len(many)
    assert operation.percent is not None
    assert finish(operation).state == Operation.State.SUCCEEDED


def test_the_worker_that_was_thought_dead_makes_no_second_row(account: AwsAccount, many: list[str]) -> None:
    seen = get_distribution(connection_for(account), id=many[0])

    def take(_: int) -> int:
        try:
            return import_distribution(account, seen, family=Distribution.Family.WEB, tags={}).pk
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as workers:
        assert len(set(workers.map(take, range(8)))) == 1
    assert imported(many) == Counter(many[:1])
    assert ConfigurationVersion.objects.count() == 1


def test_a_killed_import_goes_on_in_another_worker(administrator: User, account: AwsAccount, many: list[str]) -> None:
    operation = import_account(actor=administrator, account=account)
    run_operation(operation.pk)
    before = set(Distribution.objects.values_list("pk", flat=True))
    # Killed after half of a page: its rows are there, and nobody wrote down how far it was.
    Distribution.objects.filter(aws_id__in=many[8:]).delete()
    Operation.objects.filter(pk=operation.pk).update(
        state=Operation.State.RUNNING,
        step="distributions",
        data={"counted": len(before)},
        lease_token="dead",
        lease_until=timezone.now() - timedelta(seconds=1),
        finished_at=None,
    )
    ended = finish(operation)
    assert ended.state == Operation.State.SUCCEEDED
    assert imported(many) == Counter(many)
    assert ended.data["new"] == len(many[8:])


def test_a_cloudformation_stack_says_who_manages_it(
    administrator: User, account: AwsAccount, cloudfront: Any, sandbox: RunningSandbox
) -> None:
    made = theirs(cloudfront, f"stack-{account.public_id}")
    cloudfront.tag_resource(Resource=made["ARN"], Tags={"Items": [{"Key": "team", "Value": "web"}]})
    stack = {"distribution": made["Id"], "tags": {"aws:cloudformation:stack-name": "site"}}
    httpx.post(f"{sandbox.url}/_sandbox/system-tags", json=stack).raise_for_status()
    finish(import_account(actor=administrator, account=account), seconds=60)
    row = Distribution.objects.get(aws_id=made["Id"])
    assert (row.managed_by, row.tags["team"]) == (Distribution.ManagedBy.CLOUDFORMATION, "web")
    assert "CloudFormation" in row.unchangeable_because


def test_a_key_that_was_made_here_is_known_again(account: AwsAccount, cloudfront: Any) -> None:
    pem = public_pem(generate_private_key("ecdsa-p256"))
    own = SigningKey.objects.create(name="Ours", public_pem=pem.strip(), sealed_private_key={"sealed": "…"})
    made = cloudfront.create_public_key(PublicKeyConfig={"CallerReference": "own", "Name": "own", "EncodedKey": pem})
    seen = cloudfront.get_public_key(Id=made["PublicKey"]["Id"])["PublicKey"]
    row = import_public_key(account, SeenPublicKey(seen["Id"], "own", "", seen["PublicKeyConfig"]["EncodedKey"]))
    assert row.signing_key == own


def test_where_tags_may_not_be_listed_distributions_are_imported_all_the_same(
    administrator: User, account: AwsAccount, many: list[str], inject: Callable[..., None]
) -> None:
    inject(service="cloudfront", operation="ListTagsForResource", code="AccessDenied", status=403, times=100)
    ended = finish(import_account(actor=administrator, account=account), seconds=60)
    assert (ended.state, imported(many)) == (Operation.State.SUCCEEDED, Counter(many))
