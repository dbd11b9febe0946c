"""The Dockerfile: stages, no rights, no secrets, and nothing copied that is not there or is kept from the builder."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

import pytest

from cdnadmin.env import VARIABLES
from tests.architecture.tracked import tracked_files
from tests.conftest import ROOT

KNOWN = {"FROM", "WORKDIR", "COPY", "RUN", "ENV", "USER", "VOLUME", "EXPOSE", "HEALTHCHECK", "CMD"}


@dataclass(frozen=True)
class Instruction:
    stage: int
    name: str
    rest: str


def read() -> list[Instruction]:
    """Each instruction with the number of its stage, continued lines joined, comments left out."""
    text = re.sub(r"(?m)^\s*#.*\n", "", (ROOT / "Dockerfile").read_text()).replace("\\\n", " ")
    found: list[Instruction] = []
    stage = -1
    for line in filter(str.strip, text.splitlines()):
        name, rest = line.split(maxsplit=1)
        stage += name == "FROM"
        found.append(Instruction(stage, name, " ".join(rest.split())))
    return found


def last_stage() -> list[Instruction]:
    return [instruction for instruction in read() if instruction.stage == 2]


def test_every_instruction_is_known() -> None:
    assert {instruction.name for instruction in read()} == KNOWN


def test_its_images_are_pinned_to_a_version_and_support_the_product() -> None:
    images = [instruction.rest.split()[0] for instruction in read() if instruction.name == "FROM"]
    assert all(re.fullmatch(r"[a-z]+:\d[\w.]*-slim", image) for image in images)
    node, *pythons = (re.split(r"[:-]", image)[1] for image in images)
    assert int(node) >= 20
    assert set(pythons) == {(ROOT / ".python-version").read_text().strip()}


def test_what_it_copies_is_there_and_reaches_the_builder() -> None:
    rules = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and not line.startswith("#")]
    assert rules[0] == "*", "all is kept away but what is named"
    for instruction in read():
        if instruction.name != "COPY" or "--from=" in instruction.rest:
            continue
        for source in instruction.rest.split()[:-1]:
            assert (ROOT / source).exists(), source
            assert f"!{source.removeprefix('./')}" in rules, source


def test_neither_data_nor_secrets_nor_history_reach_the_builder() -> None:
    rules = (ROOT / ".dockerignore").read_text().splitlines()
    named = {rule[1:] for rule in rules if rule.startswith("!")}
    assert named & {".env", ".git", "var", "tests", "node_modules"} == set()
    assert all(any(fnmatch(str(file.relative_to(ROOT)), f"{name}*") for file in tracked_files()) for name in named)


def test_packages_come_with_hashes_checked() -> None:
    commands = " ".join(instruction.rest for instruction in read() if instruction.name == "RUN")
    assert "--require-hashes -r requirements.lock" in commands
    assert "npm ci" in commands
    assert "npm install" not in commands


def test_it_runs_without_rights() -> None:
    stage = last_stage()
    users = [place for place, instruction in enumerate(stage) if instruction.name == "USER"]
    assert [stage[place].rest for place in users] == ["cdnadmin"]
    assert all(instruction.name != "RUN" for instruction in stage[users[0] :])
    made = next(instruction.rest for instruction in stage if "useradd" in instruction.rest)
    assert "--shell /usr/sbin/nologin cdnadmin" in made
    assert "install --directory --owner=cdnadmin" in made
    assert "--mode=0700 /data" in made


def test_its_environment_holds_no_secret_and_only_known_variables() -> None:
    given = " ".join(instruction.rest for instruction in last_stage() if instruction.name == "ENV")
    names = set(re.findall(r"(\w+)=", given))
    assert names - set(VARIABLES) == {"PATH", "PYTHONUNBUFFERED", "DJANGO_SETTINGS_MODULE"}
    assert names & set(VARIABLES) == {"DATA_DIR"}


@pytest.mark.parametrize("name", ["CMD", "HEALTHCHECK"])
def test_what_it_runs_gets_signals_itself(name: str) -> None:
    """As a list, so that no shell stands between Docker and the program."""
    (rest,) = [instruction.rest for instruction in last_stage() if instruction.name == name]
    command = json.loads(rest[rest.index("[") :])
    assert command[0] in {"granian", "python"}


def test_its_health_check_gives_the_probe_time_to_answer() -> None:
    (rest,) = [instruction.rest for instruction in last_stage() if instruction.name == "HEALTHCHECK"]
    assert "cdnadmin.supervisor.probe" in rest
    found = re.search(r"--timeout=(\d+)s", rest)
    assert found is not None
    assert int(found[1]) > 4, "the probe itself gives up after four seconds"


def test_what_it_copies_is_enough_to_collect_static_files_and_to_import_the_product(tmp_path: Path) -> None:
    """The last stage's own RUN, in a folder that holds nothing but what it copies."""
    app = tmp_path / "app"
    app.mkdir()
    for instruction in last_stage():
        if instruction.name == "COPY" and not instruction.rest.startswith("--from=packages"):
            source, target = instruction.rest.removeprefix("--from=pages /build/").split()
            if (ROOT / source).is_dir():
                shutil.copytree(ROOT / source, app / target, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(ROOT / source, app / target)
    environ = {**os.environ, "DATA_DIR": str(tmp_path / "build"), "PYTHONPATH": ""}
    script = "import cdnadmin.celery, cdnadmin.supervisor.probe, cdnadmin.sandbox.server"
    for command in (["manage.py", "collectstatic", "--no-input"], ["-c", f"import django; django.setup(); {script}"]):
        done = subprocess.run(
            [sys.executable, *command], cwd=app, env=environ, capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode == 0, done.stderr
    assert (app / "var" / "static" / "app.css").stat().st_size > 10_000
    assert not (app / "var" / "cdnadmin.sqlite3").exists()
