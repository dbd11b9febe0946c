"""A program's log neither grows for ever nor stops the program."""

from __future__ import annotations

from pathlib import Path

import pytest

from cdnadmin.supervisor import processes
from cdnadmin.supervisor.processes import append


def test_a_grown_log_is_put_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "LOG_LIMIT_BYTES", 100)
    log = tmp_path / "web.log"
    for number in range(33):
        append(log, b"line %02d ..\n" % number)
    before = (tmp_path / "web.log.1").read_text().splitlines()
    assert before == [f"line {number:02} .." for number in range(20, 30)], "the last file that was full"
    assert log.read_text().splitlines() == [f"line {number:02} .." for number in range(30, 33)]
