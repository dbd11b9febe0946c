"""The account's four switches beside the bucket's, and what a policy keeps of CloudFront's identities.

Sources: S3 User Guide, "Blocking public access to your Amazon S3 storage", "Principals for bucket policies"; CloudFront Developer
Guide, "How CloudFront processes HTTP and HTTPS requests".
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.conftest import RunningSandbox
from tests.integration.sandbox.cloudfront.conftest import oai
from tests.integration.sandbox.conftest import Ask, connect, make_bucket, refused
from tests.integration.sandbox.s3.test_access import SWITCHES, put_policy, statement

ACCOUNT = "000000000000"
Switch = Callable[..., None]


@pytest.fixture(scope="module")
def control(sandbox: RunningSandbox) -> Any:
    """botocore puts the account's number before any host name, and nobody resolves 000000000000.127.0.0.1."""
    client = connect(sandbox, "s3control")

    def aim(request: Any, **more: object) -> None:
        request.url = re.sub(r"//\d{12}\.", "//", request.url)

    client.meta.events.register("before-sign.s3-control.*", aim)
    return client


@pytest.fixture
def account(control: Any) -> Iterator[Switch]:
    """account("BlockPublicAcls", …): these of the account's switches are on, and none after the test."""

    def put(*on: str) -> None:
        block = {name: name in on for name in SWITCHES}
        control.put_public_access_block(AccountId=ACCOUNT, PublicAccessBlockConfiguration=block)
        assert control.get_public_access_block(AccountId=ACCOUNT)["PublicAccessBlockConfiguration"] == block

    yield put
    control.delete_public_access_block(AccountId=ACCOUNT)


def test_each_of_the_accounts_switches_counts_for_every_bucket(s3: Any, ask: Ask, account: Switch) -> None:
    listed = make_bucket(s3, ownership="ObjectWriter", block=False)
    policed = make_bucket(s3, block=False)
    for name in (listed, policed):
        s3.put_object(Bucket=name, Key="a", Body=b"x")
    s3.put_object_acl(Bucket=listed, Key="a", ACL="public-read")
    put_policy(s3, policed, statement(policed))

    def seen() -> tuple[int, int]:
        return ask(f"/{listed}/a").status, ask(f"/{policed}/a").status

    def is_refused(call: Callable[[], Any]) -> bool:
        try:
            call()
        except s3.exceptions.ClientError as error:
            return bool(error.response["Error"]["Code"] == "AccessDenied")
        return False

    def puts() -> tuple[bool, bool]:
        return (
            is_refused(lambda: s3.put_object(Bucket=listed, Key="b", Body=b"", ACL="public-read")),
            is_refused(lambda: put_policy(s3, policed, statement(policed))),
        )

    expected = {
        (): ((200, 200), (False, False)),
        ("BlockPublicAcls",): ((200, 200), (True, False)),
        ("IgnorePublicAcls",): ((403, 200), (False, False)),
        ("BlockPublicPolicy",): ((200, 200), (False, True)),
        ("RestrictPublicBuckets",): ((200, 403), (False, False)),
        SWITCHES: ((403, 403), (True, True)),
    }
    for on, outcome in expected.items():
        account(*on)
        assert (seen(), puts()) == outcome, on
    # The bucket's own answer stays its own, and both together count.
    with refused("NoSuchPublicAccessBlockConfiguration", 404):
        s3.get_public_access_block(Bucket=policed)
    account("BlockPublicPolicy")
    s3.put_public_access_block(Bucket=listed, PublicAccessBlockConfiguration={"IgnorePublicAcls": True})
    assert (seen(), puts()) == ((403, 200), (False, True))


