"""`make run` as a whole: the box, the address, ports, restarts, and an end that leaves nothing behind."""

from __future__ import annotations

import os
import re
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import boto3
import httpx
import pytest

from cdnadmin.supervisor import programs
from tests.conftest import free_port, wait_until
from tests.integration.supervisor.running import Run

pytestmark = pytest.mark.serial
Start = Callable[..., Run]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    runs: list[Run] = []

    def begin(data: Path = tmp_path / "var", *, ignore_interrupts: bool = False, **settings: str) -> Run:
        runs.append(Run(data, tmp_path / f"output-{len(runs)}", ignore_interrupts=ignore_interrupts, **settings))
        return runs[-1]

    yield begin
    for run in runs:
        run.clear_away()


def status(url: str) -> int:
    try:
        return httpx.get(url, timeout=10, trust_env=False).status_code
    except httpx.TransportError:
        return 0


def sandbox_of(run: Run) -> str:
    found = re.search(r"Sandbox answers at (http://\S+)", run.text)
    assert found is not None, run.text
    return found[1]


def test_it_starts_restarts_what_dies_and_ends_without_a_trace(start: Start, tmp_path: Path) -> None:
    run = start(PORT=str(free_port()), SANDBOX_PORT=str(free_port()))
    address = run.wait_for_box()
    assert httpx.get(f"{address}/", follow_redirects=True, timeout=10).status_code == 200
    assert httpx.get(f"{address}/health/ready/", timeout=10).json() == {"database": True, "broker": True}
    assert status(f"{sandbox_of(run)}/_sandbox/health") == 200

    link = run.first_link()
    assert status(link) == 200
    secrets = [link.rstrip("/").rpartition("/")[2], *broker_passwords(run)]
    assert len(secrets) == 2
    for path in filter(Path.is_file, (tmp_path / "var").rglob("*")):
        assert not any(secret.encode() in path.read_bytes() for secret in secrets), path
    assert not any(secret in line for secret in secrets for line in run.processes().values())

    client = boto3.client(
        "s3", endpoint_url=sandbox_of(run), region_name="us-east-1", aws_access_key_id="sandbox", aws_secret_access_key="sandbox"
    )
    client.create_bucket(Bucket="kept")
    client.put_object(Bucket="kept", Key="clip.mp4", Body=b"published")

    second = start(PORT=str(free_port()))
    assert second.process.wait(timeout=20) == 1
    assert "cdnadmin runs already on this data directory." in second.text

    for name, part in (
        ("valkey", "valkey"),
        ("sandbox", " sandbox "),
        ("web", "granian"),
        ("worker", " worker "),
        ("beat", " beat "),
    ):
        (process,) = run.running(part)
        os.kill(process, signal.SIGKILL)
        run.wait_for_text(f"{name} is running again")
        assert run.running(part) != [process]
    wait_until(lambda: status(f"{address}/health/ready/") == 200, what="the web server's answer")
    wait_until(lambda: status(f"{sandbox_of(run)}/_sandbox/health") == 200, what="the sandbox's answer")
    assert client.get_object(Bucket="kept", Key="clip.mp4")["Body"].read() == b"published"

    run.process.terminate()
    assert run.wait_for_end() == 0


def broker_passwords(run: Run) -> set[str]:
    """What REDIS_URL holds in the processes that the supervisor started."""
    found: set[str] = set()
    for process in run.processes():
        with suppress(OSError):
            found |= set(re.findall(r"\0REDIS_URL=redis://:([^@]+)@", Path(f"/proc/{process}/environ").read_text()))
    return found


def test_a_broker_of_ones_own_taken_ports_and_a_killed_supervisor(start: Start, tmp_path: Path) -> None:
    """Three things in one start, which costs seconds."""
    port = free_port()
    data = tmp_path / "broker"
    data.mkdir()
    broker = programs.valkey(port=port, password="own", data_dir=data, environ=os.environ, log=data / "log")
    from cdnadmin.supervisor.processes import Child

    own = Child(broker, print)
    with socket.socket() as web, socket.socket() as box:
        for held, number in ((web, 8000), (box, 9000)):
            held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with suppress(OSError):  # then somebody else has it already, which serves as well
                held.bind(("127.0.0.1", number))
                held.listen()
        try:
            run = start(REDIS_URL=f"redis://:own@127.0.0.1:{port}/0", ALLOWED_HOSTS="studio.example.org")
            address = run.wait_for_box()
            assert int(address.rpartition(":")[2]) > 8000
            assert int(sandbox_of(run).rpartition(":")[2]) > 9000
            assert status(f"{address}/health/ready/") == 200
            assert run.running("valkey") == []
            run.process.kill()
            run.process.wait(timeout=10)
            wait_until(lambda: not run.processes(), seconds=30, what="the end of all that a killed supervisor had started")
        finally:
            own.kill_group()


def test_an_interrupt_ends_a_start_in_the_background(start: Start) -> None:
    """A shell's background job begins with INT ignored; the supervisor must hear it all the same."""
    run = start(ignore_interrupts=True, PORT=str(free_port()), SANDBOX_PORT=str(free_port()))
    run.wait_for_text("Database is up to date")
    run.process.send_signal(signal.SIGINT)
    assert run.wait_for_end() == 0


def test_a_taken_port_that_was_asked_for_is_said(start: Start) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        run = start(PORT=str(port))
        assert run.wait_for_end() == 2
    assert run.text == f"PORT: port {port} is in use by another program. End it, or choose another PORT.\n"


@pytest.mark.parametrize(
    ("settings", "code", "sentence"),
    [
        ({"STAGING_LIMIT_GB": "much"}, 2, "STAGING_LIMIT_GB: “much” is not a whole number of 1 or more."),
        ({"CDNADMIN_PRODUCTION": "1"}, 2, "SECRET_KEY: production needs a secret of 50 characters or more;"),
        ({"PORT": "123456"}, 2, "PORT: 123456 is no port. Choose one from 1024 to 65535."),
        ({"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"}, 1, "DATABASE_URL: the database can't be opened."),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_left(start: Start, settings: dict[str, str], code: int, sentence: str) -> None:
    run = start(**settings)
    assert run.wait_for_end() == code
    assert sentence in run.text
    assert "Traceback" not in run.text


def test_a_data_directory_that_cannot_be_is_said(start: Start, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    run = start(tmp_path / "file" / "var")
    assert run.process.wait(timeout=20) == 1
    assert run.text == f"DATA_DIR: {tmp_path}/file/var can't be written to (Not a directory).\n"
