"""The whole product as `make run` starts it, for browsers to open: its address, its sandbox, its end and its restart."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx

from tests.conftest import ROOT, free_port
from tests.integration.supervisor.running import Run

SANDBOX = re.compile(r"Sandbox answers at (http://\S+)")
SEEDING_SECONDS = 90


class Product:
    """One installation: a data directory and two ports, which a restart keeps."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.folder = folder
        self.starts = 0
        self.settings = {
            "PORT": str(free_port()),
            "SANDBOX_PORT": str(free_port()),
            "SANDBOX_PROPAGATION_SECONDS": "1",
            "PROPAGATION_POLL_SECONDS": "0.5",
            **settings,
        }
        self.start()

    def start(self) -> None:
        """Begin, and wait until the box stands in the terminal."""
        self.starts += 1
        self.run = Run(self.folder / "var", self.folder / f"output-{self.starts}", ignore_interrupts=False, **self.settings)
        try:
            self.address = self.run.wait_for_box()
        except BaseException:
            self.run.clear_away()
            raise

    def interrupt(self) -> int:
        """Ctrl-C; its exit code, once nothing of it is left."""
        self.run.process.send_signal(signal.SIGINT)
        return self.run.wait_for_end()

    def end(self) -> None:
        try:
            if self.run.process.poll() is None:
                assert self.interrupt() == 0, self.run.text
        finally:
            self.run.clear_away()

    @property
    def sandbox(self) -> str:
        found = SANDBOX.search(self.run.text)
        assert found is not None, self.run.text
        return found[1]

    def seed(self, task: str, **given: Any) -> Any:
        """What `tests.e2e.seeding` answers, run with the services of this installation and its own settings."""
        (web,) = self.run.running("granian")
        pairs = Path(f"/proc/{web}/environ").read_bytes().decode().split("\0")
        environ = dict(pair.split("=", 1) for pair in pairs if "=" in pair) | {"DJANGO_SETTINGS_MODULE": "cdnadmin.settings"}
        done = subprocess.run(
            [sys.executable, "-m", "tests.e2e.seeding", task],
            cwd=ROOT,
            env=environ,
            input=json.dumps(given),
            capture_output=True,
            text=True,
            timeout=SEEDING_SECONDS,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-4000:]
        return json.loads(done.stdout.splitlines()[-1])

    def fault(self, **fault: Any) -> None:
        """Have the sandbox answer the next calls of an operation wrongly."""
        httpx.post(f"{self.sandbox}/_sandbox/faults", json=fault, timeout=10).raise_for_status()


def status_at_edge(url: str, *, headers: Mapping[str, str] | None = None) -> int:
    """What a distribution's address answers. Its host is one of *.localhost, which only browsers resolve."""
    return open_at_edge(url, headers=headers).status_code


def open_at_edge(url: str, *, headers: Mapping[str, str] | None = None) -> httpx.Response:
    asked = httpx.URL(url)
    named = {"Host": f"{asked.host}:{asked.port}", **(headers or {})}
    return httpx.get(asked.copy_with(host="127.0.0.1"), headers=named, timeout=10, trust_env=False)
