"""What an account has is brought in, whole, and nothing of it is changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cdnadmin.accounts.models import AwsAccount, Bucket, Role, User
from cdnadmin.aws.distribution_config import build_distribution_config
from cdnadmin.errors import Conflict, NotAllowed
from cdnadmin.operations.models import Operation
from cdnadmin.operations.runner import run_operation
from cdnadmin.signing import generate_private_key, public_pem
from distributions.models import AccountInventory, Distribution, OriginAccess, PublicKey
from distributions.services.changes import update_distribution
from distributions.services.distributions import NewDistribution, create_distribution
from distributions.services.importing import import_account, look_after_accounts
from tests.conftest import RunningSandbox
from tests.integration.distributions.conftest import finish, fresh, make, operation_of


def theirs(cloudfront: Any, reference: str, **given: Any) -> dict[str, Any]:
    """A distribution that somebody made without cdnadmin."""
    config = build_distribution_config(caller_reference=reference, bucket="their-bucket", region="eu-central-1", **given)
    made: dict[str, Any] = cloudfront.create_distribution(DistributionConfig=config)["Distribution"]
    return made


def writes(sandbox: RunningSandbox) -> list[str]:
    return httpx.get(f"{sandbox.url}/_sandbox/writes").text.splitlines()


def test_everything_of_an_account_is_brought_in_and_nothing_is_written(
    administrator: User, account: AwsAccount, cloudfront: Any, sandbox: RunningSandbox
) -> None:
    pem = public_pem(generate_private_key("ecdsa-p256"))
    key = cloudfront.create_public_key(PublicKeyConfig={"CallerReference": "k", "Name": "their-key", "EncodedKey": pem})
    group = cloudfront.create_key_group(KeyGroupConfig={"Name": "their-group", "Items": [key["PublicKey"]["Id"]]})["KeyGroup"]
    identity = {"CallerReference": f"oai-{group['Id']}", "Comment": "Old site"}
    oai = cloudfront.create_cloud_front_origin_access_identity(CloudFrontOriginAccessIdentityConfig=identity)
    oai_id = oai["CloudFrontOriginAccessIdentity"]["Id"]
    made = theirs(
        cloudfront,
        f"theirs-{oai_id}",
        comment="Vorträge 2012",
        origin_path="/talks",
        key_group_ids=[group["Id"]],
        origin_access_identity_id=oai_id,
        default_root_object="index.html",
    )
    before = writes(sandbox)
    ended = finish(import_account(actor=administrator, account=account), seconds=60)
    assert ended.state == Operation.State.SUCCEEDED, ended.error_message
    assert writes(sandbox) == before, "an import writes nothing at AWS"
    row = Distribution.objects.get(aws_id=made["Id"])
    assert (row.name, row.kind, row.access_model) == ("Vorträge 2012", "private", "oai")
    assert (row.own_bucket.name, row.own_bucket.region, row.origin_path) == ("their-bucket", "eu-central-1", "/talks")
    assert (row.domain_name, row.arn, row.default_root_object) == (made["DomainName"], made["ARN"], "index.html")
    assert row.config == cloudfront.get_distribution_config(Id=row.aws_id)["DistributionConfig"]
    assert (row.origin_access.aws_id, row.key_group.name) == (oai_id, "their-group")  # type: ignore[union-attr]
    assert row.signing_key is None, "its private half is not here"
    assert PublicKey.objects.get(aws_id=key["PublicKey"]["Id"]).signing_key.sealed_private_key is None
    browser = Client()
    browser.force_login(administrator)
    assert "its private half is not here" in browser.get(reverse("signing_key_list")).content.decode()
    assert [(version.number, version.source) for version in row.versions.all()] == [(1, "imported")]
    inventory = AccountInventory.objects.get(account=account)
    assert inventory.imported_at is not None
    assert inventory.found["distributions"] >= 1
    assert inventory.names["658327ea-f89d-4fab-a63d-7e88639e58f6"] == "Managed-CachingOptimized"


def test_importing_again_brings_only_what_is_new(administrator: User, bucket: Bucket, cloudfront: Any) -> None:
    own = make(administrator, bucket)
    finish(import_account(actor=administrator, account=bucket.account), seconds=60)
    count = Distribution.objects.count()
    made = theirs(cloudfront, f"again-{own.public_id}")
    finish(import_account(actor=administrator, account=bucket.account), seconds=60)
    assert Distribution.objects.count() == count + 1
    assert Distribution.objects.filter(aws_id=made["Id"]).count() == 1
    assert fresh(own).name == "Press kit"


def test_one_that_is_being_created_here_is_not_imported_beside_itself(
    administrator: User, bucket: Bucket, inject: Callable[..., None]
) -> None:
    site = create_distribution(actor=administrator, wanted=NewDistribution(name="New", bucket=bucket))
    # It was made, and its worker died before it wrote the id down.
    inject(service="cloudfront", operation="CreateDistribution", drop_answer=True, times=9)
    run_operation(operation_of(site).pk)
    finish(import_account(actor=administrator, account=bucket.account), seconds=60)
    rows = [row for row in Distribution.objects.all() if row.config.get("CallerReference") == f"cdnadmin-{site.public_id}"]
    assert rows in ([], [site])


def test_an_import_goes_on_where_it_was_killed(administrator: User, account: AwsAccount, cloudfront: Any) -> None:
    for number in range(12):
        theirs(cloudfront, f"killed-{account.public_id}-{number}")
    operation = import_account(actor=administrator, account=account)
    with pytest.raises(Conflict):
        import_account(actor=administrator, account=account)
    run_operation(operation.pk)
    names = set(Distribution.objects.values_list("aws_id", flat=True))
    # As if its worker had been killed at the last moment: all is done once more, and nothing twice.
    Operation.objects.filter(pk=operation.pk).update(
        state=Operation.State.RUNNING, step="distributions", data={}, due_at=timezone.now(), finished_at=None
    )
    assert finish(operation, seconds=60).state == Operation.State.SUCCEEDED
    assert sorted(Distribution.objects.values_list("aws_id", flat=True)) == sorted(names)


def test_an_account_that_answers_is_imported_once_by_itself(account: AwsAccount) -> None:
    assert look_after_accounts() == 0, "it was not tested yet"
    AwsAccount.objects.filter(pk=account.pk).update(test_result={"ok": True})
    assert look_after_accounts() == 1
    finish(Operation.objects.get(kind="import_account"), seconds=60)
    # Now that it has distributions it is looked at for drift, and not imported again.
    look_after_accounts()
    look_after_accounts()
    assert Operation.objects.filter(kind="import_account").count() == 1
    assert Operation.objects.filter(kind="check_drift").count() <= 1


def test_its_page_offers_it_and_tells_what_was_found(administrator: User, account: AwsAccount) -> None:
    browser = Client()
    browser.force_login(administrator)
    assert "not yet" in browser.get("/distributions/import/").content.decode()
    assert browser.post("/distributions/import/begin/", {"account": account.public_id, "do": "import"}).status_code == 302
    assert "Import what Sandbox has" in browser.get("/distributions/import/").content.decode()
    finish(Operation.objects.get(kind="import_account"), seconds=60)
    assert "public keys" in browser.get("/distributions/import/").content.decode()
    assert browser.post("/distributions/import/begin/", {"account": "nobodys"}).status_code == 404


def test_an_editor_imports_nothing(account: AwsAccount) -> None:
    editor = User.objects.create_user("eda@example.org", role=Role.EDITOR)
    with pytest.raises(NotAllowed):
        import_account(actor=editor, account=account)
    assert not OriginAccess.objects.exists()


def test_an_old_streaming_distribution_is_brought_in_changed_and_told_what_it_is(
    administrator: User, account: AwsAccount, cloudfront: Any
) -> None:
    config = {
        "CallerReference": f"rtmp-{account.public_id}",
        "S3Origin": {"DomainName": "old-videos.s3.amazonaws.com", "OriginAccessIdentity": ""},
        "Comment": "Videos of 2010",
        "TrustedSigners": {"Enabled": False, "Quantity": 0},
        "Enabled": True,
    }
    made = cloudfront.create_streaming_distribution(StreamingDistributionConfig=config)["StreamingDistribution"]
    finish(import_account(actor=administrator, account=account), seconds=60)
    row = Distribution.objects.get(aws_id=made["Id"])
    assert (row.name, row.family, row.own_bucket.name) == ("Videos of 2010", "rtmp", "old-videos")
    ended = finish(update_distribution(actor=administrator, distribution=row, enabled=False))
    assert ended.state == Operation.State.SUCCEEDED, ended.error_message
    seen = cloudfront.get_streaming_distribution(Id=made["Id"])
    assert seen["StreamingDistribution"]["StreamingDistributionConfig"]["Enabled"] is False
    assert fresh(row).status == Distribution.Status.DISABLED
    cloudfront.delete_streaming_distribution(Id=made["Id"], IfMatch=seen["ETag"])
