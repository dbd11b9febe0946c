"""A sandbox of these tests' own, people, a bucket, and operations run to their end as a worker would."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import boto3
import httpx
import pytest
from django.db.models import Q
from django.utils import timezone

from cdnadmin.accounts.models import AwsAccount, Bucket, Role, User, new_public_id
from cdnadmin.accounts.services.aws_accounts import ensure_sandbox_account
from cdnadmin.accounts.services.buckets import create_bucket
from cdnadmin.operations.models import Operation
from cdnadmin.operations.runner import run_operation
from distributions.models import Distribution
from distributions.services.distributions import NewDistribution, create_distribution
from tests.conftest import RunningSandbox, start_sandbox, wait_until


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSandbox]:
    """A module's own: CloudFront takes ten public keys and a hundred controls of an account, and the sandbox is that strict."""
    process, running = start_sandbox(tmp_path_factory.mktemp("sandbox-distributions"), propagation=0.03)
    yield running
    process.terminate()
    process.wait(timeout=10)


def client(sandbox: RunningSandbox, service: str) -> Any:
    make: Any = boto3.client
    return make(
        service, endpoint_url=sandbox.url, region_name="us-east-1", aws_access_key_id="sandbox", aws_secret_access_key="sandbox"
    )


@pytest.fixture(scope="module")
def s3(sandbox: RunningSandbox) -> Any:
    """An independent look at what is really there."""
    return client(sandbox, "s3")


@pytest.fixture(scope="module")
def cloudfront(sandbox: RunningSandbox) -> Any:
    return client(sandbox, "cloudfront")


@pytest.fixture
def account(sandbox: RunningSandbox, cloudfront: Any, transactional_db: None) -> Iterator[AwsAccount]:
    yield ensure_sandbox_account(url=sandbox.url)
    httpx.delete(f"{sandbox.url}/_sandbox/faults").raise_for_status()
    forget_keys(cloudfront)


def forget_keys(cloudfront: Any) -> None:
    """Take keys and groups away that a test has left, so that the next one meets no quota."""
    groups = cloudfront.list_key_groups()["KeyGroupList"].get("Items", [])
    if groups:
        for page in cloudfront.get_paginator("list_distributions").paginate():
            for item in page["DistributionList"].get("Items", []):
                seen = cloudfront.get_distribution_config(Id=item["Id"])
                config = seen["DistributionConfig"]
                behaviors = [config["DefaultCacheBehavior"], *config["CacheBehaviors"].get("Items", [])]
                if any(behavior["TrustedKeyGroups"]["Enabled"] for behavior in behaviors):
                    for behavior in behaviors:
                        behavior["TrustedKeyGroups"] = {"Enabled": False, "Quantity": 0}
                    cloudfront.update_distribution(Id=item["Id"], DistributionConfig=config, IfMatch=seen["ETag"])
    for group in groups:
        id = group["KeyGroup"]["Id"]
        cloudfront.delete_key_group(Id=id, IfMatch=cloudfront.get_key_group(Id=id)["ETag"])
    for item in cloudfront.list_public_keys()["PublicKeyList"].get("Items", []):
        cloudfront.delete_public_key(Id=item["Id"], IfMatch=cloudfront.get_public_key(Id=item["Id"])["ETag"])


@pytest.fixture
def administrator(transactional_db: None) -> User:
    return User.objects.create_user("ada@example.org", "a long pass phrase", name="Ada", role=Role.ADMINISTRATOR)


@pytest.fixture
def bucket(account: AwsAccount, administrator: User) -> Bucket:
    """Closed to the public, ACLs off: as cdnadmin makes them."""
    return create_bucket(actor=administrator, account=account, name=f"media-{new_public_id()}")


@pytest.fixture
def acl_bucket(account: AwsAccount, s3: Any) -> Bucket:
    """As buckets were in 2009: with ACLs."""
    name = f"acl-{new_public_id()}"
    s3.create_bucket(Bucket=name, ObjectOwnership="ObjectWriter")
    s3.delete_public_access_block(Bucket=name)
    values = {"region": "us-east-1", "object_ownership": "ObjectWriter", "block_public_access": False}
    return Bucket.objects.create(account=account, name=name, **values)


@pytest.fixture
def place(db: None) -> Bucket:
    """A row alone: nobody has such a bucket."""
    account = AwsAccount.objects.create(label="Production", viewer_base="https://{domain}", region="eu-central-1")
    return Bucket.objects.create(account=account, name="media", region="eu-central-1")


def operation_of(distribution: Distribution, kind: str = "create_distribution") -> Operation:
    return Operation.objects.filter(kind=kind, target=distribution.reference).latest("id")


def finish(operation: Operation, *, seconds: float = 20) -> Operation:
    """Run it to its end, and the look-out that it waits for, without waiting out what they put off.

    The checks from outside that follow are left, but for the one that is meant.
    """
    needed = Q(pk=operation.pk) | ~Q(kind="check_privacy")

    def ended() -> bool:
        for each in Operation.objects.filter(needed, state__in=Operation.ACTIVE):
            Operation.objects.filter(pk=each.pk).update(due_at=timezone.now())
            run_operation(each.pk)
        operation.refresh_from_db()
        return not operation.is_active

    wait_until(ended, seconds=seconds, what=f"the end of {operation.kind}")
    return operation


def make(actor: User, bucket: Bucket, *, name: str = "Press kit", **given: Any) -> Distribution:
    """A distribution, created at the sandbox and deployed."""
    made = create_distribution(actor=actor, wanted=NewDistribution(name=name, bucket=bucket, **given))
    ended = finish(operation_of(made))
    assert ended.state == Operation.State.SUCCEEDED, ended.error_message
    return fresh(made)


def fresh(distribution: Distribution) -> Distribution:
    related = ("account", "bucket", "origin_access", "key_group", "signing_key")
    return Distribution.objects.select_related(*related).get(pk=distribution.pk)


@dataclass(frozen=True)
class Edge:
    """Asks the sandbox's edge as a viewer's browser would, by the Host of an address."""

    port: int

    def get(self, url: str) -> httpx.Response:
        host = httpx.URL(url).host
        path = url.split(host, 1)[1].partition("/")[2]
        return httpx.get(f"http://127.0.0.1:{self.port}/{path}", headers={"Host": f"{host}:{self.port}"})


@pytest.fixture
def edge(sandbox: RunningSandbox) -> Edge:
    return Edge(sandbox.port)


@pytest.fixture
def inject(sandbox: RunningSandbox) -> Callable[..., None]:
    """inject(service=…, operation=…, code=…): a fault for the next call."""

    def add(**fault: Any) -> None:
        httpx.post(f"{sandbox.url}/_sandbox/faults", json=fault).raise_for_status()

    return add
