"""One child: started again with a growing pause, ended with its group, logged, and never outliving its parent."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from cdnadmin.supervisor.processes import Child, Program, end_all
from tests.conftest import ROOT, wait_until
from tests.integration.supervisor.running import lives

pytestmark = pytest.mark.serial
# Starts a grandchild in the same group, says both ids, and waits.
FAMILY = "import os,subprocess; g = subprocess.Popen(['sleep', '60']); print(os.getpid(), g.pid, flush=True); g.wait()"
Start = Callable[..., Child]


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def start(tmp_path: Path, said: list[str]) -> Iterator[Start]:
    """Starts `python -c code` as a supervised child."""
    children: list[Child] = []

    def make(code: str, *, grace_seconds: float = 5, stdin: bytes = b"", log: Path = tmp_path / "child.log") -> Child:
        program = Program("child", (sys.executable, "-c", code), dict(os.environ), log, grace_seconds, stdin)
        children.append(Child(program, said.append))
        return children[-1]

    yield make
    for child in children:
        child.kill_group()


def last_line(child: Child) -> str:
    wait_until(lambda: bool(child.tail), what="the child's first line")
    return child.tail[-1]


def test_what_it_says_is_logged_and_alarms_are_shown(start: Start, said: list[str], tmp_path: Path) -> None:
    child = start("print('all is well', flush=True); print('12:00 ERROR disk: it is full', flush=True)")
    child.process.wait(timeout=10)
    wait_until(lambda: len(child.tail) == 2, what="both lines")
    assert (tmp_path / "child.log").read_text() == "all is well\n12:00 ERROR disk: it is full\n"
    assert said == ["child: 12:00 ERROR disk: it is full"]


def test_a_log_that_cannot_be_written_does_not_stop_it(start: Start) -> None:
    """More than a pipe holds: it would block for ever if nobody read."""
    child = start("print('x' * 99, flush=True)\nfor _ in range(5000): print('y' * 99)\nprint('end')", log=Path("/dev/full"))
    assert child.process.wait(timeout=20) == 0
    wait_until(lambda: bool(child.tail) and child.tail[-1] == "end", what="the last line")


def test_standard_input_is_handed_over(start: Start) -> None:
    assert last_line(start("import sys; print(sys.stdin.read().upper(), flush=True)", stdin=b"requirepass x")) == "REQUIREPASS X"


def test_a_killed_child_is_started_again_after_a_pause(start: Start, said: list[str]) -> None:
    child = start(FAMILY)
    first, grandchild = map(int, last_line(child).split())
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: child.process.poll() is not None, what="its end")
    child.watch()
    assert "ended (killed by SIGKILL); starting it again in 1 s" in said[0]
    wait_until(lambda: not lives(grandchild), what="the end of what it had started")

    def again() -> bool:
        child.watch()
        return child.process.poll() is None

    wait_until(again, seconds=5, what="its second start")
    assert child.process.pid != first
    assert said[1].startswith("child is running again")


def test_the_pause_grows_and_has_a_limit(start: Start) -> None:
    child = start("raise SystemExit(1)")
    pauses: list[float] = []
    for _ in range(8):
        child.process.wait(timeout=10)
        child.start_again_at = None
        child.watch()
        assert child.start_again_at is not None
        pauses.append(child.start_again_at)
        child.start()
    assert child.failures == 8
    gaps = [later - earlier for earlier, later in pairwise(pauses)]
    assert gaps[0] > 0.9, "the second pause is a second longer than the first"
    assert gaps[-1] < 5, "after 30 s it grows no more"


def test_end_all_takes_grandchildren_along(start: Start) -> None:
    children = [start(FAMILY) for _ in range(2)]
    ids = [int(word) for child in children for word in last_line(child).split()]
    end_all(children)
    wait_until(lambda: not any(map(lives, ids)), what="the end of all four")


def test_who_ignores_the_request_is_killed_after_its_grace(start: Start) -> None:
    child = start(
        "import signal,time; signal.signal(15, signal.SIG_IGN); print('deaf', flush=True); signal.pause()", grace_seconds=0.3
    )
    assert last_line(child) == "deaf"
    end_all([child])
    assert child.process.returncode == -signal.SIGKILL


def test_it_does_not_outlive_a_killed_parent(tmp_path: Path) -> None:
    code = f"""
import os, sys
from pathlib import Path
from cdnadmin.supervisor.processes import Child, Program
child = Child(Program("child", ("sleep", "60"), dict(os.environ), Path({str(tmp_path / "log")!r})), print)
print(child.process.pid, flush=True)
sys.stdin.read()
"""
    command = [sys.executable, "-c", code]
    parent = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    assert lives(child)
    parent.kill()
    parent.communicate(timeout=10)
    wait_until(lambda: not lives(child), what="the child's end")
