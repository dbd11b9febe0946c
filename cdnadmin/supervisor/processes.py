"""One child process each: started in its own group, logged, restarted with back-off, ended with its group."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from cdnadmin.env import BASE_DIR
from cdnadmin.supervisor.orphans import end_with_parent

LOG_LIMIT_BYTES = 5_000_000
LONGEST_PAUSE_SECONDS = 30.0
STEADY_SECONDS = 60.0
_ALARMING = (" ERROR ", " CRITICAL ", "[ERROR]", "[CRITICAL]", "ERROR/", "CRITICAL/")


@dataclass(frozen=True)
class Program:
    """What to run. `grace_seconds` is how long it may take to end itself; `stdin` is written to it at its start."""

    name: str
    command: tuple[str, ...]
    environ: Mapping[str, str] = field(repr=False)
    log: Path
    grace_seconds: float = 8.0
    stdin: bytes = field(default=b"", repr=False)


class Child:
    """A running program. All methods are called from the supervisor's main thread: Linux ties the death signal to it."""

    def __init__(self, program: Program, say: Callable[[str], None]) -> None:
        self.program = program
        self.say = say
        self.tail: deque[str] = deque(maxlen=8)
        self.failures = 0
        self.start_again_at: float | None = None
        self.start()

    def start(self) -> None:
        program = self.program
        self.started_at = time.monotonic()
        self.start_again_at = None
        self.process = subprocess.Popen(
            program.command,
            cwd=BASE_DIR,
            env=dict(program.environ),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=end_with_parent(signal.SIGTERM),
        )
        assert self.process.stdin is not None  # noqa: S101  (a pipe was asked for)
        with suppress(BrokenPipeError):
            self.process.stdin.write(program.stdin)
            self.process.stdin.close()
        threading.Thread(target=self._keep_log, args=(self.process,), name=f"log of {program.name}", daemon=True).start()

    def _keep_log(self, process: subprocess.Popen[bytes]) -> None:
        """Read until its end, whatever happens to the log: a full pipe would stop the program itself."""
        assert process.stdout is not None  # noqa: S101
        for line in process.stdout:
            with suppress(OSError):  # a full disk loses lines, and nothing else
                append(self.program.log, line)
            text = line.decode("utf-8", "replace").rstrip()
            self.tail.append(text)
            if any(mark in text for mark in _ALARMING):
                self.say(f"{self.program.name}: {text[:400]}")

    def watch(self) -> None:
        """Start it again where it has died: at once less than a second later, then with a growing pause."""
        now = time.monotonic()
        if self.start_again_at is not None:
            if now >= self.start_again_at:
                self.start()
                self.say(f"{self.program.name} is running again (process {self.process.pid}).")
            return
        if self.process.poll() is None:
            return
        self.kill_group()
        self.failures = 0 if now - self.started_at > STEADY_SECONDS else self.failures + 1
        pause = min(0.5 * 2.0**self.failures, LONGEST_PAUSE_SECONDS)
        self.start_again_at = now + pause
        how = ending(self.process.returncode)
        self.say(f"{self.program.name} ended ({how}); starting it again in {pause:.0f} s. Log: {self.program.log}")

    def ask_to_end(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)

    def wait_for_end(self, until: float) -> None:
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(timeout=max(0.0, until - time.monotonic()))

    def kill_group(self) -> None:
        """Whatever is left of it and of what it started."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(timeout=5)


def append(log: Path, line: bytes) -> None:
    """Add a line to a log; a log grown beyond LOG_LIMIT_BYTES is put aside first, in place of the one before."""
    with log.open("ab", buffering=0) as file:
        file.write(line)
        full = file.tell() > LOG_LIMIT_BYTES
    if full:
        log.replace(log.with_suffix(".log.1"))


def ending(code: int | None) -> str:
    """How a process ended, in words."""
    if code is not None and code < 0:
        return f"killed by {signal.Signals(-code).name}"
    return f"code {code}"


def end_all(children: list[Child]) -> None:
    """End them all, the last started first asked, each within its grace; then kill what is left of their groups."""
    for child in reversed(children):
        child.ask_to_end()
    for child in reversed(children):
        child.wait_for_end(time.monotonic() + child.program.grace_seconds)
    for child in children:
        child.kill_group()
