"""The trail reads without a key to its ids, says once what was done once, and holds nothing that mirrors it."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cdnadmin.accounts.models import AuditEntry, AwsAccount, Bucket, Role, User
from cdnadmin.accounts.queries import list_audit_entries
from cdnadmin.accounts.services import aws_accounts, people
from cdnadmin.accounts.services.forgetting import delete_aws_account
from cdnadmin.aws.distribution_config import build_distribution_config
from cdnadmin.errors import Conflict, InvalidInput
from cdnadmin.operations.models import Operation
from cdnadmin.operations.services import retry_operation
from distributions.models import Distribution, PublicKey, SigningKey
from distributions.services.changes import update_distribution
from distributions.services.distributions import NewDistribution, create_distribution
from media.services.assets import delete_asset, rename_asset
from media.services.share import create_share_link, revoke_share_link
from tests.integration.accounts.conftest import PASSWORD
from tests.integration.media.home_rows import make_asset, make_operation

pytestmark = pytest.mark.django_db
MIRROR = "\u202e"


@pytest.fixture
def bucket() -> Bucket:
    account = AwsAccount.objects.create(label="Production", credentials="environment")
    return Bucket.objects.create(account=account, name="harbour-media", region="us-east-1")


@pytest.fixture
def distribution(administrator: User, bucket: Bucket) -> Distribution:
    made = create_distribution(actor=administrator, wanted=NewDistribution(name=f"Press{MIRROR} kit", bucket=bucket))
    Operation.objects.all().delete()  # as if it had ended
    config = build_distribution_config(caller_reference="trail", bucket=bucket.name, region=bucket.region, comment=made.name)
    at_aws = {"aws_id": "E1", "arn": "arn:1", "domain_name": "d.example.net", "etag": "ETAG1", "config": config}
    Distribution.objects.filter(pk=made.pk).update(status="deployed", **at_aws)
    made.refresh_from_db()
    return made


def trail() -> list[tuple[str, str]]:
    """What was done to what, the oldest first."""
    return [(entry.action, entry.subject) for entry in AuditEntry.objects.order_by("pk")]


def test_people_are_named(administrator: User) -> None:
    nia = people.invite_person(actor=administrator, email="nia@example.org", name=f"{MIRROR}Nia\u2066", role=Role.EDITOR).user
    people.set_role(actor=administrator, person=nia, role=Role.STAFF)
    people.deactivate_person(actor=administrator, person=nia)
    assert trail() == [("invite_person", "Nia"), ("set_role", "Nia"), ("deactivate_person", "Nia")]


def test_shutting_out_and_letting_in_are_written_down_once(administrator: User) -> None:
    person = User.objects.create_user("nia@example.org", PASSWORD, name="Nia")
    people.reactivate_person(actor=administrator, person=person)
    assert trail() == []
    for _ in range(2):
        people.deactivate_person(actor=administrator, person=person)
    assert not User.objects.get(pk=person.pk).is_active
    for _ in range(2):
        people.reactivate_person(actor=administrator, person=person)
    assert User.objects.get(pk=person.pk).is_active
    assert trail() == [("deactivate_person", "Nia"), ("reactivate_person", "Nia")]


def test_media_links_and_work_are_named(administrator: User, distribution: Distribution, client: Client) -> None:
    asset = make_asset(distribution, "Harbour cut 4")
    Distribution.objects.filter(pk=distribution.pk).update(is_served=True)
    link = create_share_link(
        actor=administrator, asset=asset, expires_at=timezone.now() + timedelta(days=1), message=f" {MIRROR}For\r\nyou "
    )
    assert link.message == "For\nyou"
    revoke_share_link(actor=administrator, link=link)
    rename_asset(actor=administrator, asset=asset, title=f"Harbour {MIRROR}cut 5")
    retry_operation(actor=administrator, operation=make_operation(f"asset:{asset.public_id}"))
    other = make_asset(distribution, "Old cut")
    delete_asset(actor=administrator, asset=other, typed_title="Old cut")
    assert trail() == [
        ("create_distribution", "Press kit"),
        ("create_share_link", "Harbour cut 4"),
        ("revoke_share_link", "Harbour cut 4"),
        ("rename_asset", "Harbour cut 5"),
        ("retry_operation", f"Work on asset:{asset.public_id}"),
        ("delete_asset", "Old cut"),
    ]
    client.force_login(administrator)
    shown = client.get(reverse("audit_list")).content.decode()
    assert f'href="{reverse("asset_detail", args=[asset.public_id])}">Harbour cut 5<' in shown
    found = list_audit_entries(search="harbour cut 4").entries
    assert [entry.action for entry in found] == ["revoke_share_link", "create_share_link"]


def test_enabling_and_disabling_are_called_that(administrator: User, distribution: Distribution) -> None:
    first = update_distribution(actor=administrator, distribution=distribution, enabled=False)
    first.delete()
    distribution.config = {**distribution.config, "Enabled": False}
    Distribution.objects.filter(pk=distribution.pk).update(config=distribution.config, etag="ETAG2")
    distribution.refresh_from_db()
    second = update_distribution(actor=administrator, distribution=distribution, enabled=True)
    second.delete()
    update_distribution(actor=administrator, distribution=distribution, default_root_object="index.html", comment=f"{MIRROR}Old")
    assert trail()[1:] == [
        ("disable_distribution", "Press kit"),
        ("enable_distribution", "Press kit"),
        ("update_distribution", "Press kit"),
    ]
    assert AuditEntry.objects.latest("pk").after["Comment"] == "Old"


def test_an_account_is_named_and_its_label_mirrors_nothing(administrator: User) -> None:
    account = aws_accounts.create_aws_account(actor=administrator, label=f"Ours{MIRROR} ", credentials="environment")
    assert account.label == "Ours"
    with pytest.raises(InvalidInput) as refused:
        aws_accounts.create_aws_account(actor=administrator, label=MIRROR, credentials="environment")
    assert refused.value.field == "label"
    delete_aws_account(actor=administrator, account=account)
    assert trail() == [("create_aws_account", "Ours"), ("delete_aws_account", "Ours")]


def test_what_keeps_an_account_is_said_with_counts(administrator: User, distribution: Distribution, client: Client) -> None:
    account = distribution.account
    for title in ("One", "Two"):
        make_asset(distribution, title)
    key = SigningKey.objects.create(name="Key", algorithm="ecdsa-p256", public_pem="pem")
    PublicKey.objects.create(account=account, signing_key=key, name="half")
    words = "2 assets and 2 stored files"
    with pytest.raises(Conflict) as refused:
        delete_aws_account(actor=administrator, account=account)
    assert refused.value.message == f"“Production” can be forgotten once nothing is published from it. Today it has {words}."
    assert account.buckets.count() == 1
    client.force_login(administrator)
    assert f"today it has {words}." in client.get(reverse("aws_account_detail", args=[account.public_id])).content.decode()


def test_a_failed_test_is_told_as_the_last_test(administrator: User, client: Client) -> None:
    AwsAccount.objects.create(label="Production", tested_at=timezone.now(), test_result={"ok": False, "checks": []})
    client.force_login(administrator)
    page = client.get(reverse("aws_account_list")).content.decode()
    assert "Did not work" in page
    assert re.search(r"when last tested,\s+<relative-time", page)
    assert "refused" not in page
