"""Which Chromium is found: shims are passed over, a wrong name is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chromium import NoChromium, find_chromium


def program(path: Path, text: str = "echo Chromium 150.0") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def test_the_named_one_is_taken(tmp_path: Path) -> None:
    named = program(tmp_path / "mine")
    program(tmp_path / "bin" / "chromium")
    assert find_chromium({"CHROMIUM": str(named), "PATH": str(tmp_path / "bin")}) == named


@pytest.mark.parametrize("named", ["/nowhere/chromium", "/bin/false"])
def test_a_wrong_name_is_said_and_not_passed_over(tmp_path: Path, named: str) -> None:
    program(tmp_path / "chromium")
    with pytest.raises(NoChromium, match=f"^CHROMIUM: “{named}”"):
        find_chromium({"CHROMIUM": named, "PATH": str(tmp_path)})


def test_a_shim_that_only_asks_to_install_is_passed_over(tmp_path: Path) -> None:
    program(tmp_path / "chromium-browser", "echo 'Command requires the snap to be installed' >&2; exit 1")
    real = program(tmp_path / "google-chrome", "echo Google Chrome 150.0")
    assert find_chromium({"PATH": str(tmp_path), "HOME": str(tmp_path)}) == real


def test_playwrights_newest_is_the_last_resort(tmp_path: Path) -> None:
    for number in (999, 1187, 1200):
        program(tmp_path / ".cache" / "ms-playwright" / f"chromium-{number}" / "chrome-linux" / "chrome")
    (tmp_path / ".cache" / "ms-playwright" / "chromium-1200" / "chrome-linux" / "chrome").write_text("#!/bin/sh\nexit 1\n")
    found = find_chromium({"PATH": str(tmp_path), "HOME": str(tmp_path)})
    assert found == tmp_path / ".cache" / "ms-playwright" / "chromium-1187" / "chrome-linux" / "chrome"


def test_none_is_none(tmp_path: Path) -> None:
    assert find_chromium({"PATH": str(tmp_path), "HOME": str(tmp_path)}) is None
