"""Creating a distribution: what is at AWS afterwards, what is refused before anything is there."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from cdnadmin.accounts.models import AuditEntry, AwsAccount, Bucket, Role, User
from cdnadmin.errors import Conflict, InvalidInput, NotAllowed
from cdnadmin.operations.models import Operation
from cdnadmin.operations.services import retry_operation
from distributions.models import Distribution, KeyGroup, OriginAccess, Propagation, PublicKey, SigningKey
from distributions.services.distributions import (
    NewDistribution,
    create_distribution,
    create_distribution_and_bucket,
    discard_distribution,
)
from tests.integration.distributions.conftest import finish, fresh, make, operation_of

pytestmark = pytest.mark.django_db(transaction=True)

CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/12345678-1234-1234-1234-123456789012"


def config_of(cloudfront: Any, distribution: Distribution) -> Any:
    return cloudfront.get_distribution(Id=distribution.aws_id)["Distribution"]["DistributionConfig"]


def policy_of(s3: Any, bucket: Bucket) -> Any:
    return json.loads(s3.get_bucket_policy(Bucket=bucket.name)["Policy"])


def test_a_public_one_comes_by_origin_access_control_to_its_own_prefix(
    administrator: User, bucket: Bucket, s3: Any, cloudfront: Any
) -> None:
    made = make(administrator, bucket)
    config = config_of(cloudfront, made)
    origin = config["Origins"]["Items"][0]
    assert made.status == Distribution.Status.DEPLOYED
    assert origin["OriginPath"] == made.origin_path == f"/press-kit-{made.public_id}"
    assert origin["OriginAccessControlId"] == made.origin_access.aws_id  # type: ignore[union-attr]
    assert config["DefaultCacheBehavior"]["TrustedKeyGroups"]["Enabled"] is False
    (statement,) = policy_of(s3, bucket)["Statement"]
    assert statement["Resource"] == f"arn:aws:s3:::{bucket.name}{made.origin_path}/*"
    assert statement["Condition"] == {"StringEquals": {"AWS:SourceArn": made.arn}}
    assert not SigningKey.objects.exists()


@pytest.mark.parametrize(("algorithm", "heading"), [("ecdsa-p256", "id-ecPublicKey"), ("rsa-2048", "rsa")])
def test_a_private_one_trusts_a_key_group_that_holds_a_key_made_here(
    administrator: User, bucket: Bucket, cloudfront: Any, algorithm: str, heading: str
) -> None:
    made = make(administrator, bucket, kind="private", algorithm=algorithm)
    trusted = config_of(cloudfront, made)["DefaultCacheBehavior"]["TrustedKeyGroups"]
    group = cloudfront.get_key_group(Id=made.key_group.aws_id)["KeyGroup"]["KeyGroupConfig"]  # type: ignore[union-attr]
    half = PublicKey.objects.get(signing_key=made.signing_key)
    at_aws = cloudfront.get_public_key(Id=half.aws_id)["PublicKey"]["PublicKeyConfig"]["EncodedKey"]
    assert trusted["Items"] == [made.key_group.aws_id]  # type: ignore[union-attr]
    assert group["Items"] == [half.aws_id]
    assert at_aws.strip() == made.signing_key.public_pem.strip()  # type: ignore[union-attr]
    assert made.signing_key.algorithm == algorithm  # type: ignore[union-attr]
    assert "PRIVATE" not in json.dumps(made.signing_key.sealed_private_key)  # type: ignore[union-attr]


def test_one_key_one_group_and_one_origin_access_serve_an_account(administrator: User, bucket: Bucket, cloudfront: Any) -> None:
    first = make(administrator, bucket, kind="private", name="One")
    second = make(administrator, bucket, kind="private", name="Two")
    assert (first.signing_key, first.key_group, first.origin_access) == (second.signing_key, second.key_group, second.origin_access)
    assert first.origin_path != second.origin_path
    assert (KeyGroup.objects.count(), PublicKey.objects.count(), OriginAccess.objects.count()) == (1, 1, 1)
    assert cloudfront.list_key_groups()["KeyGroupList"]["Quantity"] == 1


def test_an_identity_by_policy_is_the_older_way(administrator: User, bucket: Bucket, s3: Any, cloudfront: Any) -> None:
    made = make(administrator, bucket, access_model="oai")
    origin = config_of(cloudfront, made)["Origins"]["Items"][0]
    identity = made.origin_access
    assert identity is not None
    assert origin["S3OriginConfig"]["OriginAccessIdentity"] == f"origin-access-identity/cloudfront/{identity.aws_id}"
    assert origin["OriginAccessControlId"] == ""
    (statement,) = policy_of(s3, bucket)["Statement"]
    assert identity.aws_id in statement["Principal"]["AWS"]


def test_an_identity_by_object_acl_writes_no_policy(administrator: User, acl_bucket: Bucket, s3: Any) -> None:
    make(administrator, acl_bucket, access_model="oai-acl")
    with pytest.raises(s3.exceptions.ClientError, match="NoSuchBucketPolicy"):
        s3.get_bucket_policy(Bucket=acl_bucket.name)


def test_what_others_wrote_in_the_bucket_policy_stays(administrator: User, bucket: Bucket, s3: Any) -> None:
    theirs = {
        "Sid": "TheirOwn",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:DeleteObject",
        "Resource": f"arn:aws:s3:::{bucket.name}/keep/*",
    }
    s3.put_bucket_policy(Bucket=bucket.name, Policy=json.dumps({"Version": "2012-10-17", "Statement": [theirs]}))
    make(administrator, bucket)
    make(administrator, bucket, name="Other")
    statements = policy_of(s3, bucket)["Statement"]
    assert theirs in statements
    assert len(statements) == 3


def test_it_is_written_down_who_made_it_and_how_long_it_took(administrator: User, bucket: Bucket) -> None:
    made = make(administrator, bucket)
    entry = AuditEntry.objects.get(action="create_distribution", target=made.reference)
    assert (entry.actor, entry.after["name"]) == (administrator, "Press kit")
    assert Propagation.objects.get(distribution=made).seconds > 0


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("name", {"name": "  "}),
        ("name", {"name": "x" * 81}),
        ("kind", {"kind": "secret"}),
        ("access_model", {"access_model": "public-acl"}),
        ("access_model", {"access_model": "oai-acl"}),
        ("algorithm", {"algorithm": "dsa"}),
        ("price_class", {"price_class": "PriceClass_7"}),
        ("default_root_object", {"default_root_object": "/index.html"}),
        ("comment", {"comment": "x" * 129}),
        ("aliases", {"aliases": ("not a host",), "certificate_arn": CERTIFICATE}),
        ("aliases", {"aliases": ("a.example.org", "A.example.org."), "certificate_arn": CERTIFICATE}),
        ("certificate_arn", {"aliases": ("a.example.org",)}),
        ("certificate_arn", {"certificate_arn": "arn:aws:iam::1:server-certificate/x"}),
        ("certificate_arn", {"certificate_arn": CERTIFICATE.replace("us-east-1", "eu-west-1")}),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_is_made(
    administrator: User, bucket: Bucket, field: str, given: dict[str, Any]
) -> None:
    with pytest.raises(InvalidInput) as refused:
        create_distribution(actor=administrator, wanted=NewDistribution(**{"name": "Press kit", "bucket": bucket, **given}))
    assert refused.value.field == field
    assert not Distribution.objects.exists()
    assert not Operation.objects.exists()


def test_only_administrators_create(bucket: Bucket) -> None:
    editor = User.objects.create_user("eda@example.org", role=Role.EDITOR)
    with pytest.raises(NotAllowed):
        create_distribution(actor=editor, wanted=NewDistribution(name="Press kit", bucket=bucket))


def test_a_new_bucket_is_made_closed_and_only_when_all_else_is_right(administrator: User, account: AwsAccount, s3: Any) -> None:
    name = f"made-{account.public_id}"
    unsaved = Bucket(account=account, name=name, region=account.region)
    wanted = NewDistribution(name="", bucket=unsaved)
    with pytest.raises(InvalidInput):
        create_distribution_and_bucket(actor=administrator, bucket_name=name, make_bucket=True, wanted=wanted)
    assert name not in [each["Name"] for each in s3.list_buckets()["Buckets"]]
    made = create_distribution_and_bucket(
        actor=administrator, bucket_name=name, make_bucket=True, wanted=NewDistribution(name="Press kit", bucket=unsaved)
    )
    assert made.own_bucket.name == name
    assert all(s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"].values())


@pytest.mark.parametrize("make_bucket", [True, False])
def test_a_bucket_of_somebody_else_is_refused_at_its_field(
    administrator: User, account: AwsAccount, sandbox: Any, make_bucket: bool
) -> None:
    import httpx

    name = f"foreign-{account.public_id}"
    httpx.post(f"{sandbox.url}/_sandbox/foreign-buckets", json={"name": name}).raise_for_status()
    wanted = NewDistribution(name="Press kit", bucket=Bucket(account=account, name=name, region=account.region))
    with pytest.raises(InvalidInput, match="another") as refused:
        create_distribution_and_bucket(actor=administrator, bucket_name=name, make_bucket=make_bucket, wanted=wanted)
    assert refused.value.field == "bucket"


def test_an_alias_of_another_distribution_here_is_refused_at_its_field(administrator: User, bucket: Bucket) -> None:
    make(administrator, bucket, name="First", aliases=("media.example.org",), certificate_arn=CERTIFICATE)
    with pytest.raises(InvalidInput, match="“First”") as refused:
        make(administrator, bucket, name="Second", aliases=("media.example.org",), certificate_arn=CERTIFICATE)
    assert refused.value.field == "aliases"


def test_an_alias_taken_elsewhere_fails_in_words_and_can_be_taken_out_of_the_list(
    administrator: User, bucket: Bucket, inject: Callable[..., None]
) -> None:
    inject(service="cloudfront", operation="CreateDistribution", code="CNAMEAlreadyExists", status=409)
    made = create_distribution(
        actor=administrator,
        wanted=NewDistribution(name="Press kit", bucket=bucket, aliases=("taken.example.org",), certificate_arn=CERTIFICATE),
    )
    with pytest.raises(Conflict):
        discard_distribution(actor=administrator, distribution=made)
    ended = finish(operation_of(made))
    assert (ended.state, ended.error_code) == (Operation.State.FAILED, "CNAMEAlreadyExists")
    assert "host names" in ended.error_message
    assert fresh(made).status == Distribution.Status.FAILED
    discard_distribution(actor=administrator, distribution=fresh(made))
    assert not Distribution.objects.exists()


@pytest.mark.parametrize(
    ("operation", "code"),
    [
        ("CreatePublicKey", "TooManyPublicKeys"),
        ("CreateKeyGroup", "TooManyKeyGroups"),
        ("CreateOriginAccessControl", "TooManyOriginAccessControls"),
        ("CreateDistribution", "TooManyDistributions"),
    ],
)
def test_a_quota_reached_is_said_and_the_same_creation_goes_on_afterwards(
    administrator: User, bucket: Bucket, cloudfront: Any, inject: Callable[..., None], operation: str, code: str
) -> None:
    inject(service="cloudfront", operation=operation, code=code)
    made = create_distribution(actor=administrator, wanted=NewDistribution(name="Press kit", bucket=bucket, kind="private"))
    ended = finish(operation_of(made))
    assert (ended.state, ended.error_code) == (Operation.State.FAILED, code)
    assert "quota" in ended.error_message
    retry_operation(actor=administrator, operation=ended)
    assert finish(ended).state == Operation.State.SUCCEEDED
    assert fresh(made).status == Distribution.Status.DEPLOYED
    assert (SigningKey.objects.count(), KeyGroup.objects.count()) == (1, 1)


def test_throttling_is_waited_out(administrator: User, bucket: Bucket, inject: Callable[..., None]) -> None:
    inject(service="cloudfront", operation="CreateDistribution", code="Throttling", status=429, message="Rate exceeded", times=4)
    assert make(administrator, bucket).status == Distribution.Status.DEPLOYED
