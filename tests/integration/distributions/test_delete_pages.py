"""The page that deletes a distribution: what it lists, what must be typed, and the way back."""

from __future__ import annotations

import pytest
from django.test import Client

from cdnadmin.accounts.models import Bucket, Role, User
from cdnadmin.operations.models import Operation
from distributions.models import Distribution
from tests.integration.distributions.conftest import finish, fresh, make, operation_of
from tests.integration.distributions.test_create import CERTIFICATE
from tests.integration.distributions.test_delete import add_asset

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def browser(administrator: User) -> Client:
    made = Client()
    made.force_login(administrator)
    return made


def test_what_depends_on_it_is_listed_first(browser: Client, administrator: User, bucket: Bucket) -> None:
    site = make(administrator, bucket, kind="private", aliases=("media.example.org",), certificate_arn=CERTIFICATE)
    make(administrator, bucket, kind="private", name="Other")
    add_asset(site, administrator)
    page = browser.get(f"/distributions/{site.public_id}/delete/").content.decode()
    for words in ("1 file in the library", "1 open share link", "media.example.org", site.domain_name, "used by Other too"):
        assert words in page
    assert 'value="policy" ' in page
    assert page.count(" checked") == 1


def test_the_name_must_be_typed(browser: Client, administrator: User, bucket: Bucket) -> None:
    site = make(administrator, bucket)
    answer = browser.post(f"/distributions/{site.public_id}/delete/", {"typed_name": "press", "cleanup": ["access"]})
    assert answer.status_code == 422
    assert "Type its name as it stands here" in answer.content.decode()
    assert not Operation.objects.filter(kind="delete_distribution").exists()


def test_while_it_runs_the_page_offers_the_way_back(browser: Client, administrator: User, bucket: Bucket) -> None:
    site = make(administrator, bucket)
    address = f"/distributions/{site.public_id}/"
    browser.post(f"{address}delete/", {"typed_name": "Press kit", "cleanup": ["policy"]})
    operation = operation_of(site, "delete_distribution")
    assert operation.input["cleanup"] == ["policy"]
    assert "Undo: keep Press kit" in browser.get(address).content.decode()
    assert browser.post(f"{address}delete/undo/")["Location"] == address
    assert finish(operation).state == Operation.State.CANCELLED
    assert "Undo: keep" not in browser.get(address).content.decode()
    assert fresh(site).status == Distribution.Status.DEPLOYED


@pytest.mark.parametrize("path", ["delete/", "delete/undo/", "managed/"])
def test_only_administrators_come_here(path: str, administrator: User, bucket: Bucket) -> None:
    site = make(administrator, bucket)
    editor = Client()
    editor.force_login(User.objects.create_user("eda@example.org", role=Role.EDITOR))
    assert editor.post(f"/distributions/{site.public_id}/{path}").status_code == 403
