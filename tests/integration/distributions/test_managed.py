"""A distribution that Terraform, CloudFormation or somebody else manages: used from here, never changed."""

from __future__ import annotations

from collections import Counter
from typing import Any

import httpx
import pytest
from django.test import Client

from cdnadmin.accounts.models import AuditEntry, Bucket, Role, User
from cdnadmin.errors import Conflict, InvalidInput, NotAllowed
from cdnadmin.operations.models import Operation
from distributions.models import Distribution
from distributions.services.changes import associate_origin_access, update_distribution
from distributions.services.deletion import delete_distribution
from distributions.services.managing import mark_managed
from distributions.services.objects import add_object
from distributions.services.origin_access import create_origin_access_identity
from distributions.services.plans import open_draft
from distributions.services.signing import sign_object_url
from tests.conftest import RunningSandbox
from tests.integration.distributions.conftest import Edge, finish, fresh, make

pytestmark = pytest.mark.django_db(transaction=True)


def test_every_change_is_refused_and_nothing_is_asked_of_aws(administrator: User, bucket: Bucket, sandbox: RunningSandbox) -> None:
    site = make(administrator, bucket)
    identity = create_origin_access_identity(actor=administrator, account=bucket.account, name="Old way")
    mark_managed(actor=administrator, distribution=site, managed_by="terraform")
    site = fresh(site)
    before = httpx.get(f"{sandbox.url}/_sandbox/writes", timeout=10).text
    changes: Counter[str] = Counter()
    for change in (
        lambda: update_distribution(actor=administrator, distribution=site, comment="x"),
        lambda: update_distribution(actor=administrator, distribution=site, enabled=False),
        lambda: associate_origin_access(actor=administrator, distribution=site, origin_access=identity),
        lambda: open_draft(actor=administrator, distribution=site),
        lambda: delete_distribution(actor=administrator, distribution=site, typed_name=site.name),
    ):
        with pytest.raises(Conflict, match="managed by Terraform"):
            change()
        changes["refused"] += 1
    assert changes["refused"] == 5
    assert not Operation.objects.filter(target=site.reference, lane="main", state__in=Operation.ACTIVE).exists()
    assert httpx.get(f"{sandbox.url}/_sandbox/writes", timeout=10).text == before


def test_files_and_signatures_go_on(administrator: User, bucket: Bucket, edge: Edge) -> None:
    site = make(administrator, bucket, kind="private")
    mark_managed(actor=administrator, distribution=site, managed_by="cloudformation")
    site = fresh(site)
    added = add_object(actor=administrator, distribution=site, path="a.txt", body=b"a", content_type="text/plain")
    signed = sign_object_url(actor=administrator, distribution=site, key=added.key, seconds=60, reason="private_link")
    assert edge.get(signed.url).text == "a"


def test_it_can_be_taken_back_and_both_are_in_the_trail(administrator: User, bucket: Bucket) -> None:
    site = make(administrator, bucket)
    for value in ("other", "other", ""):
        mark_managed(actor=administrator, distribution=site, managed_by=value)
    entries = AuditEntry.objects.filter(action="mark_managed").order_by("id")
    assert [(entry.before["managed by"], entry.after["managed by"]) for entry in entries] == [
        ("cdnadmin", "Somebody else"),
        ("Somebody else", "cdnadmin"),
    ]
    assert finish(update_distribution(actor=administrator, distribution=fresh(site), comment="x")).state == "succeeded"


def test_a_change_under_way_ends_first(administrator: User, bucket: Bucket) -> None:
    site = make(administrator, bucket)
    update_distribution(actor=administrator, distribution=site, comment="x")
    with pytest.raises(Conflict, match="still under way"):
        mark_managed(actor=administrator, distribution=site, managed_by="terraform")
    assert fresh(site).managed_by == Distribution.ManagedBy.HERE


def test_only_administrators_say_so_and_only_what_there_is(administrator: User, bucket: Bucket) -> None:
    site = make(administrator, bucket)
    with pytest.raises(NotAllowed):
        mark_managed(actor=User.objects.create_user("e@example.org", role=Role.EDITOR), distribution=site, managed_by="other")
    with pytest.raises(InvalidInput):
        mark_managed(actor=administrator, distribution=site, managed_by="pulumi")


def test_the_page_shows_it_and_offers_no_change(administrator: User, bucket: Bucket) -> None:
    site: Any = make(administrator, bucket)
    browser = Client()
    browser.force_login(administrator)
    address = f"/distributions/{site.public_id}/"
    assert "/delete/" in browser.get(address).content.decode()
    assert browser.post(f"{address}managed/", {"managed_by": "terraform"})["Location"] == address
    page = browser.get(address).content.decode()
    assert '<span class="badge badge-sm badge-warning">Terraform</span>' in page
    assert "enabled-dialog" not in page
    assert f'href="{address}delete/"' not in page
    assert "managed by Terraform" in browser.get(f"{address}delete/").content.decode()
