"""What a first run shows."""

from __future__ import annotations

import pytest

from cdnadmin.supervisor.banner import box, welcome
from cdnadmin.supervisor.processes import ending


def shown(first_link: str = "", sandbox: str = "") -> str:
    return welcome(address="http://localhost:8000", first_link=first_link, sandbox=sandbox, data_dir="/srv/var")


def test_a_box_is_a_rectangle() -> None:
    lines = box(["short", "", "a much longer line"]).splitlines()
    assert len(lines) == 5
    assert {len(line) for line in lines} == {24}


def test_the_first_run_shows_address_and_link() -> None:
    text = shown("http://localhost:8000/welcome/abc/", "http://127.0.0.1:9000")
    for part in (
        "http://localhost:8000/ ",
        "http://localhost:8000/welcome/abc/",
        "works once",
        "http://127.0.0.1:9000",
        "/srv/var",
        "Ctrl-C",
    ):
        assert part in text


def test_later_runs_show_no_link() -> None:
    assert "administrator" not in shown()
    assert "Sandbox" not in shown()


@pytest.mark.parametrize(("code", "words"), [(-9, "killed by SIGKILL"), (-11, "killed by SIGSEGV"), (3, "code 3"), (0, "code 0")])
def test_how_a_process_ended_is_said(code: int, words: str) -> None:
    assert ending(code) == words
