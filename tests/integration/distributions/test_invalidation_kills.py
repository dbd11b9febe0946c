"""A process that dies around the call that sends an invalidation, and around every write of ours; it is sent once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from cdnadmin.accounts.models import Bucket, User
from cdnadmin.operations.models import Operation
from distributions.invalidation_follow import KIND
from distributions.models import InvalidationBatch, InvalidationPath
from distributions.services.invalidations import request_invalidation
from tests.conftest import RunningSandbox, wait_until
from tests.dying import MOMENTS, Doomed, doomed_process
from tests.integration.distributions.conftest import finish, make
from tests.integration.distributions.test_kills import die_at, end_lease
from tests.integration.operations.conftest import own_environment

pytestmark = pytest.mark.django_db(transaction=True)

PATHS = ["/a.png", "/b.png", "/c/*"]


@pytest.fixture(scope="module")
def doomed(sandbox: RunningSandbox, django_db_setup: None) -> Iterator[Doomed]:
    with doomed_process(sandbox.url, own_environment(VAULT_KEY_FILE=str(settings.VAULT_KEY_FILE))) as running:
        yield running


@pytest.fixture
def asked(administrator: User, bucket: Bucket) -> Operation:
    site = make(administrator, bucket)
    for paths in (PATHS[:2], PATHS[1:]):
        request_invalidation(actor=administrator, distribution=site, paths=paths)
    operation = Operation.objects.get(kind=KIND)
    end_lease(operation)
    return operation


def sent(cloudfront: Any) -> list[list[str]]:
    batch = InvalidationBatch.objects.latest("id")
    found = cloudfront.list_invalidations(DistributionId=batch.distribution.aws_id)["InvalidationList"].get("Items", [])
    return [
        cloudfront.get_invalidation(DistributionId=batch.distribution.aws_id, Id=item["Id"])["Invalidation"]["InvalidationBatch"][
            "Paths"
        ]["Items"]
        for item in found
    ]


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_death_around_the_call_sends_it_once(
    moment: str, doomed: Doomed, asked: Operation, inject: Callable[..., None], cloudfront: Any
) -> None:
    def carried_out() -> Counter[str]:
        site = InvalidationPath.objects.earliest("id").distribution
        listed = cloudfront.list_invalidations(DistributionId=site.aws_id)["InvalidationList"]
        return Counter({"CreateInvalidation": listed["Quantity"]})

    die_at(doomed, asked, "CreateInvalidation", moment, inject, carried_out)
    assert finish(asked).state == Operation.State.SUCCEEDED
    assert sent(cloudfront) == [PATHS]
    assert InvalidationBatch.objects.get().state == "completed"


def test_a_death_before_and_after_every_write_of_ours_loses_nothing(
    doomed: Doomed, asked: Operation, cloudfront: Any, tmp_path: Path
) -> None:
    seen = tmp_path / "seen"
    deaths = 0

    def is_over() -> bool:
        nonlocal deaths
        # That it gives up after five starts without progress is another test's matter.
        Operation.objects.filter(pk=asked.pk).update(attempt=0)
        end_lease(asked)
        deaths += doomed.run(asked.pk, seen=seen)
        asked.refresh_from_db()
        return not asked.is_active

    wait_until(is_over, seconds=30, what="the end of an invalidation that dies everywhere")
    assert asked.state == Operation.State.SUCCEEDED, asked.error_message
    places = seen.read_text()
    for table in ("invalidationbatch", "invalidationpath"):
        assert f'"distributions_{table}"' in places, f"it never died at {table}"
    assert deaths > 5
    assert sent(cloudfront) == [PATHS]
    assert not InvalidationPath.objects.exclude(batch__state="completed").exists()
