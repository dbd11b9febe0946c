"""The first page: the way from nothing to a private video, and what each person sees of what is there."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cdnadmin.accounts.models import AwsAccount, Bucket, Role
from cdnadmin.operations.models import Operation
from distributions.models import Distribution
from media.models import AssetVersion, MediaObject, ShareLink, ShareVisit
from media.queries.attention import attention_for
from media.queries.guide import Guide, Step, guide_for
from media.services.share import share_token
from tests.integration.media.conftest import make_distribution
from tests.integration.media.home_rows import make_asset, make_link, make_operation, page_of, person

pytestmark = pytest.mark.django_db


def guide(role: str = Role.ADMINISTRATOR) -> Guide:
    found = guide_for(person(role))
    assert found is not None
    return found


def current(found: Guide) -> Step:
    return next(step for step in found.steps if step.state == "current")


@pytest.fixture
def account() -> AwsAccount:
    """No sandbox behind it: nothing here asks AWS."""
    return AwsAccount.objects.create(label="Sandbox", is_sandbox=True, viewer_base="http://{domain}:8001")


@pytest.fixture
def bucket(account: AwsAccount) -> Bucket:
    return Bucket.objects.create(account=account, name="harbour-media", region="us-east-1")


@pytest.fixture
def private(bucket: Bucket) -> Distribution:
    return make_distribution(bucket, kind="private", name="Press kit")


def test_the_first_step_is_an_account_that_works() -> None:
    assert (current(guide()).name, current(guide()).action) == ("connect", "connect")
    assert 'href="/accounts/connect/"' in page_of(Role.ADMINISTRATOR)
    assert current(guide(Role.EDITOR)).action == ""
    account = AwsAccount.objects.create(label="Production")
    assert (current(guide()).fact, current(guide()).action) == ("Production is not tested yet.", "test")
    AwsAccount.objects.filter(pk=account.pk).update(tested_at=timezone.now(), test_result={"ok": False})
    assert current(guide()).fact == "Production did not work when last tested."
    AwsAccount.objects.filter(pk=account.pk).update(test_result={"ok": True})
    assert guide().steps[0].state == "done"


def test_then_a_distribution_which_says_when_it_is_being_created(bucket: Bucket) -> None:
    assert (current(guide()).name, guide().done) == ("distribution", 1)
    assert "/distributions/new/?kind=private" in page_of(Role.ADMINISTRATOR)
    assert "/distributions/new/" not in page_of(Role.EDITOR)
    row = Distribution.objects.create(account=bucket.account, name="Press kit", kind="private", bucket=bucket)
    being_made = current(guide())
    assert (being_made.fact, being_made.live, being_made.action) == ("Press kit is being created.", True, "")
    assert "every 3s" in page_of(Role.ADMINISTRATOR)
    Distribution.objects.filter(pk=row.pk).update(arn="arn:x", status="in_progress")
    assert (guide().steps[1].fact, guide().steps[1].live) == ("Press kit, private, reaching the edges", True)
    Distribution.objects.filter(pk=row.pk).update(status="deployed")
    assert (guide().steps[1].fact, guide().steps[1].live) == ("Press kit, private, live", False)
    assert "every 3s" not in page_of(Role.ADMINISTRATOR)


def test_one_that_failed_or_is_disabled_is_no_distribution(bucket: Bucket) -> None:
    for status in ("failed", "disabled"):
        Distribution.objects.filter(pk=make_distribution(bucket).pk).update(status=status)
    assert current(guide()).name == "distribution"


def test_then_a_file_that_is_ready(private: Distribution) -> None:
    assert (current(guide()).name, current(guide()).action) == ("upload", "upload")
    assert f"/upload/?distribution={private.public_id}" in page_of(Role.EDITOR)
    moving = make_asset(private, state="publishing")
    assert (current(guide()).fact, current(guide()).live) == ("Harbour cut 4 is being published.", True)
    AssetVersion.objects.filter(asset=moving).update(state="failed")
    assert current(guide()).action == "upload"
    AssetVersion.objects.filter(asset=moving).update(state="ready")
    assert guide().steps[2].fact == "Harbour cut 4, playable"


def test_what_to_share_is_rather_private_than_new(private: Distribution, bucket: Bucket) -> None:
    public = make_distribution(bucket, kind="public", name="Site")
    shown = make_asset(public, "Poster", type="image")
    assert (guide().asset, guide().distribution) == (shown, public)
    secret = make_asset(private)
    make_asset(public, "Another")
    assert (guide().asset, guide().distribution) == (secret, private)
    assert f"/library/{secret.public_id}/#links-heading" in page_of(Role.STAFF)


def test_it_ends_in_a_playing_video_and_can_be_hidden(private: Distribution) -> None:
    asset = make_asset(private)
    link = make_link(asset, person(Role.EDITOR))
    for role in (Role.ADMINISTRATOR, Role.EDITOR):
        assert guide(role).is_complete
        page = page_of(role)
        assert f'href="/s/{share_token(link)}/"' in page
        assert "Watch it" in page
        assert f'href="/library/{asset.public_id}/"' in page
    browser = Client()
    browser.force_login(person(Role.EDITOR))
    assert browser.get("/guide/hide/").status_code == 405
    assert browser.post("/guide/hide/")["Location"] == "/"
    assert "From nothing to" not in browser.get("/").content.decode()
    assert "From nothing to" in page_of(Role.ADMINISTRATOR)


def test_a_link_of_others_is_not_handed_to_who_may_not_list_it(private: Distribution) -> None:
    link = make_link(make_asset(private), person(Role.ADMINISTRATOR))
    assert current(guide(Role.EDITOR)).name == "share"
    assert share_token(link) not in page_of(Role.EDITOR)


def test_the_way_stays_done_when_the_link_has_ended_but_not_when_it_was_taken_back(private: Distribution) -> None:
    link = make_link(make_asset(private), person(Role.EDITOR), days=-1)
    assert guide().is_complete
    assert share_token(link) not in page_of(Role.EDITOR)
    assert "its link ended" in page_of(Role.EDITOR)
    ShareLink.objects.update(revoked_at=timezone.now())
    assert current(guide()).name == "share"


def test_who_sees_which_part(private: Distribution) -> None:
    parts = {"Nothing needs you": 2, "Links opened": 3, "From nothing to": 3, 'href="/upload/"': 2, 'href="/distributions/new/"': 1}
    make_asset(private)
    make_operation("distribution:x", state="running", kind="create_distribution")
    pages = [page_of(role) for role in (Role.ADMINISTRATOR, Role.EDITOR, Role.STAFF, Role.VIEWER)]
    for words, at_most in {**parts, ">Running</h2>": 2, "New in the library": 4}.items():
        assert [words in page for page in pages] == [n < at_most for n in range(4)], words


def test_who_may_only_share_is_guided_once_there_is_something_to_share(private: Distribution) -> None:
    assert guide_for(person(Role.STAFF)) is None
    make_asset(private)
    assert current(guide(Role.STAFF)).action == "share"
    assert guide_for(person(Role.VIEWER)) is None


def test_an_empty_library_says_what_to_do(private: Distribution) -> None:
    assert "Upload the first file" in page_of(Role.EDITOR)
    assert "Files that editors upload appear here." in page_of(Role.VIEWER)
    Distribution.objects.all().delete()
    assert "Once there is one" in page_of(Role.EDITOR)


def test_what_failed_is_told_once_with_why_and_the_way_to_mend_it(private: Distribution, bucket: Bucket) -> None:
    film = make_asset(private, "Drone survey", state="failed")
    failed = make_operation(f"asset:{film.public_id}", error_message="S3 refuses to store the file.")
    gone = make_distribution(bucket, name="Old site")
    Distribution.objects.filter(pk=gone.pk).update(status="failed")
    AwsAccount.objects.create(
        label="Production",
        tested_at=timezone.now(),
        test_result={"ok": False, "checks": [{"label": "Buckets", "ok": False, "message": "Refused."}]},
    )
    found = attention_for(person(Role.ADMINISTRATOR))
    assert found is not None
    assert {(each.subject, each.problem, each.why) for each in found.shown} == {
        ("Drone survey", "could not be published", "S3 refuses to store the file."),
        ("Old site", "is gone at CloudFront", "It was deleted outside cdnadmin; nobody can open its files through it."),
        ("Production", "did not work when last tested", "Buckets: Refused."),
    }
    page = page_of(Role.EDITOR)
    assert f'action="/operations/{failed.public_id}/retry/"' in page
    assert "did not work when last tested" not in page
    assert "Drone survey could not" not in page_of(Role.STAFF)


def test_who_may_not_try_it_again_is_led_to_its_page(private: Distribution) -> None:
    make_operation(private.reference, kind="update_distribution", error_message="CloudFront refuses.")
    assert "/retry/" in page_of(Role.ADMINISTRATOR)
    page = page_of(Role.EDITOR)
    assert "could not be changed" in page
    assert "/retry/" not in page


def test_what_was_mended_since_is_not_told(private: Distribution) -> None:
    old = make_operation(private.reference, kind="update_distribution")
    make_operation("asset:deletedsince")
    make_operation(private.reference, kind="update_distribution", state="running")
    assert "Nothing needs you" in page_of(Role.ADMINISTRATOR)
    Operation.objects.filter(state="running").update(state="failed", finished_at=timezone.now() - timedelta(days=8))
    assert "Nothing needs you" in page_of(Role.ADMINISTRATOR)
    Operation.objects.exclude(pk=old.pk).delete()
    assert "could not be changed" in page_of(Role.ADMINISTRATOR)


def test_it_polls_while_something_moves_and_then_stops(private: Distribution) -> None:
    running = make_operation(private.reference, kind="update_distribution", state="running")
    ask = {"path": "/?part=live", "HX-Request": "true"}
    part = page_of(Role.EDITOR, **ask)
    assert part.lstrip().startswith('<div id="live"')
    assert 'hx-trigger="every 3s"' in part
    Operation.objects.filter(pk=running.pk).update(state="succeeded")
    part = page_of(Role.EDITOR, **ask)
    assert part.lstrip().startswith('<div id="live"')
    assert "hx-trigger" not in part
    assert "<html" in page_of(Role.EDITOR, "/?part=live")


def test_running_shows_five_and_says_that_there_are_more(private: Distribution) -> None:
    for n in range(6):
        make_operation(f"asset:{n}", state="pending")
    make_operation("account:1", state="waiting", kind="watch", lane="propagation")
    page = page_of(Role.EDITOR)
    assert page.count('class="operation"') == 5
    assert "there are more" in page


def test_links_are_counted_as_far_as_one_may_list_them(private: Distribution) -> None:
    asset = make_asset(private)
    mine, other = make_link(asset, person(Role.STAFF), days=2), make_link(asset, person(Role.EDITOR), days=30)
    now = timezone.now()
    for link, days in ((mine, 0), (mine, 6), (mine, 9), (other, 0)):
        ShareVisit.objects.create(link=link, at=now - timedelta(days=days))
    numbers = re.compile(r'text-3xl[^>]*">(\d+)<.*?Visits a day, the last one today: ([\d, ]+)"', re.DOTALL)
    assert numbers.findall(page_of(Role.ADMINISTRATOR)) == [("3", "1, 0, 0, 0, 0, 0, 2")]
    assert numbers.findall(page_of(Role.STAFF)) == [("2", "1, 0, 0, 0, 0, 0, 1")]
    assert "Links opened" not in page_of(Role.VIEWER)


def test_a_picture_may_be_loaded_and_a_title_never_runs(bucket: Bucket) -> None:
    public = make_distribution(bucket, kind="public")
    asset = make_asset(public, "<script>alert(1)</script>", type="image")
    MediaObject.objects.update(content_type="image/png")
    make_link(asset, person(Role.EDITOR))
    browser = Client()
    browser.force_login(person(Role.EDITOR))
    answer = browser.get("/")
    assert public.domain_name in answer["Content-Security-Policy"].split("img-src")[1].split(";")[0]
    assert f'<img src="http://{public.domain_name}' in answer.content.decode()
    assert "<script>alert" not in answer.content.decode()


def test_it_costs_the_same_however_much_there_is(bucket: Bucket) -> None:
    administrator = person(Role.ADMINISTRATOR)

    def fill(count: int) -> None:
        for _ in range(count):
            row = make_distribution(bucket, kind="private")
            bad = make_distribution(bucket)
            Distribution.objects.filter(pk=bad.pk).update(status="failed")
            asset, broken = make_asset(row), make_asset(row, state="failed")
            make_operation(f"asset:{broken.public_id}")
            make_operation(row.reference, kind="update_distribution")
            make_operation(f"asset:{asset.public_id}", state="running")
            make_asset(row, state="publishing")
            ShareVisit.objects.create(link=make_link(asset, administrator))
        AwsAccount.objects.create(label=f"Refused {count}", tested_at=timezone.now(), test_result={"ok": False})

    def cost() -> int:
        browser = Client()
        browser.force_login(administrator)
        with CaptureQueriesContext(connection) as queries:
            page = browser.get("/").content.decode()
        assert page.count("Try again") <= 10
        return len(queries)

    fill(1)
    at_one = cost()
    fill(199)
    assert cost() == at_one
    assert at_one <= 25


def test_its_policy_fits_a_header_however_many_distributions_there_are(bucket: Bucket) -> None:
    for number in range(80):
        site = make_distribution(bucket, name=f"Site {number}")
        Distribution.objects.filter(pk=site.pk).update(domain_name=f"d{number}abcdefghijk.cloudfront.net")
    browser = Client()
    browser.force_login(person(Role.ADMINISTRATOR))
    policy = browser.get("/")["Content-Security-Policy"]
    assert "cloudfront.net" in policy.partition("img-src")[2].partition(";")[0]
    assert len(policy) < 4000, "proxies take 4 or 8 KB of headers"
