"""Every page, light and dark, wide and narrow: axe finds nothing, nothing hangs over the edge, the keyboard reaches it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.addresses import ADDRESSES, NOT_COVERED, STRANGER, Address, named_addresses
from tests.e2e.axe import violations
from tests.e2e.conftest import NewPage, Studio
from tests.e2e.watching import Watch

pytestmark = pytest.mark.e2e

WIDTHS = (1280, 375)


@pytest.fixture(scope="module")
def opened(browser: Browser, studio: Studio) -> Iterator[tuple[dict[str, Page], Watch]]:
    """A page for each role, which all these tests use one after another, and what goes wrong in them."""
    watch = Watch()
    pages: dict[str, Page] = {}
    for role in {address.role for address in ADDRESSES}:
        state = studio.sessions[role] if role != STRANGER else None
        context = browser.new_context(storage_state=state, reduced_motion="reduce")
        watch.attach(context)
        pages[role] = context.new_page()
    yield pages, watch
    for page in pages.values():
        page.context.close()


@pytest.mark.parametrize("address", ADDRESSES, ids=lambda address: address.name)
def test_a_page_is_for_everybody(address: Address, opened: tuple[dict[str, Page], Watch], studio: Studio) -> None:
    pages, watch = opened
    page = pages[address.role]
    path = address.path(studio.made)
    if address.status >= 400:
        watch.allow_answer(address.status, path)
    page.set_viewport_size({"width": WIDTHS[0], "height": 800})
    answer = page.goto(studio.product.address + path)
    assert answer is not None
    assert answer.status == address.status
    assert page.title().removesuffix("· cdnadmin").strip() != ""
    assert page.get_by_role("heading", level=1).count() == 1
    assert page.get_by_role("main").count() == 1
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        assert violations(page) == [], f"at {width} px"
        over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert over == 0, f"{over} px hang over the edge at {width} px"
    watch.check()


def test_every_address_is_covered_or_says_why_not() -> None:
    covered = {address.route for address in ADDRESSES}
    assert covered & set(NOT_COVERED) == set()
    assert named_addresses() == covered | set(NOT_COVERED)


def test_the_keyboard_goes_first_to_the_content(studio: Studio, new_page: NewPage) -> None:
    page = new_page(storage_state=studio.sessions["viewer"])
    page.goto(f"{studio.product.address}/library/")
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()


def test_a_dialog_opens_and_closes_by_keyboard_and_gives_the_focus_back(studio: Studio, new_page: NewPage) -> None:
    page = new_page(storage_state=studio.sessions["editor"])
    page.goto(studio.product.address + "/library/" + studio.made["assets"]["Key art"] + "/")
    opener = page.get_by_role("link", name="Rename")
    opener.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Rename")
    expect(dialog).to_be_visible()
    assert page.evaluate("document.activeElement.closest('dialog') !== null")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(opener).to_be_focused()


def test_the_phones_menu_opens_and_closes_by_keyboard(studio: Studio, new_page: NewPage) -> None:
    page = new_page(storage_state=studio.sessions["viewer"], viewport={"width": 375, "height": 800})
    page.goto(f"{studio.product.address}/library/")
    opener = page.get_by_role("button", name="Open menu")
    opener.press("Enter")
    menu = page.get_by_role("dialog", name="Menu")
    expect(menu.get_by_role("link", name="Library")).to_be_visible()
    page.keyboard.press("Escape")
    expect(menu).to_be_hidden()
    expect(opener).to_be_focused()


def test_the_persons_menu_closes_by_escape_and_by_a_click_beside_it(studio: Studio, new_page: NewPage) -> None:
    page = new_page(storage_state=studio.sessions["viewer"])
    page.goto(f"{studio.product.address}/library/")
    opener = page.locator("summary")
    entry = page.get_by_role("link", name="Change password")
    opener.press("Enter")
    expect(entry).to_be_visible()
    entry.focus()
    page.keyboard.press("Escape")
    expect(entry).to_be_hidden()
    expect(opener).to_be_focused()
    opener.click()
    expect(entry).to_be_visible()
    page.get_by_role("heading", level=1).click()
    expect(entry).to_be_hidden()


def test_what_opens_a_dialog_leads_to_a_page_without_scripts(studio: Studio, new_page: NewPage) -> None:
    page = new_page(storage_state=studio.sessions["editor"], java_script_enabled=False)
    asset = f"{studio.product.address}/library/{studio.made['assets']['Logo on dark']}/"
    for opener, answer in (("Make a link", "Make the link"), ("Delete", "Delete this file"), ("Rename", "Rename")):
        page.goto(asset)
        page.get_by_role("link", name=opener, exact=True).click()
        expect(page.get_by_role("button", name=answer)).to_be_visible()
    assert page.get_by_role("heading", name="Rename").count() == 1
    page.get_by_role("button", name="Rename").click()
    expect(page.get_by_text("Renamed. Its address stays as it was.")).to_be_visible()


def test_a_chosen_theme_stays(studio: Studio, new_page: NewPage) -> None:
    page = new_page(storage_state=studio.sessions["viewer"], color_scheme="light")
    page.goto(f"{studio.product.address}/library/")
    light = background(page)
    page.get_by_role("button", name="Switch between light and dark").click()
    page.goto(studio.product.address)
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert background(page) != light


def background(page: Page) -> Any:
    return page.evaluate("getComputedStyle(document.body).backgroundColor")


def test_what_was_opened_stays_open_when_it_is_drawn_anew(studio: Studio, new_page: NewPage) -> None:
    page = new_page(storage_state=studio.sessions["administrator"])
    address = f"{studio.product.address}/distributions/{studio.made['distributions']['Premiere']}/"
    page.goto(address)
    details = page.locator("#privacy details")
    details.locator("summary").click()
    with page.expect_response(lambda answer: "part=card" in answer.url):
        page.evaluate(
            "path => htmx.ajax('GET', path, {source: '#privacy', target: '#privacy', swap: 'outerMorph'})",
            f"{address}privacy/?part=card",
        )
    page.wait_for_function("document.querySelector('#privacy:not(.htmx-request)')")
    expect(details).to_have_attribute("open", "")
