"""A process that dies around each write of a creation, at AWS and in the database; another goes on, and nothing is there twice."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.conf import settings
from django.utils import timezone

from cdnadmin.accounts.models import AwsAccount, Bucket, User
from cdnadmin.operations.models import Operation
from distributions.models import Distribution, KeyGroup, SigningKey
from distributions.services.distributions import NewDistribution, create_distribution
from tests.conftest import RunningSandbox, wait_until
from tests.dying import MOMENTS, Doomed, doomed_process
from tests.integration.distributions.conftest import finish, fresh, make, operation_of
from tests.integration.operations.conftest import own_environment

pytestmark = pytest.mark.django_db(transaction=True)

IDENTITY = "CreateCloudFrontOriginAccessIdentity"
WRITES = ("CreatePublicKey", "CreateKeyGroup", "CreateOriginAccessControl", "CreateDistribution", "PutBucketPolicy")
HELD_SECONDS = 0.3


@pytest.fixture(scope="module")
def doomed(sandbox: RunningSandbox, django_db_setup: None) -> Iterator[Doomed]:
    with doomed_process(sandbox.url, own_environment(VAULT_KEY_FILE=str(settings.VAULT_KEY_FILE))) as running:
        yield running


@pytest.fixture(autouse=True)
def forget_own_keys(account: AwsAccount, cloudfront: Any) -> Iterator[None]:
    """As the account's fixture does for a whole run's distributions, but only for this test's: that is much faster."""
    yield
    for row in Distribution.objects.exclude(key_group=None).exclude(aws_id=""):
        seen = cloudfront.get_distribution_config(Id=row.aws_id)
        config = seen["DistributionConfig"]
        config["DefaultCacheBehavior"]["TrustedKeyGroups"] = {"Enabled": False, "Quantity": 0}
        cloudfront.update_distribution(Id=row.aws_id, DistributionConfig=config, IfMatch=seen["ETag"])
    for group in KeyGroup.objects.exclude(aws_id=""):
        cloudfront.delete_key_group(Id=group.aws_id, IfMatch=cloudfront.get_key_group(Id=group.aws_id)["ETag"])


@pytest.fixture
def writes(sandbox: RunningSandbox) -> Callable[[], Counter[str]]:
    """How many of each write AWS has carried out since the test began."""

    def lines() -> list[str]:
        return httpx.get(f"{sandbox.url}/_sandbox/writes", timeout=10).text.splitlines()

    before = len(lines())
    return lambda: Counter(json.loads(line)["operation"] for line in lines()[before:])


def ask(actor: User, bucket: Bucket, **given: Any) -> Operation:
    wanted = NewDistribution(name="Doomed", bucket=bucket, kind=Distribution.Kind.PRIVATE, **given)
    return operation_of(create_distribution(actor=actor, wanted=wanted))


def end_lease(operation: Operation) -> None:
    """As if the dead one's lease had been waited out."""
    past = timezone.now() - timedelta(seconds=1)
    Operation.objects.filter(pk=operation.pk).update(lease_until=past, due_at=past)


def die_at(doomed: Doomed, operation: Operation, call: str, moment: str, inject: Callable[..., None], carried_out: Any) -> None:
    """One death. `carried_out` counts the call: what was held goes on at AWS though its caller is dead."""
    if moment == "unanswered":
        inject(operation=call, drop_answer=True)
    elif moment == "held":
        inject(operation=call, delay=HELD_SECONDS)
    before = carried_out()[call]
    assert doomed.run(operation.pk, call=call, moment=moment), f"{call} was never called"
    if moment == "held":
        wait_until(lambda: carried_out()[call] == before + 1, what=f"{call} of a dead caller")
    assert carried_out()[call] == before + (moment != "before")
    operation.refresh_from_db()
    assert operation.state == Operation.State.RUNNING, "it died, and nobody has written an end"
    end_lease(operation)


