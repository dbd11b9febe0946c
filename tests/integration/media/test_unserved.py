"""A file whose distribution does not answer: it says so, hands out nothing that would not open, and comes alive by itself."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from cdnadmin.accounts.models import Bucket, User
from cdnadmin.errors import NotReady
from distributions.models import Distribution
from media.models import Asset, ShareVisit
from media.services.assets import sign_asset
from media.services.share import create_share_link, share_token
from tests.integration.media.conftest import make_distribution, publish

pytestmark = pytest.mark.django_db(transaction=True)

PNG = b"\x89PNG\r\n\x1a\n" + bytes(50)


@pytest.fixture
def asset(editor: User, bucket: Bucket) -> Asset:
    return publish(editor, make_distribution(bucket, name="Press kit"), PNG, name="cover.png")


@pytest.fixture
def browser(editor: User) -> Client:
    made = Client()
    made.force_login(editor)
    return made


def becomes(asset: Asset, status: str, *, served: bool) -> Asset:
    Distribution.objects.filter(pk=asset.distribution_id).update(status=status, is_served=served)
    return Asset.objects.select_related("distribution__account", "current_version").get(pk=asset.pk)


def test_until_the_edges_have_it_the_page_waits_and_then_shows_the_file(asset: Asset, browser: Client) -> None:
    becomes(asset, "in_progress", served=False)
    page = browser.get(f"/library/{asset.public_id}/").content.decode()
    assert "still on its way to CloudFront" in page
    assert 'hx-trigger="every 2s"' in page
    assert "<img src=" not in page
    address = f"/library/{asset.public_id}/?part=state"
    assert "HX-Refresh" not in browser.get(address, headers={"HX-Request": "true"})
    becomes(asset, "deployed", served=True)
    assert browser.get(address, headers={"HX-Request": "true"})["HX-Refresh"] == "true"
    assert "<img src=" in browser.get(f"/library/{asset.public_id}/").content.decode()


def test_a_change_on_its_way_closes_nothing(asset: Asset, editor: User, browser: Client) -> None:
    asset = becomes(asset, "in_progress", served=True)
    assert sign_asset(actor=editor, asset=asset, seconds=60, reason="test").url
    assert "<img src=" in browser.get(f"/library/{asset.public_id}/").content.decode()


@pytest.mark.parametrize(
    ("status", "said"), [("disabled", "is disabled"), ("failed", "does not answer"), ("in_progress", "still on its way")]
)
def test_what_would_not_open_is_not_handed_out(asset: Asset, editor: User, browser: Client, status: str, said: str) -> None:
    link = create_share_link(actor=editor, asset=asset, expires_at=timezone.now() + timedelta(days=1))
    asset = becomes(asset, status, served=False)
    with pytest.raises(NotReady, match=said):
        sign_asset(actor=editor, asset=asset, seconds=60, reason="test")
    shared = browser.get(f"/s/{share_token(link)}/")
    assert (shared.status_code, said in shared.content.decode()) == (409, True)
    assert not ShareVisit.objects.exists(), "nobody has seen it"
    assert said in browser.get(f"/library/{asset.public_id}/").content.decode()
