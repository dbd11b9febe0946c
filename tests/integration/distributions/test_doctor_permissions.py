"""The least policy is enough, and none of it is too much: everything else is denied, then each action alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest

from cdnadmin.accounts.models import Bucket, User
from cdnadmin.aws.permissions import DENIED, UNKNOWN, simulate, try_reads
from cdnadmin.aws.session import Connection
from cdnadmin.errors import AwsDenied
from cdnadmin.operations.models import Operation
from distributions.doctor.examining import EXAMINE
from distributions.doctor.least_privilege import FEATURES, actions_of
from distributions.models import Distribution, FoundProblem
from distributions.services.deletion import delete_distribution
from distributions.services.doctor import examine_account, least_privilege_policy
from distributions.services.invalidations import request_invalidation
from distributions.services.objects import add_object
from tests.conftest import RunningSandbox
from tests.integration.distributions.conftest import client, finish, fresh, make
from tests.integration.distributions.each_action import calls_by_action
from tests.integration.distributions.test_doctor import found

pytestmark = pytest.mark.django_db(transaction=True)
SANDBOX = Path(__file__).resolve().parents[3] / "cdnadmin" / "sandbox"
USER = "arn:aws:iam::000000000000:user/sandbox"
# AWS asks for these, and the sandbox does not: S3 API Reference, "CreateBucket"; Developer Guide, "Permissions required
# to configure standard logging".
UNSEEN = {"s3:PutBucketOwnershipControls", "s3:PutBucketAcl"}


@pytest.fixture
def deny(sandbox: RunningSandbox) -> Iterator[Callable[..., None]]:
    def send(*actions: str) -> None:
        httpx.post(f"{sandbox.url}/_sandbox/permissions", json={"deny": sorted(actions)}).raise_for_status()

    yield send
    send()


def everything() -> set[str]:
    """Every action that the sandbox can refuse: those of S3 by its own sources, the others by botocore's models."""
    found = set(re.findall(r'"(s3:[A-Z]\w+)"', "\n".join(file.read_text() for file in (SANDBOX / "s3").glob("*.py"))))
    found |= {"s3:GetAccountPublicAccessBlock", "s3:PutAccountPublicAccessBlock", "kms:Decrypt", "kms:GenerateDataKey"}
    for service in ("cloudfront", "acm", "kms", "iam"):
        model = boto3.session.Session().client(service, region_name="us-east-1").meta.service_model
        found |= {f"{service}:{name}" for name in model.operation_names}
    return found


def test_with_nothing_but_the_least_policy_all_that_is_in_use_works(
    administrator: User, bucket: Bucket, acl_bucket: Bucket, deny: Callable[..., None]
) -> None:
    private = {"kind": Distribution.Kind.PRIVATE}
    site = make(administrator, bucket, name="Premiere", **private)
    old = make(administrator, acl_bucket, name="By ACL", access_model="oai-acl")
    add_object(actor=administrator, distribution=site, path="film.txt", body=b"a film", content_type="text/plain")
    request_invalidation(actor=administrator, distribution=site, paths=["/film.txt"])
    document = least_privilege_policy(actor=administrator, account=bucket.account)
    allowed = {action for statement in document["Statement"] for action in statement["Action"]}
    deny(*(everything() - allowed))
    finish(Operation.objects.filter(kind="send_invalidations").latest("id"))
    ended = finish(examine_account(actor=administrator, account=bucket.account))
    assert ended.state == Operation.State.SUCCEEDED, ended.error_message
    assert not [row.sentence for code, row in found(bucket.account).items() if code.startswith(("permission", "bucket-unread"))]
    second = make(administrator, bucket, name="Second cut", **private)
    identified = make(administrator, bucket, name="By identity", access_model="oai")
    for each, body in ((second, b"a cut"), (old, b"of old"), (identified, b"x")):
        add_object(actor=administrator, distribution=each, path="a.txt", body=body, content_type="text/plain")
    request_invalidation(actor=administrator, distribution=second, paths=["/a.txt"])
    assert finish(Operation.objects.filter(kind="send_invalidations").latest("id")).state == Operation.State.SUCCEEDED
    for each in (second, old):
        asked = delete_distribution(actor=administrator, distribution=fresh(each), typed_name=each.name)
        assert finish(asked).state == Operation.State.SUCCEEDED, asked.error_message


def test_what_is_lacking_is_found_by_trying_and_by_asking_iam(
    administrator: User, bucket: Bucket, deny: Callable[..., None]
) -> None:
    make(administrator, bucket, name="Press kit")
    deny("cloudfront:ListKeyGroups", "s3:PutObject", "s3:GetBucketCORS")
    finish(examine_account(actor=administrator, account=bucket.account))
    rows = FoundProblem.objects.filter(gone_at=None, code="permission-missing")
    assert {row.subject: row.details for row in rows} == {
        "look": "cloudfront:ListKeyGroups",
        "publish": "s3:PutObject",
        "doctor": "s3:GetBucketCORS",
    }
    assert found(bucket.account)["bucket-unread"].details == "s3:GetBucketCORS"
    deny("iam:SimulatePrincipalPolicy")
    Operation.objects.filter(kind=EXAMINE).update(state="cancelled")
    finish(examine_account(actor=administrator, account=bucket.account))
    unknown = found(bucket.account)["permission-unknown"]
    assert "cloudfront:UpdateDistribution" in unknown.details
    assert "cloudfront:ListDistributions" not in unknown.details, "it was tried"


def test_without_any_one_of_its_actions_something_is_refused(
    sandbox: RunningSandbox, deny: Callable[..., None], s3: Any, bucket: Bucket
) -> None:
    c = Connection("us-east-1", sandbox.url, "sandbox", "sandbox")
    calls, tried = calls_by_action(c, s3, client(sandbox, "kms"), bucket.name), try_reads(c, bucket=bucket.name)
    assert {*calls, *tried} | UNSEEN == actions_of({feature.code for feature in FEATURES})
    for action, call in calls.items():
        deny(action)
        with pytest.raises(AwsDenied):
            call()
    deny(*tried)
    assert set(try_reads(c, bucket=bucket.name).values()) == {DENIED}
    deny(*calls)
    said = simulate(c, arn=USER, actions=calls)
    assert set(said.values()) == {UNKNOWN}, "who may not ask is not told"
    deny(*(set(calls) - {"iam:SimulatePrincipalPolicy"}))
    resources = [f"arn:aws:s3:::b{number}" for number in range(3)]
    said = simulate(c, arn=USER, actions=calls, resources=resources)
    assert {action for action, answer in said.items() if answer != DENIED} == {"iam:SimulatePrincipalPolicy"}
