"""Pictures of every page into var/shots/, light and dark, wide and narrow: `python -m tests.e2e.shots`."""

from __future__ import annotations

import base64
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, FilePayload, Page, expect

from tests.conftest import ROOT
from tests.e2e import journeys
from tests.e2e.browsing import launched, logged_in
from tests.e2e.running import Product
from tests.e2e.video import record_video

FOLDER = ROOT / "var" / "shots"
WIDTHS, THEMES = (1280, 375), ("light", "dark")
HEIGHT = 800
# What an administrator meets before anything is there.
FIRST = {"first-home": "/", "first-library": "/library/", "first-distributions": "/distributions/", "first-upload": "/upload/"}


def shoot(page: Page, name: str, *, whole: bool = True) -> None:
    """The page as it stands, in every width and theme; not `whole` where something lies over it."""
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": HEIGHT})
        for theme in THEMES:
            page.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)
            page.screenshot(path=FOLDER / f"{name}-{theme}-{width}.png", full_page=whole)


def open_wide(page: Page, address: str) -> None:
    page.set_viewport_size({"width": WIDTHS[0], "height": HEIGHT})
    page.goto(address)
    page.wait_for_load_state("networkidle")


def shoot_first(browser: Browser, product: Product) -> None:
    sessions = product.seed("team")
    page = browser.new_page(storage_state=logged_in(sessions["administrator"]), reduced_motion="reduce")
    for name, path in FIRST.items():
        open_wide(page, product.address + path)
        shoot(page, name)
    page.context.close()


def shoot_addresses(pages: dict[str, Page], product: Product, made: dict[str, Any]) -> None:
    from tests.e2e.addresses import ADDRESSES

    for address in ADDRESSES:
        page = pages[address.role]
        open_wide(page, product.address + address.path(made))
        shoot(page, address.name)


def shoot_dialogs(page: Page, product: Product, made: dict[str, Any]) -> None:
    """What lies over a page once somebody presses a button there."""
    asset = f"/library/{made['assets']['First cut']}/"
    distribution = f"/distributions/{made['distributions']['Premiere']}/"
    for name, path, button in (
        ("dialog-share", asset, "Make a link"),
        ("dialog-rename", asset, "Rename"),
        ("dialog-delete", asset, "Delete"),
        ("dialog-disable", distribution, "Disable"),
        ("dialog-take-back", "/links/", "Take back the link to First cut"),
    ):
        open_wide(page, product.address + path)
        main = page.get_by_role("main")
        main.get_by_role("button", name=button, exact=True).or_(main.get_by_role("link", name=button, exact=True)).click()
        expect(page.get_by_role("dialog")).to_be_visible()
        shoot(page, name, whole=False)
    open_wide(page, product.address + asset)
    page.get_by_role("button", name="Get private link").click()
    expect(page.get_by_label("Private link", exact=True)).to_be_visible()
    shoot(page, "asset-private-link")


def shoot_refusal(page: Page, product: Product, made: dict[str, Any]) -> None:
    """A form with what is wrong in it."""
    open_wide(page, f"{product.address}/distributions/new/?account={made['accounts']['Sandbox']}")
    page.get_by_label("Bucket", exact=True).select_option(label="Make a new bucket")
    page.get_by_label("Name of the new bucket").fill("Not A Name")
    page.get_by_label("Name", exact=True).fill("Trailers")
    page.get_by_role("button", name="Create the distribution").click()
    page.wait_for_load_state("networkidle")
    shoot(page, "distribution-create-refused")


def shoot_moving(page: Page, product: Product) -> None:
    """A distribution on its way to the edges, files on their way here; CloudFront does not say more from here on."""
    product.seed("hold_propagation")
    page.set_viewport_size({"width": WIDTHS[0], "height": HEIGHT})
    journeys.create_distribution(page, product.address, name="Festival", private=True, account="Sandbox")
    expect(page.get_by_role("main").get_by_text("Reaching the edges").first).to_be_visible()
    shoot(page, "distribution-progress")
    conditions = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 300_000}
    slow = page.context.new_cdp_session(page)
    slow.send("Network.emulateNetworkConditions", conditions)
    long: FilePayload = {"name": "Documentary, colour graded.mov", "mimeType": "", "buffer": b"x" * 40_000_000}
    short: FilePayload = {"name": "Poster.txt", "mimeType": "text/plain", "buffer": b"done at once"}
    journeys.upload(page, product.address, "Premiere", short, long)
    expect(journeys.upload_row(page, "Poster.txt")).to_contain_text("Ready")
    expect(journeys.upload_row(page, "Documentary, colour graded.mov")).to_contain_text("of 40.0 MB")
    shoot(page, "upload-rows")
    page.get_by_role("button", name="Stop Documentary, colour graded.mov").click()
    open_wide(page, product.address)
    shoot(page, "home-running")


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cdnadmin.settings")
    import django

    django.setup()
    began = time.monotonic()
    FOLDER.mkdir(parents=True, exist_ok=True)
    for old in FOLDER.glob("*.png"):
        old.unlink()
    with tempfile.TemporaryDirectory() as folder, launched() as browser:
        product = Product(Path(folder))
        try:
            shoot_first(browser, product)
            made = product.seed("studio", video=base64.b64encode(record_video(browser)).decode())
            pages = {
                role: browser.new_page(storage_state=logged_in(key), reduced_motion="reduce")
                for role, key in made["sessions"].items()
            }
            pages[""] = browser.new_page(reduced_motion="reduce")
            shoot_addresses(pages, product, made)
            administrator = pages["administrator"]
            shoot_dialogs(administrator, product, made)
            shoot_refusal(administrator, product, made)
            shoot_moving(administrator, product)
        finally:
            product.end()
    print(f"{len(list(FOLDER.glob('*.png')))} pictures in {FOLDER}, {time.monotonic() - began:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
