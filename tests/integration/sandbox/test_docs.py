"""docs/sandbox.md does what it says: its Python and shell blocks run, in their order, against a sandbox."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx

from cdnadmin.management.commands.sandbox import Command
from tests.conftest import ROOT, RunningSandbox

DOCUMENT = ROOT / "docs" / "sandbox.md"
ADDRESS = "http://127.0.0.1:9000"


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", DOCUMENT.read_text(), re.DOTALL | re.MULTILINE)


def test_the_python_runs(sandbox: RunningSandbox) -> None:
    found = blocks("python")
    assert len(found) >= 5
    names: dict[str, Any] = {"__name__": "sandbox_document"}
    for number, block in enumerate(found):
        exec(compile(block.replace(ADDRESS, sandbox.url), f"sandbox.md, Python block {number + 1}", "exec"), names)
    assert ADDRESS not in str(names["ENDPOINT"])


def test_the_shell_runs(sandbox: RunningSandbox, tmp_path: Path) -> None:
    (script,) = blocks("sh")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    command = ["sh", "-euc", script.replace(ADDRESS, sandbox.url)]
    environment = {**os.environ, "PATH": path, "HOME": str(tmp_path)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert "hello.txt" in done.stdout


def test_it_names_every_end_point(sandbox: RunningSandbox) -> None:
    answer = httpx.get(f"{sandbox.url}/_sandbox/")
    (row,) = re.findall(r"^\| `http://127\.0\.0\.1:9000/_sandbox/…` \| (.+) \|$", DOCUMENT.read_text(), re.MULTILINE)
    named = re.findall(r"`([a-z-]+)`", row)
    assert (answer.status_code, answer.text) == (404, f"No such end point of the sandbox. There are: {', '.join(sorted(named))}.\n")
    for name in set(named) - {"health"}:
        assert f"/_sandbox/{name}` " in DOCUMENT.read_text(), name  # what it takes is said


def test_its_options_and_defaults_are_the_commands() -> None:
    defaults = vars(Command().create_parser("manage.py", "sandbox").parse_args([]))
    rows = dict(re.findall(r"^\| `--(\w+)` \| (.+?) \|", DOCUMENT.read_text(), re.MULTILINE))
    assert set(rows) == {"port", "host", "data", "propagation"}
    written = {name: f"`{defaults[name]:g}`" for name in ("port", "propagation")} | {"host": f"`{defaults['host']}`"}
    assert {name: rows[name] for name in written} == written
    assert defaults["data"].name == "sandbox"
