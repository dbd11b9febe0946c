"""One Chromium and one seeded installation for all browser tests, and pages in which nothing may go wrong."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, StorageState, expect, sync_playwright

from tests.chromium import chromium_path
from tests.e2e import journeys
from tests.e2e.running import Product
from tests.e2e.video import record_video
from tests.e2e.watching import Watch

# Quiet without a network, and in a container as root.
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update"
    " --disable-sync --autoplay-policy=no-user-gesture-required"
)
PATIENCE_MS = 15_000
NewPage = Callable[..., Page]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium_path(), args=FLAGS.split())
        yield started
        started.close()


@pytest.fixture(scope="session")
def video(browser: Browser) -> bytes:
    return record_video(browser)


@dataclass(frozen=True)
class Studio:
    """An installation that tests share. `made` holds the ids of what is in it; `sessions` a log-in of each role."""

    product: Product
    made: dict[str, Any]
    sessions: dict[str, StorageState]


@pytest.fixture(scope="session")
def studio(browser: Browser, video: bytes, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """People of every role, distributions and files in every state. Tests add to it, and leave what is there."""
    product = Product(tmp_path_factory.mktemp("studio"))
    try:
        made = product.seed("studio", video=base64.b64encode(video).decode())
        yield Studio(product, made, {role: session(browser, product, role) for role in made["people"]})
    finally:
        product.end()


def session(browser: Browser, product: Product, role: str) -> StorageState:
    page = browser.new_page()
    try:
        page.goto(f"{product.address}/account/login/")
        journeys.log_in(page, f"{role}@example.org")
        return page.context.storage_state()
    finally:
        page.close()


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def new_page(browser: Browser, watch: Watch) -> Iterator[NewPage]:
    """Pages in contexts (cookies, storage) of their own; whatever goes wrong in one fails the test at its end."""
    contexts: list[BrowserContext] = []

    def make(**options: object) -> Page:
        settings = {"viewport": {"width": 1280, "height": 800}, **options}
        context = browser.new_context(**settings)  # type: ignore[arg-type]
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        watch.attach(context)
        return context.new_page()

    yield make
    for context in contexts:
        context.close()
    watch.check()
