"""The doctor's pages: who gets them, what they say in each state, and what their buttons do."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cdnadmin.accounts.models import AuditEntry, Bucket, Role, User
from cdnadmin.operations.models import Operation
from distributions.doctor.examining import EXAMINE
from distributions.doctor.findings import Finding
from distributions.doctor.keeping import keep_findings
from distributions.models import Distribution, Examination, FoundProblem
from tests.integration.distributions.test_pages import browser_of, fill

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def browser(administrator: User) -> Client:
    made = Client()
    made.force_login(administrator)
    return made


@pytest.fixture
def problem(bucket: Bucket) -> FoundProblem:
    """One danger of a distribution, and a warning of its bucket."""
    fill(bucket, 1)
    now = timezone.now() - timedelta(hours=1)
    Examination.objects.create(account=bucket.account, began_at=now, finished_at=now)
    danger = Finding("public-bucket", "“Site 00000”: anyone can read it <straight> from S3.", mend="close-bucket")
    keep_findings(bucket.account, [danger], now, distribution=Distribution.objects.get())
    orphan = Finding(
        "statement-orphaned", "A statement of nobody.", "CdnadminOacx", json.dumps({"Sid": "CdnadminOacx"}), "take-out"
    )
    keep_findings(bucket.account, [orphan], now, bucket=bucket)
    return FoundProblem.objects.get(code="public-bucket")


def test_it_lists_what_was_found_filters_it_and_says_when_there_is_nothing(browser: Client, bucket: Bucket) -> None:
    page = browser.get("/doctor/").content.decode()
    assert "Not examined yet" in page
    assert "Examine now" in page
    Examination.objects.create(account=bucket.account, finished_at=timezone.now())
    assert "Nothing to mend" in browser.get("/doctor/").content.decode()


def test_findings_are_shown_with_their_mends(browser: Client, problem: FoundProblem, bucket: Bucket) -> None:
    page = browser.get("/doctor/").content.decode()
    for words in (
        "&lt;straight&gt;",
        "2 to look at, 1 of them dangers",
        "Close the bucket",
        "Block Public Access",
        "Do that there",
    ):
        assert words in page, words
    assert page.index("anyone can read") < page.index("A statement of nobody"), "the gravest come first"
    for query, shown, hidden in (
        ("severity=warning", "A statement of nobody", "anyone can read"),
        ("search=anyone", "anyone can read", "A statement of nobody"),
        (f"search={bucket.name}", "A statement of nobody", "anyone can read"),
        (f"account={bucket.account.public_id}", "anyone can read", "No matches"),
        ("dismissed=1", "No matches", "anyone can read"),
    ):
        part = browser.get(f"/doctor/?{query}", headers={"HX-Request": "true"}).content.decode()
        assert shown in part, query
        assert hidden not in part, query
        assert "<html" not in part
    page = browser.get(f"/distributions/{Distribution.objects.get().public_id}/").content.decode()
    assert "What the doctor found" in page
    assert "A statement of nobody" in page, "its bucket’s findings are not on its page"
    assert "is in danger" in browser.get("/").content.decode()
    assert browser.get(f"/doctor/findings/{problem.public_id}/").status_code == 302


def test_leaving_it_needs_a_reason_and_leads_back(browser: Client, problem: FoundProblem) -> None:
    address = f"/doctor/findings/{problem.public_id}/"
    answer = browser.post(f"{address}dismiss/", {"reason": "", "back": "/doctor/?severity=danger"}, follow=True)
    assert answer.redirect_chain == [("/doctor/?severity=danger", 302)]
    assert "Say why" in answer.content.decode()
    browser.post(f"{address}dismiss/", {"reason": "A demo <b>", "back": "https://example.net/"})
    page = browser.get("/doctor/?dismissed=1").content.decode()
    assert "A demo &lt;b&gt;" in page
    assert "Ada" in page
    assert "anyone can read" not in browser.get("/doctor/").content.decode()
    browser.post(f"{address}restore/", {"back": "https://example.net/"}, follow=False)
    assert "anyone can read" in browser.get("/doctor/").content.decode()
    assert list(AuditEntry.objects.values_list("action", flat=True)[:2]) == ["restore_finding", "dismiss_finding"]
    assert browser.post(f"{address}restore/", {"back": "https://example.net/"}).headers["Location"] == "/doctor/"
    FoundProblem.objects.update(gone_at=timezone.now())
    assert browser.post(f"{address}mend/").status_code == 404


def test_examining_shows_how_far_it_is_and_stops_asking_when_it_has_ended(browser: Client, problem: FoundProblem) -> None:
    browser.post(f"/doctor/accounts/{problem.account.public_id}/examine/")
    assert 'hx-trigger="every 2s"' in browser.get("/doctor/").content.decode()

    def poll() -> str:
        return browser.get("/doctor/?part=accounts", headers={"HX-Request": "true"}).content.decode()

    running = poll()
    assert "Being examined" in running
    assert "hx-partial" not in running
    Operation.objects.filter(kind=EXAMINE).update(state="failed", error_message="AWS can’t be reached.")
    ended = poll()
    assert "AWS can’t be reached." in ended
    assert "hx-partial" in ended
    assert "hx-trigger" not in ended


def test_who_may_do_it_and_the_policy_is_a_file(browser: Client, problem: FoundProblem) -> None:
    policy = f"/doctor/accounts/{problem.account.public_id}/policy.json"
    answer = browser.get(policy)
    assert "attachment" in answer.headers["Content-Disposition"]
    assert json.loads(answer.content)["Version"] == "2012-10-17"
    for role in (Role.EDITOR, Role.STAFF, Role.VIEWER):
        other = browser_of(role)
        assert {other.get(path).status_code for path in ("/doctor/", policy)} == {403}
        for action in ("mend", "dismiss", "restore"):
            assert other.post(f"/doctor/findings/{problem.public_id}/{action}/").status_code == 403
    assert "What the doctor found" not in browser_of_detail(problem)


def browser_of_detail(problem: FoundProblem) -> str:
    editor = Client()
    editor.force_login(User.objects.get(role=Role.EDITOR))
    assert problem.distribution is not None
    return editor.get(f"/distributions/{problem.distribution.public_id}/").content.decode()


def test_a_page_of_thousands_of_findings_asks_no_more_than_one_of_few(browser: Client, problem: FoundProblem) -> None:
    with CaptureQueriesContext(
        connection,
    ) as few:
        browser.get("/doctor/")
    FoundProblem.objects.bulk_create(
        FoundProblem(
            account=problem.account, distribution=problem.distribution, place="many", code="http-allowed", severity="warning",
            rank=1, subject=str(number), sentence="Plain.",
        )
        for number in range(5_100)
    )  # fmt: skip
    with CaptureQueriesContext(connection) as many:
        page = browser.get("/doctor/").content.decode()
    assert len(many) == len(few)
    assert "Page 1 of 100" in page
