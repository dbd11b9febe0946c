"""One Chromium and one seeded installation for all browser tests, and pages in which nothing may go wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.chromium import chromium_path
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


@pytest.fixture(scope="session")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """An installation that tests share: with people of every role, distributions and files."""
    running = Product(tmp_path_factory.mktemp("product"))
    yield running
    running.end()


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def new_page(browser: Browser, watch: Watch) -> Iterator[NewPage]:
    """Pages in contexts (cookies, storage) of their own; whatever goes wrong in one fails the test at its end."""
    contexts: list[BrowserContext] = []

    def make(**options: object) -> Page:
        settings = {"viewport": {"width": 1280, "height": 800}, "reduced_motion": "reduce", **options}
        context = browser.new_context(**settings)  # type: ignore[arg-type]
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        watch.attach(context)
        return context.new_page()

    yield make
    for context in contexts:
        context.close()
    watch.check()