def test_the_accounts_switches_are_its_own(control: Any, ask: Ask, s3: Any, inject: Callable[..., None]) -> None:
    for call in (control.get_public_access_block, control.delete_public_access_block):
        with refused("AccessDenied", 403):
            call(AccountId="123456789012")
    control.delete_public_access_block(AccountId=ACCOUNT)
    with refused("NoSuchPublicAccessBlockConfiguration", 404):
        control.get_public_access_block(AccountId=ACCOUNT)
    assert ask("/v20180820/configuration/publicAccessBlock", headers={"x-amz-account-id": ACCOUNT}).code == "AccessDenied"
    inject(service="s3control", operation="GetPublicAccessBlock", code="SlowDown", status=503)
    with refused("SlowDown", 503):
        control.get_public_access_block(AccountId=ACCOUNT)


def kept(s3: Any, bucket: str) -> Any:
    return json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"])["Statement"][0]["Principal"]


def test_an_identity_is_kept_by_its_arn_and_shown_by_a_unique_id_once_deleted(s3: Any, cloudfront: Any) -> None:
    bucket = make_bucket(s3, ownership="ObjectWriter")
    made, other = oai(cloudfront), oai(cloudfront)["CloudFrontOriginAccessIdentity"]
    identity = made["CloudFrontOriginAccessIdentity"]
    arns = [f"arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity {each['Id']}" for each in (identity, other)]
    canonical = identity["S3CanonicalUserId"]
    put_policy(s3, bucket, statement(bucket, Principal={"CanonicalUser": canonical}))
    assert kept(s3, bucket) == {"AWS": arns[0]}
    put_policy(s3, bucket, statement(bucket, Principal={"AWS": arns[1], "CanonicalUser": [canonical]}))
    assert kept(s3, bucket) == {"AWS": [arns[1], arns[0]]}
    s3.put_object(Bucket=bucket, Key="a", Body=b"", GrantRead=f'id="{canonical}"')
    cloudfront.delete_cloud_front_origin_access_identity(Id=identity["Id"], IfMatch=made["ETag"])
    there, gone = kept(s3, bucket)["AWS"]
    assert (there, gone[:4], len(gone)) == (arns[1], "AIDA", 21)
    # Neither what is shown nor what was put can be put again: whoever changes the policy has to take it out.
    for principal in ({"AWS": [arns[1], gone]}, {"AWS": arns[0]}, {"CanonicalUser": canonical}):
        with refused("MalformedPolicy", 400):
            put_policy(s3, bucket, statement(bucket, Principal=principal))
    with refused("InvalidArgument", 400):
        s3.put_object_acl(Bucket=bucket, Key="a", GrantRead=f'id="{canonical}"')
    assert canonical in [grant["Grantee"].get("ID") for grant in s3.get_object_acl(Bucket=bucket, Key="a")["Grants"]]
    put_policy(s3, bucket, statement(bucket, Principal={"AWS": arns[1]}))


SECURE = {"X-Forwarded-Proto": "https"}


@pytest.mark.parametrize(
    ("change", "plain", "secure"),
    [
        ({"Condition": {"Bool": {"aws:SecureTransport": "true"}}}, 403, 200),
        ({"Condition": {"Bool": {"aws:SecureTransport": "false"}}}, 200, 403),
        ({"Condition": {"Bool": {"aws:SecureTransport": True}, "IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}}, 403, 403),
    ],
)
def test_secure_transport_is_by_how_the_request_came(s3: Any, ask: Ask, change: dict[str, Any], plain: int, secure: int) -> None:
    bucket = make_bucket(s3, block=False)
    s3.put_object(Bucket=bucket, Key="a", Body=b"x")
    put_policy(s3, bucket, statement(bucket, **change))
    assert (ask(f"/{bucket}/a").status, ask(f"/{bucket}/a", headers=SECURE).status) == (plain, secure)


def test_conditions_on_tags_are_refused_by_name(s3: Any) -> None:
    bucket = make_bucket(s3, block=False)
    with refused("NotImplemented", 501) as answer:
        condition = {"StringEquals": {"s3:ExistingObjectTag/public": "yes"}}
        put_policy(s3, bucket, statement(bucket, Condition=condition))
    assert "s3:ExistingObjectTag/public" in answer["Error"]["Message"]
