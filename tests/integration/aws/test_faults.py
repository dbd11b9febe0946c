"""Every write × {throttled, 503, answer lost}: nothing made twice, nothing lost, and AWS's code and request id kept."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from itertools import count
from types import ModuleType

import pytest

from cdnadmin.aws import (
    bucket_policies,
    buckets,
    certificates,
    distributions,
    invalidations,
    keys,
    objects,
    origin_access,
    streaming,
)
from cdnadmin.aws.session import Connection
from cdnadmin.errors import AwsConflict, AwsDenied, AwsError
from tests.conftest import free_port
from tests.integration.aws import later_writes, writes
from tests.integration.aws.conftest import Cloud
from tests.integration.aws.writes import WRITES, Write

_numbers = count()
each_write = pytest.mark.parametrize("write", WRITES, ids=lambda write: write.operation)


def tag() -> str:
    return f"faults-{next(_numbers)}"


def resources(cloud: Cloud, write: Write, since: int) -> set[str]:
    """What this operation has made or changed at AWS since: one thing, however often it was asked."""
    return {line["resource"] for line in cloud.writes()[since:] if line["operation"] == write.operation}


def code_of(call: Callable[[Connection], object], connection: Connection) -> str:
    """AWS's code, or "" where the call succeeded."""
    try:
        call(connection)
    except AwsError as error:
        return error.code
    return ""


def test_every_write_is_in_the_table() -> None:
    source = inspect.getsource(writes) + inspect.getsource(later_writes)
    modules: tuple[ModuleType, ...] = (
        bucket_policies,
        buckets,
        certificates,
        distributions,
        invalidations,
        keys,
        objects,
        origin_access,
        streaming,
    )
    for module in modules:
        name = module.__name__.rpartition(".")[2]
        for function, _ in inspect.getmembers(module, inspect.isfunction):
            if re.match(r"(create|update|delete|put|upload|complete|abort|request)_", function):
                assert f"{name}.{function}(" in source, f"{name}.{function} is tried with no fault"


@each_write
@pytest.mark.parametrize(("code", "status"), [("Throttling", 400), ("ServiceUnavailable", 503)])
def test_refused_says_why_writes_nothing_and_may_be_tried_again(cloud: Cloud, write: Write, code: str, status: int) -> None:
    call, is_done = write.prepare(cloud.connection, tag())
    since = len(cloud.writes())
    cloud.inject(service=write.service, operation=write.operation, code=code, status=status)
    with pytest.raises(AwsError) as refused:
        call(cloud.impatient)
    assert (refused.value.code, refused.value.retryable) == (code, True)
    assert len(refused.value.request_id) >= 16
    assert resources(cloud, write, since) == set()
    call(cloud.impatient)
    assert is_done()
    assert len(resources(cloud, write, since)) == 1


@each_write
def test_a_lost_answer_that_botocore_asks_again_for(cloud: Cloud, write: Write) -> None:
    call, is_done = write.prepare(cloud.connection, tag())
    since = len(cloud.writes())
    cloud.inject(service=write.service, operation=write.operation, drop_answer=True)
    assert code_of(call, cloud.connection) in {"", *write.lost}
    assert len(resources(cloud, write, since)) == 1
    assert is_done()


@each_write
def test_a_lost_answer_after_which_the_step_runs_again(cloud: Cloud, write: Write) -> None:
    call, is_done = write.prepare(cloud.connection, tag())
    since = len(cloud.writes())
    cloud.inject(service=write.service, operation=write.operation, drop_answer=True)
    with pytest.raises(AwsError) as lost:
        call(cloud.impatient)
    assert (lost.value.code, lost.value.retryable) == ("Unreachable", True)
    assert code_of(call, cloud.impatient) in {"", *write.lost}
    assert len(resources(cloud, write, since)) == 1
    assert is_done()