def is_whole(distribution: Distribution, s3: Any, cloudfront: Any) -> None:
    """What the row says is what AWS has, and one of it."""
    row = fresh(distribution)
    assert row.status == Distribution.Status.DEPLOYED
    assert row.origin_access is not None
    listed = cloudfront.list_distributions()["DistributionList"]["Items"]
    origin_paths = [origin["OriginPath"] for item in listed for origin in item["Origins"]["Items"]]
    assert origin_paths.count(row.origin_path) == 1
    config = cloudfront.get_distribution(Id=row.aws_id)["Distribution"]["DistributionConfig"]
    statements = json.loads(s3.get_bucket_policy(Bucket=row.own_bucket.name)["Policy"])["Statement"]
    assert [row.prefix in statement["Resource"] for statement in statements].count(True) == 1
    assert row.origin_access.aws_id in json.dumps(config["Origins"])
    if row.is_private:
        assert row.key_group is not None
        assert config["DefaultCacheBehavior"]["TrustedKeyGroups"]["Items"] == [row.key_group.aws_id]
        group = cloudfront.get_key_group(Id=row.key_group.aws_id)["KeyGroup"]["KeyGroupConfig"]
        keys = set(row.key_group.public_keys.values_list("aws_id", flat=True))
        assert set(group["Items"]) == keys
        assert len(group["Items"]) == len(keys)


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("call", [*WRITES, IDENTITY])
def test_a_death_around_a_call_doubles_nothing(
    call: str,
    moment: str,
    doomed: Doomed,
    administrator: User,
    bucket: Bucket,
    inject: Callable[..., None],
    writes: Callable[[], Counter[str]],
    s3: Any,
    cloudfront: Any,
) -> None:
    model = Distribution.AccessModel.OAI if call == IDENTITY else Distribution.AccessModel.OAC
    operation = ask(administrator, bucket, access_model=model)
    distribution = Distribution.objects.get()
    die_at(doomed, operation, call, moment, inject, writes)
    ended = finish(operation)
    assert ended.state == Operation.State.SUCCEEDED, ended.error_message
    access = IDENTITY if call == IDENTITY else "CreateOriginAccessControl"
    once = ["CreatePublicKey", "CreateKeyGroup", access, "CreateDistribution", "PutBucketPolicy"]
    counted = writes()
    # CloudFront answers an identity's caller reference as often as it is asked; which it made is counted below.
    counted[IDENTITY] = min(counted[IDENTITY], 1)
    assert {name: counted[name] for name in once} == dict.fromkeys(once, 1)
    is_whole(distribution, s3, cloudfront)
    name = fresh(distribution).origin_access
    assert name is not None
    identities = cloudfront.list_cloud_front_origin_access_identities()["CloudFrontOriginAccessIdentityList"].get("Items", [])
    assert [item["Comment"] for item in identities].count(name.name) == (call == IDENTITY)


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_death_around_the_change_of_the_key_group_keeps_both_keys(
    moment: str,
    doomed: Doomed,
    administrator: User,
    bucket: Bucket,
    inject: Callable[..., None],
    writes: Callable[[], Counter[str]],
    s3: Any,
    cloudfront: Any,
) -> None:
    first = make(administrator, bucket, kind=Distribution.Kind.PRIVATE)
    operation = ask(administrator, bucket, algorithm=SigningKey.Algorithm.RSA_2048)
    die_at(doomed, operation, "UpdateKeyGroup", moment, inject, writes)
    assert finish(operation).state == Operation.State.SUCCEEDED
    counted = writes()
    assert (counted["CreatePublicKey"], counted["CreateKeyGroup"], counted["UpdateKeyGroup"]) == (2, 1, 1)
    for distribution in (first, Distribution.objects.exclude(pk=first.pk).get()):
        is_whole(distribution, s3, cloudfront)


@pytest.mark.parametrize("model", [Distribution.AccessModel.OAC, Distribution.AccessModel.OAI])
def test_a_death_before_and_after_every_write_of_ours_loses_nothing(
    model: str,
    doomed: Doomed,
    administrator: User,
    bucket: Bucket,
    writes: Callable[[], Counter[str]],
    s3: Any,
    cloudfront: Any,
    tmp_path: Path,
) -> None:
    operation = ask(administrator, bucket, access_model=model)
    seen = tmp_path / "seen"
    deaths = 0

    def is_over() -> bool:
        nonlocal deaths
        # That it gives up after five starts without progress is another test's matter.
        Operation.objects.filter(pk=operation.pk).update(attempt=0)
        end_lease(operation)
        if doomed.run(operation.pk, seen=seen):
            deaths += 1
            return False
        operation.refresh_from_db()
        if operation.state == Operation.State.WAITING and operation.step == "propagate":
            look_out = Operation.objects.exclude(pk=operation.pk).filter(state__in=Operation.ACTIVE).first()
            if look_out:
                end_lease(look_out)
                doomed.run(look_out.pk, seen=seen)
        return not operation.is_active

    wait_until(is_over, seconds=30, what="the end of a creation that dies everywhere")
    assert operation.state == Operation.State.SUCCEEDED, operation.error_message
    places = seen.read_text()
    for table in ("signingkey", "publickey", "keygroup", "originaccess", "distribution", "bucketpolicylease"):
        assert f'"distributions_{table}"' in places, f"it never died at {table}"
    for step in ("signing_key", "public_key", "key_group", "origin_access", "create", "policy", "propagate", "verify"):
        assert f"\n{step}: " in f"\n{places}", f"it never died in {step}"
    assert deaths > 20
    access = IDENTITY if model == Distribution.AccessModel.OAI else "CreateOriginAccessControl"
    counted = writes()
    counted[IDENTITY] = min(counted[IDENTITY], 1)
    once = ["CreatePublicKey", "CreateKeyGroup", access, "CreateDistribution", "PutBucketPolicy"]
    assert {name: counted[name] for name in once} == dict.fromkeys(once, 1)
    is_whole(Distribution.objects.get(), s3, cloudfront)
    assert SigningKey.objects.count() == 1
