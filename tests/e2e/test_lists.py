"""Lists: they filter while somebody types, the address and the heading's count follow, and Back leads back."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, Route, expect

from tests.conftest import ROOT
from tests.e2e.conftest import NewPage, Studio

pytestmark = pytest.mark.e2e

# Each list that has the search box, by its template.
LISTS = {
    "media/library.html": "/library/",
    "media/links.html": "/links/",
    "distributions/list.html": "/distributions/",
    "distributions/origin_accesses.html": "/distributions/origin-access/",
    "distributions/signing_keys.html": "/distributions/keys/",
    "distributions/history.html": "/distributions/{press}/history/",
    "distributions/signers.html": "/distributions/{press}/signers/",
    "distributions/invalidations.html": "/distributions/{press}/invalidations/",
    "distributions/doctor.html": "/doctor/",
    "operations/list.html": "/operations/",
    "accounts/people.html": "/people/",
    "accounts/aws_accounts.html": "/accounts/",
    "accounts/audit.html": "/activity/",
}
# Invalidations: there are none yet, which their heading says.
UNCOUNTED = ("/activity/", "/distributions/{press}/invalidations/")
POLL_MS, DELAY_MS = 3100, 400


@pytest.fixture
def page(studio: Studio, new_page: NewPage) -> Page:
    return new_page(storage_state=studio.sessions["administrator"])


def test_every_list_with_a_search_box_is_here() -> None:
    folder = ROOT / "templates"
    searching = {str(file.relative_to(folder)) for file in folder.rglob("*.html") if "components/search.html" in file.read_text()}
    assert searching - {"styleguide/forms.html"} == set(LISTS)


def test_every_list_filters_while_somebody_types(studio: Studio, page: Page) -> None:
    # In tabs, so that all answers are waited for at once.
    tabs = {path: page.context.new_page() for path in LISTS.values()}
    for path, tab in tabs.items():
        tab.goto(studio.product.address + path.format(press=studio.made["distributions"]["Press kit"]))
        if path not in UNCOUNTED:
            expect(tab.get_by_role("heading", level=1)).to_have_text(re.compile(r" [1-9]\d*\s*$"))
        tab.get_by_role("main").get_by_role("searchbox").press_sequentially("zzqx")
    for path, tab in tabs.items():
        expect(tab.get_by_text("No matches")).to_be_visible()
        expect(tab.get_by_role("main").get_by_role("searchbox")).to_be_focused()
        assert "?search=zzqx" in tab.url
        if path not in UNCOUNTED:
            expect(tab.get_by_role("heading", level=1)).to_have_text(re.compile(r" 0\s*$"))
            expect(tab.get_by_role("status").filter(has_text="0 found")).to_have_count(1)


def test_a_choice_filters_as_well(studio: Studio, page: Page) -> None:
    page.goto(f"{studio.product.address}/library/")
    page.get_by_label("Type").select_option("audio")
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile(r"Library\s+2"))
    assert "type=audio" in page.url


def test_back_brings_the_whole_list_again_and_a_filter_outlives_the_change_to_a_table(studio: Studio, page: Page) -> None:
    page.goto(f"{studio.product.address}/library/")
    heading = page.get_by_role("heading", level=1)
    before = heading.inner_text()
    search = page.get_by_label("Search titles")
    search.press_sequentially("First cut")
    expect(heading).to_have_text(re.compile(r"Library\s+2"))
    page.get_by_role("link", name="Table").click()
    expect(page.get_by_role("table").get_by_role("row")).to_have_count(3)
    expect(search).to_have_value("First cut")
    go_back(page)
    expect(page).to_have_url(re.compile(r"access=$"))
    expect(heading).to_have_text(re.compile(r"Library\s+2"))
    go_back(page)
    expect(heading).to_have_text(before)
    expect(search).to_have_value("")
    expect(page.get_by_role("banner")).to_be_visible()
    # The script works on, on what was drawn anew.
    search.press_sequentially("Jingle")
    expect(heading).to_have_text(re.compile(r"Library\s+1"))


def test_an_answer_to_a_poll_does_not_undo_a_filter(studio: Studio, page: Page) -> None:
    page.clock.install()
    # It polls: “Second cut” never arrives, and was not broken off long ago.
    studio.product.seed("go_on", upload=studio.made["upload"])
    page.goto(f"{studio.product.address}/library/")
    polls: list[Route] = []
    page.route(re.compile(r"/library/$"), lambda route: polls.append(route))
    with page.expect_request(re.compile(r"/library/$")):
        page.clock.run_for(POLL_MS)
    page.get_by_label("Search titles").press_sequentially("Second cut")
    page.clock.run_for(DELAY_MS)
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_have_text(re.compile(r"Library\s+1"))
    with page.expect_response(re.compile(r"/library/$")):
        polls[0].continue_()
    with page.expect_response(re.compile(r"search=Second")):
        page.clock.run_for(POLL_MS)
    expect(heading).to_have_text(re.compile(r"Library\s+1"))


def go_back(page: Page) -> None:
    """As the button does. Playwright's own takes it for an error that htmx takes over; `evaluate` must end before its page does."""
    page.evaluate("setTimeout(() => history.back())")
