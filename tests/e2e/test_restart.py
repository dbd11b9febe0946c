"""Ctrl-C and `make run` again: nothing that was published is gone, and everybody still gets in."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.e2e import journeys
from tests.e2e.conftest import NewPage, Studio
from tests.e2e.running import status_at_edge

pytestmark = [pytest.mark.e2e, pytest.mark.serial]


def test_after_ctrl_c_and_a_new_start_everything_is_as_it_was(studio: Studio, new_page: NewPage) -> None:
    product = studio.product
    signed = product.seed("sign", asset=studio.made["assets"]["First cut"], seconds=900)
    assert status_at_edge(signed) == 200
    before = product.address, product.sandbox

    assert product.interrupt() == 0
    product.start()

    assert (product.address, product.sandbox) == before
    assert product.run.first_link() == ""
    assert status_at_edge(signed) == 200
    page = new_page()
    page.goto(f"{product.address}/library/")
    journeys.log_in(page, "editor@example.org")
    page.get_by_role("link", name="First cut", exact=True).click()
    expect(page.get_by_role("heading", level=1, name="First cut")).to_be_visible()
    journeys.plays(page)
    still = new_page(storage_state=studio.sessions["viewer"])
    still.goto(f"{product.address}/library/")
    expect(still.get_by_role("heading", level=1, name="Library")).to_be_visible()
    journeys.upload(page, product.address, "Premiere", {"name": "after.txt", "mimeType": "text/plain", "buffer": b"works on"})
    journeys.open_uploaded(page, "after.txt")
    expect(page.get_by_role("main").get_by_text("Ready", exact=True)).to_be_visible()
