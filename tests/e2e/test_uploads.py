"""Files from a person's disk: chosen or dropped, several at once, stopped, refused, broken off; each row tells of its own."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import CDPSession, FilePayload, Page, expect

from tests.conftest import wait_until
from tests.e2e import journeys
from tests.e2e.conftest import NewPage, Studio
from tests.e2e.running import open_at_edge
from tests.e2e.watching import Watch

pytestmark = pytest.mark.e2e

# Uppy writes what it tells the page into the console as well.
UPLOAD_SCRIPT = "/static/js/upload.js"
LONG: FilePayload = {"name": "long.bin", "mimeType": "", "buffer": b"x" * 12_000_000}
DROP = """([name, text]) => {
  const carried = new DataTransfer();
  carried.items.add(new File([text], name, { type: "text/plain" }));
  return carried;
}"""


def text_file(name: str, text: str) -> FilePayload:
    return {"name": name, "mimeType": "text/plain", "buffer": text.encode()}


@pytest.fixture
def page(studio: Studio, new_page: NewPage) -> Page:
    return new_page(storage_state=studio.sessions["editor"])


def test_several_files_of_any_name_arrive_each_as_its_own(studio: Studio, page: Page) -> None:
    address = studio.product.address
    files = [
        text_file("empty.txt", ""),
        text_file("same.txt", "the first"),
        text_file("same.txt", "the second"),
        text_file("../../etc/pass “wörd” 'x' & <b>.txt", "kept where it belongs"),
        text_file("日本語 🎬.txt", "any script"),
    ]
    journeys.upload(page, address, "Press kit", *files)
    rows = page.get_by_role("region", name="Uploads").get_by_role("listitem")
    expect(rows).to_have_count(len(files))
    expect(rows.get_by_role("link", name="Open")).to_have_count(len(files))
    expect(page.get_by_role("heading", name="All uploaded")).to_be_visible()
    pages = [row.get_by_role("link", name="Open").get_attribute("href") or "" for row in rows.all()]
    assert len(set(pages)) == len(files)
    found = []
    for path in pages:
        page.goto(address + path)
        expect(page.get_by_role("main").get_by_text("Ready", exact=True)).to_be_visible()
        url = page.get_by_label("CDN address", exact=True).input_value()
        answer = open_at_edge(url)
        assert answer.status_code == 200
        found.append((journeys.fact(page, "File name").inner_text(), answer.text))
        assert ".." not in url
    assert found == [
        ("empty.txt", ""),
        ("same.txt", "the first"),
        ("same.txt", "the second"),
        ("pass “wörd” 'x' & <b>.txt", "kept where it belongs"),
        ("日本語 🎬.txt", "any script"),
    ]


def test_a_file_can_be_dropped(studio: Studio, page: Page) -> None:
    page.goto(f"{studio.product.address}/upload/")
    carried = page.evaluate_handle(DROP, ["dropped.txt", "fell from above"])
    zone = page.get_by_text("Drop files here")
    for event in ("dragenter", "dragover", "drop"):
        zone.dispatch_event(event, {"dataTransfer": carried})
    expect(journeys.upload_row(page, "dropped.txt").get_by_role("link", name="Open")).to_be_visible()


def test_its_page_goes_from_publishing_to_playing_without_a_reload(studio: Studio, page: Page, video: bytes) -> None:
    studio.product.fault(service="s3", operation="PutObject", delay=1.5)
    journeys.upload(page, studio.product.address, "Premiere", {"name": "rushes.mp4", "mimeType": "video/mp4", "buffer": video})
    journeys.open_uploaded(page, "rushes.mp4")
    main = page.get_by_role("main")
    expect(main.get_by_text("Publishing", exact=True)).to_be_visible()
    expect(main.get_by_text("Ready", exact=True)).to_be_visible()
    journeys.plays(page)
    expect(page.get_by_label("CDN address", exact=True)).to_be_visible()


def test_a_file_that_is_refused_says_why_in_its_row(studio: Studio, new_page: NewPage, watch: Watch) -> None:
    watch.allow("[Uppy] ", UPLOAD_SCRIPT)
    address = studio.product.address
    page = new_page()
    page.goto(f"{address}/account/login/?next=/upload/")
    journeys.log_in(page, "editor@example.org")
    other = page.context.new_page()
    other.goto(f"{address}/account/logout/")
    other.get_by_role("main").get_by_role("button").click()
    other.wait_for_url("**/account/login/**")
    page.get_by_label("Files to upload").set_input_files([text_file("late.txt", "too late")])
    row = journeys.upload_row(page, "late.txt")
    expect(row).to_contain_text("You are no longer logged in, or may not upload.")
    expect(row.get_by_role("button", name="Try again")).to_be_visible()
    expect(page.get_by_role("heading", name="1 not uploaded")).to_be_visible()


def test_a_broken_line_is_said_and_trying_again_goes_on(studio: Studio, page: Page, watch: Watch) -> None:
    watch.allow("net::ERR_CONNECTION_RESET", "/relay/")
    watch.allow("[Uppy]", UPLOAD_SCRIPT)
    page.goto(f"{studio.product.address}/upload/")
    page.route("**/relay/**", lambda route: route.abort("connectionreset"))
    page.get_by_label("Files to upload").set_input_files([text_file("resumed.txt", "arrives in the end")])
    row = journeys.upload_row(page, "resumed.txt")
    expect(row).to_contain_text("The connection broke off.")
    page.unroute("**/relay/**")
    row.get_by_role("button", name="Try again").click()
    expect(row.get_by_role("link", name="Open")).to_be_visible()


def test_a_file_on_its_way_shows_how_far_it_is_and_can_be_stopped(studio: Studio, page: Page) -> None:
    staged = staged_uploads(studio)
    page.goto(f"{studio.product.address}/upload/")
    slow_down(page, bytes_a_second=400_000)
    page.get_by_label("Files to upload").set_input_files([LONG, text_file("short.txt", "stays")])
    row = journeys.upload_row(page, "long.bin")
    expect(row).to_contain_text("of 12.0 MB")
    assert float(row.get_by_role("progressbar").get_attribute("value") or 0) > 0
    with page.expect_request(lambda request: request.method == "DELETE" and "/relay/" in request.url) as stopped:
        row.get_by_role("button", name="Stop long.bin").click()
    expect(row).to_have_count(0)
    answer = stopped.value.response()
    assert answer is not None
    assert answer.status == 204
    expect(journeys.upload_row(page, "short.txt").get_by_role("link", name="Open")).to_be_visible()
    page.goto(f"{studio.product.address}/uploads/")
    expect(page.get_by_role("link", name="short.txt")).to_be_visible()
    expect(page.get_by_role("link", name="long.bin")).to_have_count(0)
    wait_until(lambda: staged_uploads(studio) <= staged, what="the clearing away of what had arrived")


def test_an_absent_connection_is_told_and_so_is_its_return(studio: Studio, page: Page, watch: Watch) -> None:
    watch.allow("net::ERR_INTERNET_DISCONNECTED", "")
    watch.allow("[Uppy]", UPLOAD_SCRIPT)
    page.goto(f"{studio.product.address}/upload/")
    network = slow_down(page, bytes_a_second=4_000_000)
    page.get_by_label("Files to upload").set_input_files([LONG])
    row = journeys.upload_row(page, "long.bin")
    expect(row).to_contain_text("of 12.0 MB")
    set_network(network, offline=True)
    expect(row).to_contain_text("The connection is away. It goes on by itself once it is back.")
    expect(row).not_to_contain_text("left")
    expect(page.get_by_role("heading", name="Waiting for the connection")).to_be_visible()
    expect(page.get_by_role("status").filter(has_text="The connection is away.")).to_have_count(1)
    set_network(network)
    expect(page.get_by_role("status").filter(has_text="The connection is back. It goes on.")).to_have_count(1)
    expect(row.get_by_role("link", name="Open")).to_be_visible()
    expect(page.get_by_role("heading", name="All uploaded")).to_be_visible()


def test_a_file_whose_first_request_met_no_connection_goes_on_by_itself(studio: Studio, page: Page, watch: Watch) -> None:
    watch.allow("net::ERR_INTERNET_DISCONNECTED", "")
    watch.allow("[Uppy]", UPLOAD_SCRIPT)
    page.goto(f"{studio.product.address}/upload/")
    page.route("**/upload/begin/", lambda route: route.abort("internetdisconnected"))
    page.get_by_label("Files to upload").set_input_files([text_file("early.txt", "before the line")])
    row = journeys.upload_row(page, "early.txt")
    expect(row).to_contain_text("The connection broke off.")
    page.unroute("**/upload/begin/")
    page.context.set_offline(True)
    expect(row).to_contain_text("The connection is away.")
    page.context.set_offline(False)
    expect(row.get_by_role("link", name="Open")).to_be_visible()


def test_rows_follow_their_files_until_they_are_ready_or_failed(studio: Studio, page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/uploads/states/" in request.url else None)
    studio.product.fault(service="s3", operation="PutObject", code="AccessDenied", status=403, message="Access Denied", times=1)
    files = [text_file("refused.txt", "one of both is refused"), text_file(" ", "has no name")]
    journeys.upload(page, studio.product.address, "Press kit", *files)
    rows = page.get_by_role("region", name="Uploads").get_by_role("listitem")
    ready, failed = rows.filter(has_text="Ready"), rows.filter(has_text="Not published")
    expect(ready).to_have_count(1)
    expect(failed).to_have_count(1)
    expect(failed).to_contain_text("AWS")
    expect(failed.get_by_role("link", name="Open")).to_be_visible()
    expect(journeys.upload_row(page, "file")).to_have_count(1)
    expect(page.get_by_role("heading", name="1 not published")).to_be_visible()
    assert any(url.count("id=") == len(files) for url in asked)
    ready.get_by_role("link", name="Open").click()
    expect(page.get_by_role("main").get_by_text("Ready", exact=True)).to_be_visible()


def test_leaving_while_something_is_on_its_way_is_asked_about(studio: Studio, page: Page) -> None:
    page.goto(f"{studio.product.address}/upload/")
    slow_down(page, bytes_a_second=400_000)
    page.get_by_label("Files to upload").set_input_files([LONG])
    expect(journeys.upload_row(page, "long.bin")).to_contain_text("of 12.0 MB")
    with page.expect_event("dialog") as asked:
        page.close(run_before_unload=True)
    assert asked.value.type == "beforeunload"
    asked.value.accept()


def slow_down(page: Page, *, bytes_a_second: int) -> CDPSession:
    network = page.context.new_cdp_session(page)
    set_network(network, bytes_a_second=bytes_a_second)
    return network


def set_network(network: CDPSession, *, bytes_a_second: int = -1, offline: bool = False) -> None:
    conditions = {"offline": offline, "latency": 0, "downloadThroughput": -1, "uploadThroughput": bytes_a_second}
    network.send("Network.emulateNetworkConditions", conditions)


def staged_uploads(studio: Studio) -> set[Path]:
    """The parts that lie in staging."""
    return {path for path in (studio.product.folder / "var" / "staging").rglob("*") if path.is_file()}
