"""The relay behind the real server: what it takes without a cookie, what it refuses, and what it holds in memory."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from django.core import signing
from django.test import Client

from cdnadmin.accounts.models import Role, User
from distributions.models import Distribution
from media import upload_tokens
from media.models import Upload
from media.services.uploads import begin_upload
from media.upload_tokens import issue_upload_token
from tests.conftest import ROOT, free_port, wait_until
from tests.integration.media.conftest import environment, staged_files

pytestmark = pytest.mark.django_db(transaction=True)

MB = 1_000_000


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[str, int]]:
    """Granian with this test's database: its address and the id of its worker process."""
    port = free_port()
    command = [str(Path(sys.executable).parent / "granian"), "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--workers", "1", "--blocking-threads", "4", "cdnadmin.wsgi:application"]
    process = subprocess.Popen(command, cwd=ROOT, env=environment(tmp_path / "var"), stdout=subprocess.DEVNULL)

    def answers() -> bool:
        try:
            return httpx.get(f"http://127.0.0.1:{port}/relay/x/", timeout=2).status_code == 403
        except httpx.TransportError:
            return False

    try:
        wait_until(answers, seconds=30, what="the server's first answer")
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        yield f"http://127.0.0.1:{port}", int(children[0])
    finally:
        process.terminate()
        process.wait(timeout=20)


def begin(editor: User, distribution: Distribution, size: int, part_size: int = 0) -> Upload:
    upload = begin_upload(actor=editor, distribution=distribution, file_name="a.bin", size=size, content_type="")
    if part_size:
        upload.part_size = part_size
        upload.save(update_fields=["part_size"])
    return upload


def peak_memory(pid: int) -> int:
    """The most bytes a process ever held."""
    line = next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024


def test_a_whole_upload_as_the_browser_sends_it(
    server: tuple[str, int], editor: User, distribution: Distribution, staging_dir: Path
) -> None:
    address, _ = server
    upload = begin(editor, distribution, 10, part_size=6)
    relay = f"{address}/relay/{upload.public_id}/"
    headers = {"X-Upload-Token": issue_upload_token(upload)}
    with httpx.Client(headers=headers, timeout=20) as browser:
        begun = browser.post(f"{relay}?uploads")
        assert f"<UploadId>{upload.public_id}</UploadId>" in begun.text
        assert begun.headers["Content-Type"] == "application/xml"
        assert browser.put(f"{relay}1", content=b"123456").headers["ETag"]
        early = browser.post(f"{relay}?uploadId={upload.public_id}", content=b"<CompleteMultipartUpload/>")
        assert (early.status_code, "<Code>InvalidPart</Code>" in early.text) == (409, True)
        assert "<PartNumber>1</PartNumber>" in browser.get(f"{relay}?uploadId={upload.public_id}").text
        browser.put(f"{relay}2", content=b"7890").raise_for_status()
        done = browser.post(f"{relay}?uploadId={upload.public_id}", content=b"<CompleteMultipartUpload/>")
        assert f"<Location>/library/{upload.version.asset.public_id}/</Location>" in done.text
        # Its answer was lost: the browser asks again.
        assert browser.post(f"{relay}?uploadId={upload.public_id}").status_code == 200
        assert browser.put(f"{relay}1", content=b"123456").status_code == 404
    upload.refresh_from_db()
    assert upload.state == Upload.State.RECEIVED
    assert len(staged_files(staging_dir)) == 2


