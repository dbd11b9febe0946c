"""What holds for every file: its length, its name, and that it names no package registry."""

from __future__ import annotations

import re

from tests.architecture.tracked import tracked_files
from tests.conftest import ROOT

SOURCES = {".py", ".js", ".mjs", ".css", ".html"}
LOCKS = {"package-lock.json", "requirements.lock", "requirements-dev.lock"}
VAGUE = re.compile(r"(?i)^(utils?|helpers?|managers?|commons?|misc)$")
# In pieces, so that this file names none either.
REGISTRIES = re.compile(
    "|".join(
        re.escape(".".join(parts))
        for parts in (
            ("pypi", "org"), ("pythonhosted", "org"), ("npmjs", "org"), ("npmjs", "com"), ("yarnpkg", "com"),
            ("unpkg", "com"), ("jsdelivr", "net"), ("esm", "sh"), ("deb", "debian", "org"), ("crates", "io"),
        )
    ).encode()
)  # fmt: skip


def test_sources_stay_under_300_lines() -> None:
    long = {
        str(file.relative_to(ROOT)): lines
        for file in tracked_files()
        if file.suffix in SOURCES and (lines := file.read_bytes().count(b"\n")) >= 300
    }
    assert long == {}


def test_names_say_what_is_inside() -> None:
    vague = [
        str(file.relative_to(ROOT))
        for file in tracked_files()
        if any(VAGUE.match(part) for part in (*file.relative_to(ROOT).parent.parts, file.stem))
    ]
    assert vague == []


def test_no_file_names_a_package_registry() -> None:
    naming = [str(file.relative_to(ROOT)) for file in tracked_files() if REGISTRIES.search(file.read_bytes())]
    assert naming == []


def test_locks_pin_by_hash() -> None:
    for name in LOCKS:
        text = (ROOT / name).read_text()
        assert "sha256:" in text or '"integrity": "sha512-' in text, name


def test_nothing_waits_by_sleeping_in_tests() -> None:
    sleep = "time" + ".sleep("
    tests = [file for file in tracked_files() if file.suffix == ".py" and file.is_relative_to(ROOT / "tests")]
    asleep = [str(file.relative_to(ROOT)) for file in tests if sleep in file.read_text() and file != ROOT / "tests/conftest.py"]
    assert asleep == []
