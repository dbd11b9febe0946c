"""`python -m cdnadmin.supervisor` as a test runs it, and what of it is in the process table."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from cdnadmin.env import VARIABLES
from tests.conftest import ROOT, wait_until

ADDRESS = re.compile(r"│ +(http://localhost:\d+)/ +│")
FIRST_LINK = re.compile(r"│ +(http://localhost:\d+/welcome/\S+)")


def lives(process: int) -> bool:
    """Whether it runs; a zombie does not."""
    with suppress(OSError):
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def command_line(process: int) -> str:
    with suppress(OSError):
        return Path(f"/proc/{process}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    return ""


class Run:
    """A supervisor on its own data directory, with none of this process's settings but those given."""

    def __init__(self, data: Path, output: Path, *, ignore_interrupts: bool = False, **settings: str) -> None:
        self.data, self.output = data, output
        self.mark = f"DATA_DIR={data}".encode()
        environ = {name: value for name, value in os.environ.items() if name not in VARIABLES}
        environ |= {"DATA_DIR": str(data), **settings}

        def ignore() -> None:  # as a shell's background job begins
            signal.signal(signal.SIGINT, signal.SIG_IGN)

        with output.open("wb") as written:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "cdnadmin.supervisor"],
                cwd=ROOT,
                env=environ,
                stdin=subprocess.DEVNULL,
                stdout=written,
                stderr=subprocess.STDOUT,
                preexec_fn=ignore if ignore_interrupts else None,
            )

    @property
    def text(self) -> str:
        return self.output.read_text()

    def wait_for_text(self, part: str, *, seconds: float = 60) -> None:
        def is_there() -> bool:
            if self.process.poll() is not None and part not in self.text:
                pytest.fail(f"the supervisor ended with {self.process.returncode}:\n{self.text}")
            return part in self.text

        wait_until(is_there, seconds=seconds, what=f"“{part}”")

    def wait_for_box(self) -> str:
        """The address in the box."""
        self.wait_for_text("Ctrl-C ends everything.")
        found = ADDRESS.search(self.text)
        assert found is not None, self.text
        return found[1]

    def first_link(self) -> str:
        found = FIRST_LINK.search(self.text)
        return found[1] if found else ""

    def processes(self) -> dict[int, str]:
        """Every live process on this data directory, whoever its parent is now: id → command line."""
        found: dict[int, str] = {}
        for folder in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                if self.mark in (folder / "environ").read_bytes().split(b"\0") and lives(int(folder.name)):
                    found[int(folder.name)] = command_line(int(folder.name))
        return found

    def running(self, part: str) -> list[int]:
        """The supervisor's own children (not theirs) whose command line has `part`."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return [int(child) for child in children if part in command_line(int(child)) and lives(int(child))]

    def wait_for_end(self, *, seconds: float = 30) -> int:
        """Its exit code, once it and everything that it started is gone."""
        code = self.process.wait(timeout=seconds)
        left = self.processes()
        assert left == {}, f"left behind: {left}"
        return code

    def clear_away(self) -> None:
        self.process.kill()
        self.process.wait(timeout=10)
        for process in self.processes():
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