def test_a_large_part_is_never_held_in_memory(
    server: tuple[str, int], editor: User, distribution: Distribution, staging_dir: Path
) -> None:
    address, worker = server
    size = 300 * MB
    upload = begin(editor, distribution, size, part_size=size)
    before = peak_memory(worker)
    piece = os.urandom(MB)
    headers = {"X-Upload-Token": issue_upload_token(upload), "Content-Length": str(size)}
    response = httpx.put(
        f"{address}/relay/{upload.public_id}/1", content=(piece for _ in range(size // MB)), headers=headers, timeout=120
    )
    assert response.status_code == 200, response.text
    assert [path.stat().st_size for path in staged_files(staging_dir)] == [size]
    assert peak_memory(worker) - before < 60 * MB


def test_an_upload_cut_off_half_way_keeps_nothing_of_the_part(
    server: tuple[str, int], editor: User, distribution: Distribution, staging_dir: Path
) -> None:
    address, _ = server
    size = 8 * MB
    upload = begin(editor, distribution, size)
    token = issue_upload_token(upload)
    where = urlsplit(address)
    with socket.create_connection((where.hostname or "", where.port or 0)) as line:
        head = [
            f"PUT /relay/{upload.public_id}/1 HTTP/1.1",
            "Host: 127.0.0.1",
            f"X-Upload-Token: {token}",
            f"Content-Length: {size}",
        ]
        line.sendall("\r\n".join([*head, "", ""]).encode() + bytes(size // 2))
        wait_until(lambda: bool(staged_files(staging_dir)), what="the first bytes in staging")
    wait_until(lambda: not staged_files(staging_dir), what="the end of the half part")
    assert upload.parts.count() == 0
    body = os.urandom(size)
    again = httpx.put(f"{address}/relay/{upload.public_id}/1", content=body, headers={"X-Upload-Token": token}, timeout=20)
    assert again.status_code == 200
    assert [path.read_bytes() for path in staged_files(staging_dir)] == [body]


def test_only_a_good_token_opens_it(editor: User, distribution: Distribution, monkeypatch: pytest.MonkeyPatch) -> None:
    upload, other = begin(editor, distribution, 4), begin(editor, distribution, 4)
    token = issue_upload_token(upload)
    browser = Client(enforce_csrf_checks=True)

    def put(token: str) -> tuple[int, str]:
        answer = browser.put(f"/relay/{upload.public_id}/1", b"1234", headers={"X-Upload-Token": token})
        return answer.status_code, answer.content.decode()

    assert put(token)[0] == 200
    assert put("")[0] == 403
    assert put(token[:-1] + ("A" if token[-1] != "A" else "B"))[0] == 403
    assert put(issue_upload_token(other))[0] == 403
    assert put(signing.dumps({"upload": upload.public_id, "person": editor.public_id}, salt="something else"))[0] == 403
    monkeypatch.setattr(upload_tokens, "LIFETIME_SECONDS", -1)
    status, text = put(token)
    assert (status, "<Code>ExpiredToken</Code>" in text) == (403, True)


def test_a_cookie_alone_opens_nothing(editor: User, distribution: Distribution) -> None:
    upload = begin(editor, distribution, 4)
    browser = Client()
    browser.force_login(editor)
    assert browser.put(f"/relay/{upload.public_id}/1", b"1234").status_code == 403
    assert browser.delete(f"/relay/{upload.public_id}/").status_code == 403


@pytest.mark.parametrize("change", [{"is_active": False}, {"role": Role.VIEWER}])
def test_a_token_ends_with_its_persons_permission(editor: User, distribution: Distribution, change: dict[str, object]) -> None:
    upload = begin(editor, distribution, 4)
    token = issue_upload_token(upload)
    User.objects.filter(pk=editor.pk).update(**change)
    answer = Client().put(f"/relay/{upload.public_id}/1", b"1234", headers={"X-Upload-Token": token})
    assert answer.status_code == 403


def test_everything_else_checks_csrf(editor: User, distribution: Distribution) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(editor)
    fields = {"distribution": distribution.public_id, "file_name": "a.txt", "size": 1}
    assert browser.post("/upload/begin/", fields).status_code == 403
    upload = begin(editor, distribution, 4)
    assert browser.post(f"/uploads/{upload.public_id}/token/").status_code == 403
    assert browser.post(f"/uploads/{upload.public_id}/stop/").status_code == 403


def test_nobody_renews_anothers_token(editor: User, distribution: Distribution) -> None:
    upload = begin(editor, distribution, 4)
    stranger = User.objects.create_user("other@example.org", "a long pass phrase", role=Role.EDITOR)
    browser = Client()
    browser.force_login(stranger)
    assert browser.post(f"/uploads/{upload.public_id}/token/").status_code == 404


def test_a_full_staging_area_is_507_with_a_sentence(editor: User, distribution: Distribution, settings: object) -> None:
    upload = begin(editor, distribution, 4)
    settings.STAGING_LIMIT_BYTES = 3  # type: ignore[attr-defined]
    answer = Client().put(f"/relay/{upload.public_id}/1", b"1234", headers={"X-Upload-Token": issue_upload_token(upload)})
    assert answer.status_code == 507
    assert "There is no room" in answer.content.decode()
