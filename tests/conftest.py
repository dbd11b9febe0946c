"""The real parts that tests talk to: a sandbox in its own process, people of each role, finished work."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from django.test import override_settings
from xdist.remote import Producer

from tests.scheduling import ByPlace

ROOT = Path(__file__).resolve().parent.parent


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(ready: Callable[[], bool], *, seconds: float = 20, what: str = "the state") -> None:
    """Poll `ready` until it is true; fail the test naming `what` once `seconds` have passed."""
    end = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > end:
            pytest.fail(f"{what} did not come within {seconds} s")
        time.sleep(0.02)


@dataclass(frozen=True)
class RunningSandbox:
    port: int
    data: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


def start_sandbox(
    data: Path, *, propagation: float = 0.3, port: int | None = None
) -> tuple[subprocess.Popen[bytes], RunningSandbox]:
    """Start a sandbox process and wait until it answers."""
    running = RunningSandbox(port=port or free_port(), data=data)
    command = [sys.executable, "-m", "cdnadmin.sandbox", "--port", str(running.port)]
    command += ["--data", str(data), "--propagation", str(propagation)]
    process = subprocess.Popen(command, cwd=ROOT)

    def answers() -> bool:
        if process.poll() is not None:
            pytest.fail(f"the sandbox ended at its start with {process.returncode}")
        try:
            return httpx.get(f"{running.url}/_sandbox/health", timeout=1).status_code == 200
        except httpx.TransportError:
            return False

    wait_until(answers, seconds=30, what="the sandbox's first answer")
    return process, running


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSandbox]:
    """One sandbox for the whole run, with changes deployed after 0.3 s."""
    process, running = start_sandbox(tmp_path_factory.mktemp("sandbox"))
    yield running
    process.terminate()
    process.wait(timeout=10)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByPlace:
    return ByPlace(config, log)


@pytest.fixture(scope="session", autouse=True)
def no_foreign_broker() -> None:
    """No test may hand work to a Redis that happens to run on this machine."""
    from cdnadmin.celery import app

    nowhere = "redis://127.0.0.1:1/0"
    app.conf.update(broker_url=nowhere, broker_write_url=nowhere, broker_read_url=nowhere)


@pytest.fixture(scope="session", autouse=True)
def quick_passwords() -> Iterator[None]:
    """Argon2 takes a tenth of a second on purpose, for every person that a test makes. The product's own is tested apart."""
    quick = "django.contrib.auth.hashers.MD5PasswordHasher"
    with override_settings(PASSWORD_HASHERS=[quick, "django.contrib.auth.hashers.Argon2PasswordHasher"]):
        yield
