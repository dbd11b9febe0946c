"""Somebody sets a second factor, and the next log-in asks for it."""

from __future__ import annotations

import base64
import hmac
import time

import pytest
from playwright.sync_api import expect

from tests.e2e import journeys
from tests.e2e.axe import violations
from tests.e2e.conftest import NewPage, Studio

pytestmark = pytest.mark.e2e
STEP_SECONDS = 30


def code(secret: str, step: int) -> str:
    """RFC 6238, as an authenticator app counts."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.digest(key, step.to_bytes(8), "sha1")
    start = digest[-1] & 15
    return f"{(int.from_bytes(digest[start : start + 4]) & 0x7FFFFFFF) % 1_000_000:06}"


def test_a_second_factor_is_set_and_asked_for(studio: Studio, new_page: NewPage) -> None:
    address = studio.product.address
    page = new_page(reduced_motion="reduce")
    page.goto(f"{address}/account/login/?next=/account/2fa/totp/activate/")
    journeys.log_in(page, "staff@example.org")
    page.get_by_label("Password").fill(journeys.PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    secret = page.get_by_label("Authenticator secret").input_value()
    assert violations(page) == []
    page.get_by_label("Authenticator code").fill(code(secret, int(time.time()) // STEP_SECONDS))
    page.get_by_role("button", name="Activate").click()
    codes = page.get_by_label("Unused codes").input_value().split()
    assert len(codes) == 10
    assert violations(page) == []

    again = new_page(reduced_motion="reduce")
    again.goto(f"{address}/account/login/?next=/links/")
    journeys.log_in(again, "staff@example.org")
    expect(again.get_by_role("heading", level=1, name="Two-Factor Authentication")).to_be_visible()
    assert violations(again) == []
    # A code counts once, and the next one is half a minute away: one of those for emergencies.
    again.get_by_label("Code").fill(codes[0])
    again.get_by_role("button", name="Sign In").click()
    expect(again.get_by_role("heading", level=1, name="Share links")).to_be_visible()