def test_throttling_for_a_moment_is_nobodys_trouble(cloud: Cloud) -> None:
    name = tag()
    cloud.inject(service="cloudfront", operation="CreateOriginAccessControl", code="Throttling", status=400, times=2)
    origin_access.create_origin_access_control(cloud.connection, name=name)
    assert writes._oac_names(cloud.connection).count(name) == 1


def test_somebody_elses_change_is_a_conflict_and_stays(cloud: Cloud) -> None:
    c, name = cloud.connection, tag()
    made = distributions.create_distribution(c, config=writes._config(name))
    distributions.update_distribution(c, id=made.id, config={**made.config, "Comment": "theirs"}, etag=made.etag)
    with pytest.raises(AwsConflict) as stale:
        distributions.update_distribution(c, id=made.id, config={**made.config, "Comment": "ours"}, etag=made.etag)
    assert stale.value.code in {"PreconditionFailed", "InvalidIfMatchVersion"}
    assert stale.value.request_id
    assert distributions.get_distribution(c, id=made.id).config["Comment"] == "theirs"


def test_a_name_that_means_something_else_is_not_adopted(cloud: Cloud) -> None:
    c, name = cloud.connection, tag()
    first, second = writes._public_key(c, f"{name}-1"), writes._public_key(c, f"{name}-2")
    with pytest.raises(AwsConflict):
        keys.create_public_key(c, name=first.name, caller_reference="other", pem=second.pem)
    keys.create_key_group(c, name=name, public_key_ids=[first.id])
    with pytest.raises(AwsConflict):
        keys.create_key_group(c, name=name, public_key_ids=[second.id])
    origin_access.create_origin_access_control(c, name=name, description="ours")
    with pytest.raises(AwsConflict):
        origin_access.create_origin_access_control(c, name=name, description="theirs")
    distributions.create_distribution(c, config=writes._config(name))
    with pytest.raises(AwsConflict):
        distributions.create_distribution(c, config={**writes._config(name), "Comment": "another"})


def test_a_key_that_is_taken_stays_what_it_was(cloud: Cloud) -> None:
    where = writes._bucket(cloud.connection, tag())
    objects.put_object(cloud.connection, bucket=where["bucket"], key=where["key"], body=b"first", content_type="text/plain")
    with pytest.raises(AwsConflict) as taken:
        objects.put_object(
            cloud.connection,
            bucket=where["bucket"],
            key=where["key"],
            body=b"second!",
            content_type="text/plain",
            if_none_match=True,
        )
    assert taken.value.code == "PreconditionFailed"
    seen = objects.head_object(cloud.connection, **where)
    assert seen is not None
    assert seen.size == 5


def test_wrong_keys_and_nobody_there(cloud: Cloud) -> None:
    wrong = Connection("us-east-1", cloud.url, "AKIAWRONG", "canary-secret", impatient=True)
    with pytest.raises(AwsDenied) as denied:
        buckets.list_buckets(wrong)
    assert (denied.value.code, denied.value.retryable) == ("InvalidAccessKeyId", False)
    assert denied.value.request_id
    assert "canary-secret" not in repr(wrong) + repr(denied.value)
    nobody = Connection("us-east-1", f"http://127.0.0.1:{free_port()}", "AKIA", "canary-secret", impatient=True)
    with pytest.raises(AwsError) as away:
        buckets.list_buckets(nobody)
    assert (away.value.code, away.value.retryable) == ("Unreachable", True)


@pytest.mark.parametrize(("region", "endpoint"), [("not a region/", ""), ("us-east-1", "http://a b"), ("us-east-1", "nonsense")])
def test_what_boto3_takes_for_no_address_is_said_as_ours(region: str, endpoint: str) -> None:
    with pytest.raises(AwsError) as refused:
        buckets.list_buckets(Connection(region, endpoint, "AKIA", "canary-secret"))
    assert refused.value.code == "InvalidEndpoint"
    assert "canary-secret" not in str(refused.value)
