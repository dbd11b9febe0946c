"""One Chromium and one seeded installation for all browser tests, and pages in which nothing may go wrong.

Both end with the last of these tests: while Playwright runs, Django takes the whole process for asynchronous.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, StorageState, expect

from tests.e2e.browsing import launched, logged_in
from tests.e2e.running import Product
from tests.e2e.video import record_video
from tests.e2e.watching import Watch

PATIENCE_MS = 15_000
NewPage = Callable[..., Page]


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    expect.set_options(timeout=PATIENCE_MS)
    with launched() as started:
        yield started


@pytest.fixture(scope="package")
def video(browser: Browser) -> bytes:
    return record_video(browser)


@dataclass(frozen=True)
class Studio:
    """An installation that tests share. `made` holds the ids of what is in it; `sessions` a log-in of each role."""

    product: Product
    made: dict[str, Any]
    sessions: dict[str, StorageState]


@pytest.fixture(scope="package")
def studio(video: bytes, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """People of every role, distributions and files in every state. Tests add to it, and leave what is there."""
    product = Product(tmp_path_factory.mktemp("studio"))
    try:
        made = product.seed("studio", video=base64.b64encode(video).decode())
        yield Studio(product, made, {role: logged_in(key) for role, key in made["sessions"].items()})
    finally:
        product.end()


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
