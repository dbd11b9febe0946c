"""What people do in the dashboard, step by step, by the words that they read there."""

from __future__ import annotations

import re

from playwright.sync_api import Error, FilePayload, Locator, Page, expect

from tests.conftest import wait_until

PASSWORD = "a long pass phrase of ours"


def accept_invitation(page: Page, link: str, *, name: str, email: str = "") -> None:
    """Set a password behind a one-time link; ends on the first page."""
    page.goto(link)
    if email:
        page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Your name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Set password and enter").click()
    page.wait_for_url("**/")


def log_in(page: Page, email: str, password: str = PASSWORD) -> None:
    """On the log-in page; ends where that leads."""
    page.get_by_label(re.compile("e-?mail", re.IGNORECASE)).fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(lambda address: "/account/login/" not in address)


def create_distribution(page: Page, address: str, *, name: str, private: bool, account: str = "") -> str:
    """In a new bucket (of `account`, where there are several); answers the address of its page, which is left open."""
    page.goto(f"{address}/distributions/")
    page.get_by_role("link", name="Create a distribution").first.click()
    if account:
        page.get_by_role("group", name="AWS account").get_by_role("button", name=account).click()
    page.get_by_label("Name", exact=True).fill(name)
    page.locator(f"input[name=kind][value={'private' if private else 'public'}]").check()
    page.get_by_label("Bucket", exact=True).select_option(label="Make a new bucket")
    expect(page.get_by_label("Name of the new bucket")).not_to_have_value("")
    page.get_by_role("button", name="Create the distribution").click()
    expect(page.get_by_role("heading", level=1, name=name)).to_be_visible()
    return page.url


def upload(page: Page, address: str, distribution: str, *files: FilePayload) -> None:
    """Choose files on the upload page for a distribution, and stay there."""
    page.goto(f"{address}/upload/")
    page.get_by_role("radio", name=distribution).check()
    page.get_by_label("Files to upload").set_input_files(list(files))


def upload_row(page: Page, name: str) -> Locator:
    """The row of a file in the list of uploads."""
    return page.get_by_role("region", name="Uploads").get_by_role("listitem").filter(has=page.get_by_text(name, exact=True))


def open_uploaded(page: Page, name: str) -> None:
    """Wait until a file is received and open its page."""
    row = upload_row(page, name)
    row.get_by_role("link", name="Open").click()


def fact(page: Page, label: str) -> Locator:
    """The value beside a label in a list of facts."""
    return page.locator("dl > div").filter(has=page.locator("dt", has_text=label)).locator("dd")


def _has_loaded(page: Page) -> bool:
    # Not wait_for_function: it polls by eval, which the product's policy forbids.
    try:
        return bool(page.evaluate("() => (document.querySelector('video')?.readyState ?? 0) >= 2"))
    except Error:  # the page is just being read anew
        return False


def plays(page: Page) -> None:
    """The page's video moves on."""
    wait_until(lambda: _has_loaded(page), seconds=30, what="the video's first picture")
    moved = page.evaluate(
        """async () => {
          const video = document.querySelector("video");
          const from = video.currentTime;
          const moved = new Promise((resolve) => {
            video.addEventListener("timeupdate", () => video.currentTime !== from && resolve(true));
          });
          video.muted = true;
          await video.play();
          return moved;
        }"""
    )
    assert moved is True
