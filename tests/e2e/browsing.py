"""Chromium for tests and pictures, and log-ins to begin with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, StorageState, StorageStateCookie, sync_playwright

from tests.chromium import chromium_path

# Quiet without a network, able to play without a click, and to run in a container as root.
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update"
    " --disable-sync --autoplay-policy=no-user-gesture-required"
)


@contextmanager
def launched() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=FLAGS.split())
        yield browser
        browser.close()


def logged_in(key: str) -> StorageState:
    """What a browser keeps of a log-in, for contexts to begin with; `key` is the session's."""
    cookie: StorageStateCookie = {
        "name": "sessionid",
        "value": key,
        "domain": "localhost",
        "path": "/",
        "expires": -1,
        "httpOnly": True,
        "secure": False,
        "sameSite": "Lax",
    }
    return {"cookies": [cookie], "origins": []}
