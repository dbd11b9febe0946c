"""Uploads while they are on their way: what their states answer, and what pages say of one that broke off."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from cdnadmin.accounts.models import Role, User
from distributions.models import Distribution
from media.models import AssetVersion, Upload
from media.services.uploads import begin_upload, complete_upload
from tests.integration.media.conftest import finish, operation_of, receive
from tests.integration.media.test_pages import browser_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def browser(editor: User) -> Client:
    made = Client()
    made.force_login(editor)
    return made


@pytest.fixture
def broken_off(editor: User, distribution: Distribution) -> Upload:
    upload = begin_upload(actor=editor, distribution=distribution, file_name="film.mp4", size=9, content_type="")
    Upload.objects.update(touched_at=timezone.now() - timedelta(seconds=125))
    return upload


def states(browser: Client, *uploads: Upload) -> dict[str, dict[str, str]]:
    answer = browser.get("/uploads/states/", {"id": [upload.public_id for upload in uploads]})
    assert answer["Cache-Control"].startswith("max-age=0")
    found: dict[str, dict[str, str]] = answer.json()["uploads"]
    return found


def test_one_answer_tells_how_far_several_uploads_are(browser: Client, editor: User, distribution: Distribution) -> None:
    waits, done, failed = (receive(editor, distribution, b"content", name=name) for name in ("a.txt", "b.txt", "c.txt"))
    assert states(browser, waits)[waits.public_id]["state"] == "receiving"
    for upload in (waits, done, failed):
        complete_upload(upload=upload)
    assert states(browser, waits)[waits.public_id]["state"] == "publishing"
    finish(operation_of(done))
    AssetVersion.objects.filter(pk=failed.version.pk).update(state="failed", error_message="The bucket refuses it.")
    found = states(browser, waits, done, failed)
    assert {one["state"] for one in found.values()} == {"publishing", "ready", "failed"}
    assert found[failed.public_id]["message"] == "The bucket refuses it."
    assert browser.get(found[done.public_id]["asset"]).status_code == 200
    AssetVersion.objects.filter(pk=done.version.pk).update(state="deleting")
    assert states(browser, done) == {}


def test_nobody_asks_after_the_uploads_of_others(browser: Client, editor: User, distribution: Distribution) -> None:
    upload = receive(editor, distribution, b"content")
    assert states(browser_of(Role.ADMINISTRATOR), upload) == {}
    assert browser_of(Role.VIEWER).get("/uploads/states/").status_code == 403
    assert browser.get("/uploads/states/").json() == {"uploads": {}}


def test_an_upload_that_broke_off_says_so_where_it_is_looked_at(browser: Client, broken_off: Upload) -> None:
    page = browser.get(f"/library/{broken_off.version.asset.public_id}/").content.decode()
    listed = browser.get("/uploads/").content.decode()
    for text in (page, listed):
        assert "seems to have broken off" in text
        assert "must be chosen again" in text
        assert "cleared away after a day" in text
        assert "Broken off" in text
        assert "animate-spin" not in text
        assert f'action="/uploads/{broken_off.public_id}/stop/"' in text
    assert "still arriving" not in page
    assert "every 3s" not in listed
    assert browser.post(f"/uploads/{broken_off.public_id}/stop/").status_code == 302
    assert browser.get(f"/library/{broken_off.version.asset.public_id}/").status_code == 404


def test_only_who_began_it_is_offered_to_stop_it(broken_off: Upload) -> None:
    administrator = browser_of(Role.ADMINISTRATOR)
    for path in (f"/library/{broken_off.version.asset.public_id}/", "/uploads/?whose=all"):
        page = administrator.get(path).content.decode()
        assert "seems to have broken off" in page
        assert "/stop/" not in page


def test_an_upload_to_which_parts_come_is_on_its_way(browser: Client, broken_off: Upload) -> None:
    Upload.objects.update(touched_at=timezone.now() - timedelta(seconds=100))
    page = browser.get(f"/library/{broken_off.version.asset.public_id}/").content.decode()
    assert "still arriving" in page
    assert "broken off" not in page
    listed = browser.get("/uploads/").content.decode()
    assert "broken off" not in listed.lower()
    assert "every 3s" in listed


def test_renaming_has_a_page_with_one_heading_that_says_so(browser: Client, broken_off: Upload) -> None:
    answer = browser.get(f"/library/{broken_off.version.asset.public_id}/rename/")
    page = answer.content.decode()
    assert answer.status_code == 200
    assert 'value="film"' in page
    assert page.count(">Rename</h") == 1
    assert browser_of(Role.STAFF).get(f"/library/{broken_off.version.asset.public_id}/rename/").status_code == 403


def test_the_list_of_uploads_costs_the_same_however_many_there_are(
    browser: Client, editor: User, distribution: Distribution, django_assert_max_num_queries: object
) -> None:
    for number in range(12):
        begin_upload(actor=editor, distribution=distribution, file_name=f"{number}.txt", size=1, content_type="")
    with django_assert_max_num_queries(14):  # type: ignore[operator]
        browser.get("/uploads/")


def test_the_library_does_not_look_out_for_what_broke_off(browser: Client, broken_off: Upload) -> None:
    page = browser.get("/library/").content.decode()
    assert "Broken off" in page
    assert "every " not in page.partition('id="results"')[2].partition(">")[0]
