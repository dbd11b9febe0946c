"""The library's pages: who gets them, what they show, and that page 10,000 costs what page 1 does."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cdnadmin.accounts.models import Bucket, Role, User
from distributions.models import Distribution
from media.models import Asset, AssetVersion
from media.queries.library import PAGE_SIZE, list_assets
from media.services.assets import rename_asset
from media.services.uploads import begin_upload
from tests.integration.media.conftest import make_distribution, publish

pytestmark = pytest.mark.django_db(transaction=True)

PNG = b"\x89PNG\r\n\x1a\n" + bytes(50)


def browser_of(role: str) -> Client:
    browser = Client()
    browser.force_login(User.objects.create_user(f"{role}@example.com", "a long pass phrase", role=role))
    return browser


def fill(distribution: Distribution, count: int, *, type: str = "video") -> None:
    now = timezone.now()
    assets = Asset.objects.bulk_create(
        Asset(distribution=distribution, title=f"Film {n:04d}", slug="film", type=type, created_at=now - timedelta(seconds=n // 3))
        for n in range(count)
    )
    versions = AssetVersion.objects.bulk_create(AssetVersion(asset=asset, state=AssetVersion.State.READY) for asset in assets)
    for asset, version in zip(assets, versions, strict=True):
        asset.current_version = version
    Asset.objects.bulk_update(assets, ["current_version"])


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("get", "/library/", {"administrator", "editor", "staff", "viewer"}),
        ("get", "/library/{asset}/", {"administrator", "editor", "staff", "viewer"}),
        ("post", "/library/{asset}/private-link/", {"administrator", "editor", "staff", "viewer"}),
        ("get", "/library/{asset}/preview/", {"administrator", "editor", "staff", "viewer"}),
        ("post", "/library/{asset}/rename/", {"administrator", "editor"}),
        ("get", "/library/{asset}/delete/", {"administrator", "editor"}),
        ("post", "/library/{asset}/delete/", {"administrator", "editor"}),
        ("get", "/library/{asset}/share/", {"administrator", "editor", "staff"}),
        ("post", "/library/{asset}/share/", {"administrator", "editor", "staff"}),
        ("get", "/upload/", {"administrator", "editor"}),
        ("post", "/upload/begin/", {"administrator", "editor"}),
        ("get", "/uploads/", {"administrator", "editor"}),
        ("get", "/links/", {"administrator", "editor", "staff"}),
    ],
)
def test_who_may_have_which_page(editor: User, distribution: Distribution, method: str, path: str, allowed: set[str]) -> None:
    asset = publish(editor, distribution, PNG, name="cover.png")
    for role in Role.values:
        status = getattr(browser_of(role), method)(path.format(asset=asset.public_id)).status_code
        assert (status != 403) == (role in allowed), (role, status)
        assert status < 500
    assert getattr(Client(), method)(path.format(asset=asset.public_id))["Location"].startswith("/account/login/")


def test_pages_do_not_offer_what_a_role_may_not(editor: User, distribution: Distribution) -> None:
    asset = publish(editor, distribution, PNG, name="cover.png")
    viewer, staff = browser_of(Role.VIEWER), browser_of(Role.STAFF)
    page = viewer.get(f"/library/{asset.public_id}/").content.decode()
    assert "Rename" not in page
    assert "Delete" not in page
    assert "Make a link" not in page
    assert "Make a link" in staff.get(f"/library/{asset.public_id}/").content.decode()
    assert 'href="/upload/"' not in viewer.get("/library/").content.decode()


def test_a_name_is_shown_as_given_and_never_runs(editor: User, distribution: Distribution) -> None:
    asset = publish(editor, distribution, PNG, name='<script>alert(1)</script> & "co".png')
    page = browser_of(Role.VIEWER).get(f"/library/{asset.public_id}/").content.decode()
    assert "<script>alert" not in page
    assert "script&gt; &amp; &quot;co&quot;" in page


def test_the_asset_page_says_what_s3_has(editor: User, distribution: Distribution) -> None:
    asset = publish(editor, distribution, PNG, name="cover.png")
    page = browser_of(Role.VIEWER).get(f"/library/{asset.public_id}/")
    text = page.content.decode()
    stored = asset.current_version.objects_at_s3.get()  # type: ignore[union-attr]
    assert "image/png" in text
    assert stored.checksum_crc64nvme in text
    assert re.search(rf'<img src="http[^"]*{distribution.domain_name}[^"]*cover\.png"', text)
    assert "'unsafe-inline'" in page["Content-Security-Policy"].split("style-src")[1].split(";")[0]
    assert "'unsafe-inline'" not in page["Content-Security-Policy"].split("script-src")[1].split(";")[0]
    assert "'unsafe-inline'" not in browser_of(Role.STAFF).get("/library/")["Content-Security-Policy"]


def test_the_library_pages_through_everything_once(editor: User, distribution: Distribution) -> None:
    fill(distribution, 2 * PAGE_SIZE + 5)
    seen: list[int] = []
    page = list_assets(actor=editor)
    assert page.previous == ""
    while True:
        seen += [asset.pk for asset in page.assets]
        if not page.next:
            break
        page = list_assets(actor=editor, cursor=page.next)
    assert len(seen) == len(set(seen)) == 2 * PAGE_SIZE + 5
    assert [asset.pk for asset in page.assets] == seen[-5:]
    back = list_assets(actor=editor, cursor=page.previous)
    assert [asset.pk for asset in back.assets] == seen[PAGE_SIZE : 2 * PAGE_SIZE]
    first = list_assets(actor=editor, cursor=back.previous)
    assert [asset.pk for asset in first.assets] == seen[:PAGE_SIZE]
    assert first.previous == ""


@pytest.mark.parametrize("cursor", ["x", "bnVsbA", "Znww", "%00", "ZnwyMDI2LTAxLTAxVDAwOjAwOjAwfDE"])
def test_a_broken_cursor_gives_the_first_page(editor: User, distribution: Distribution, cursor: str) -> None:
    fill(distribution, 3)
    assert len(list_assets(actor=editor, cursor=cursor).assets) == 3


def test_a_page_costs_the_same_however_deep(editor: User, distribution: Distribution) -> None:
    fill(distribution, 5 * PAGE_SIZE)

    def cost(cursor: str) -> tuple[int, str]:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            page = list_assets(actor=editor, cursor=cursor)
        assert not any("OFFSET" in query["sql"] for query in queries)
        return len(queries), page.next

    first, cursor = cost("")
    for _ in range(3):
        deep, cursor = cost(cursor)
        assert deep == first


def test_filters_live_in_the_url(editor: User, bucket: Bucket) -> None:
    public, private = make_distribution(bucket), make_distribution(bucket, kind="private")
    fill(public, 2, type="video")
    fill(private, 1, type="image")
    browser = browser_of(Role.VIEWER)
    assert browser.get("/library/?type=image").content.decode().count('id="asset-') == 1
    assert browser.get("/library/?access=public").content.decode().count('id="asset-') == 2
    assert browser.get("/library/?search=film+0001").content.decode().count('id="asset-') == 1
    assert browser.get("/library/?view=table").content.decode().count('<tr id="asset-') == 3
    missing = browser.get("/library/?search=nothing").content.decode()
    assert "No matches" in missing
    partial = browser.get("/library/?type=image", headers={"HX-Request": "true"})
    assert "<html" not in partial.content.decode()
    assert "HX-Request" in partial["Vary"]


def test_an_empty_library_is_another_state_than_no_match(editor: User) -> None:
    assert "Nothing here yet" in browser_of(Role.EDITOR).get("/library/").content.decode()


def test_the_library_polls_only_while_something_moves(editor: User, distribution: Distribution) -> None:
    browser = browser_of(Role.VIEWER)
    publish(editor, distribution, PNG)
    assert "every 3s" not in browser.get("/library/").content.decode()
    begin_upload(actor=editor, distribution=distribution, file_name="b.txt", size=1, content_type="")
    assert "every 3s" in browser.get("/library/").content.decode()


def test_renaming_keeps_the_address(editor: User, distribution: Distribution) -> None:
    asset = publish(editor, distribution, PNG, name="cover.png")
    browser = Client()
    browser.force_login(editor)
    assert browser.post(f"/library/{asset.public_id}/rename/", {"title": "  Spring   cover "}).status_code == 302
    asset.refresh_from_db()
    assert (asset.title, asset.slug) == ("Spring cover", "cover")
    refused = browser.post(f"/library/{asset.public_id}/rename/", {"title": " "})
    assert refused.status_code == 422
    assert "Give it a title." in refused.content.decode()
    assert rename_asset(actor=editor, asset=asset, title="x" * 255).title == "x" * 255


def test_deleting_asks_for_the_title(editor: User, distribution: Distribution) -> None:
    asset = publish(editor, distribution, PNG, name="cover.png")
    browser = Client()
    browser.force_login(editor)
    refused = browser.post(f"/library/{asset.public_id}/delete/", {"typed_title": "Cover"})
    assert refused.status_code == 422
    assert "This is not its title." in refused.content.decode()
    assert browser.post(f"/library/{asset.public_id}/delete/", {"typed_title": "cover"}).status_code == 302
    assert "Being deleted" in browser.get("/library/").content.decode()


def test_beginning_an_upload_answers_what_the_script_needs(editor: User, distribution: Distribution) -> None:
    browser = Client()
    browser.force_login(editor)
    fields = {"distribution": distribution.public_id, "file_name": "a b.mp4", "size": "20000000", "content_type": "video/mp4"}
    answer = browser.post("/upload/begin/", fields)
    begun = answer.json()
    assert answer.status_code == 201
    assert begun["relay"] == f"/relay/{begun['id']}/"
    assert begun["part_size"] == 8 << 20
    assert browser.post(begun["renew"]).json()["token"]
    for wrong in ({"size": "-1"}, {"size": "many"}, {"distribution": "nowhere"}, {"file_name": ""}, {"size": str(10**16)}):
        refused = browser.post("/upload/begin/", {**fields, **wrong})
        assert refused.status_code == 422
        assert refused.json()["message"]
