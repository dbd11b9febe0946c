"""The path of a first day: a link in the terminal, two distributions, two videos, a link for somebody else."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import FilePayload, expect

from tests.conftest import wait_until
from tests.e2e import journeys
from tests.e2e.conftest import NewPage
from tests.e2e.running import Product, status_at_edge
from tests.e2e.watching import Watch

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """As after a clone: nobody has ever been here."""
    running = Product(tmp_path_factory.mktemp("fresh"))
    yield running
    running.end()


def test_from_nothing_to_a_private_video_that_somebody_else_watches(
    fresh: Product, new_page: NewPage, watch: Watch, video: bytes
) -> None:
    page = new_page()
    main = page.get_by_role("main")
    journeys.accept_invitation(page, fresh.run.first_link(), email="ada@example.org", name="Ada Lovelace")
    steps = page.get_by_role("region", name="From nothing to a private video").get_by_role("listitem")
    expect(steps).to_have_count(4)
    expect(steps.filter(has_text="Done:")).to_have_text([re.compile("Connect an account")])

    # Two distributions, each in a tab, where it becomes live without a reload.
    for name, private in (("Press kit", False), ("Premiere", True)):
        tab = page.context.new_page()
        journeys.create_distribution(tab, fresh.address, name=name, private=private)
        tab.evaluate("window.stays = true")
    for tab in page.context.pages[1:]:
        expect(tab.get_by_role("main").get_by_text("Live", exact=True)).to_be_visible()
        assert tab.evaluate("window.stays")
        tab.close()

    # A public video: anyone with its address.
    journeys.upload(page, fresh.address, "Press kit", file("launch film.mp4", video))
    journeys.open_uploaded(page, "launch film.mp4")
    expect(main.get_by_text("Ready", exact=True)).to_be_visible()
    expect(journeys.fact(page, "Type")).to_have_text("video/mp4")
    expect(journeys.fact(page, "Size")).to_have_text(re.compile(r"\d+(\.\d)?.kB"))
    expect(journeys.fact(page, "Checksum")).to_have_text(re.compile(r"[\w+/]{11}="))
    address = page.get_by_label("CDN address", exact=True).input_value()
    assert re.fullmatch(r"http://d\w+\.localhost:\d+/launch-film-\w+/1/original/launch-film\.mp4", address)
    journeys.plays(page)
    assert status_at_edge(address) == 200

    # A private one: only with a signature.
    journeys.upload(page, fresh.address, "Premiere", file("first cut.mp4", video))
    journeys.open_uploaded(page, "first cut.mp4")
    expect(main.get_by_text("Ready", exact=True)).to_be_visible()
    asset = page.url
    bare = page.get_by_label("CDN address", exact=True).input_value()
    journeys.plays(page)
    assert status_at_edge(bare) == 403
    page.get_by_label("Opens for").select_option(label="15 minutes")
    page.get_by_role("button", name="Get private link").click()
    signed = page.get_by_label("Private link", exact=True).input_value()
    assert signed.startswith(f"{bare}?Expires=")
    assert status_at_edge(signed) == 200
    assert status_at_edge(tampered(signed)) == 403
    short = fresh.seed("sign", asset=asset.rstrip("/").rpartition("/")[2], seconds=3)
    assert status_at_edge(short) == 200
    page.goto(fresh.address)
    expect(steps.filter(has_text="Done:")).to_have_count(3)
    page.goto(asset)

    # A share link: asks for log-in, counts, and can be taken back.
    page.get_by_role("link", name="Make a link").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Message").fill("Please tell nobody.")
    dialog.get_by_role("button", name="Make the link").click()
    shared = page.get_by_label("Share link", exact=True).input_value()
    assert shared.startswith(f"{fresh.address}/s/")

    page.goto(f"{fresh.address}/people/")
    page.get_by_role("link", name="Add a person").click()
    page.get_by_label("E-mail address").fill("grace@example.org")
    page.get_by_label("Role").select_option(label="Viewer")
    page.get_by_role("button", name="Make their one-time link").click()
    invitation = page.get_by_label("One-time link", exact=True).input_value()

    guest = new_page()
    guest.goto(shared)
    expect(guest.get_by_role("heading", level=1, name="Log in")).to_be_visible()
    journeys.accept_invitation(guest, invitation, name="Grace Hopper")
    elsewhere = new_page()
    elsewhere.goto(shared)
    journeys.log_in(elsewhere, "grace@example.org")
    assert elsewhere.url == shared
    expect(elsewhere.get_by_role("heading", level=1, name="first cut")).to_be_visible()
    expect(elsewhere.get_by_text("Please tell nobody.")).to_be_visible()
    journeys.plays(elsewhere)
    page.goto(f"{fresh.address}/links/")
    row = page.get_by_role("row").filter(has_text="first cut")
    expect(row.get_by_role("cell").nth(3)).to_have_text("1")

    # The first page has led to a video that plays.
    page.goto(fresh.address)
    main.get_by_role("link", name="Watch it").click()
    expect(page.get_by_role("heading", level=1, name="first cut")).to_be_visible()
    journeys.plays(page)

    # Taken back, it ends at once.
    page.goto(f"{fresh.address}/links/")
    row.get_by_role("button", name="Take back").click()
    page.get_by_role("dialog").get_by_role("button", name="Take it back").click()
    expect(row.get_by_text("Taken back")).to_be_visible()
    watch.allow_answer(410, "/s/")
    answer = elsewhere.goto(shared)
    assert answer is not None
    assert answer.status == 410
    expect(elsewhere.get_by_role("heading", level=1, name="This link has ended")).to_be_visible()

    # The private link of three seconds has ended by itself.
    wait_until(lambda: status_at_edge(short) == 403, what="the end of a private link")


def file(name: str, content: bytes) -> FilePayload:
    return {"name": name, "mimeType": "video/mp4", "buffer": content}


def tampered(signed: str) -> str:
    """The same with an end one second later, which nobody signed."""
    return re.sub(r"Expires=(\d+)", lambda found: f"Expires={int(found[1]) + 1}", signed)
