"""Which Chromium the tests drive; `python -m tests.chromium` installs one where there is none and that is possible."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome")
START_SECONDS, INSTALL_SECONDS = 60, 900
MISSING = (
    "The tests need Chromium, and none was found. Install it (Debian, Ubuntu: apt-get install chromium), "
    "or name one: CHROMIUM=/path/to/chromium make test"
)


class NoChromium(Exception):
    """There is no Chromium that starts, and none could be installed; the message says what to do."""


def find_chromium(environ: Mapping[str, str]) -> Path | None:
    """The one that CHROMIUM names, the first on the PATH, or Playwright's own. Raises NoChromium for a wrong CHROMIUM."""
    if named := environ.get("CHROMIUM", ""):
        found = shutil.which(named, path=environ.get("PATH"))
        if found is None or not starts(Path(found)):
            raise NoChromium(f"CHROMIUM: “{named}” is no program that starts as Chromium.")
        return Path(found)
    on_path = [Path(found) for name in NAMES if (found := shutil.which(name, path=environ.get("PATH")))]
    return next((path for path in [*on_path, *_of_playwright(environ)] if starts(path)), None)


def _of_playwright(environ: Mapping[str, str]) -> list[Path]:
    """Where `playwright install` puts them, the newest first."""
    home = Path(environ.get("HOME", "/"))
    folders = [home / ".cache" / "ms-playwright", home / "Library" / "Caches" / "ms-playwright"]
    if named := environ.get("PLAYWRIGHT_BROWSERS_PATH", ""):
        folders.insert(0, Path(named))
    pattern = "chromium-*/chrome-*/**/*"
    programs = {"chrome", "Chromium", "Google Chrome for Testing"}
    found = [path for folder in folders for path in folder.glob(pattern) if path.name in programs and path.is_file()]
    return sorted(found, key=_build, reverse=True)


def _build(path: Path) -> int:
    """The number in chromium-1234, by which Playwright counts its builds."""
    number = next((part.removeprefix("chromium-") for part in path.parts if part.startswith("chromium-")), "")
    return int(number) if number.isdigit() else 0


def starts(path: Path) -> bool:
    """Whether it answers with its version: a name on the PATH may be a shim that only asks to install a package."""
    try:
        done = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=START_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0 and "Chrom" in done.stdout


def install(package: str) -> bool:
    """Install a Debian package; False where that is not possible (no apt, not root, no such package)."""
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        return False
    environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["apt-get", "update", "-qq"], ["apt-get", "install", "-y", "-qq", "--no-install-recommends", package]):
        try:
            done = subprocess.run(command, env=environ, stdout=subprocess.DEVNULL, timeout=INSTALL_SECONDS, check=False)
        except subprocess.TimeoutExpired:
            return False
        # A source of packages that does not answer need not be the one that has it.
        if done.returncode != 0 and "install" in command:
            return False
    return True


def chromium_path() -> str:
    """The Chromium to drive, installed first if need be. Raises NoChromium."""
    found = find_chromium(os.environ)
    if found is None and install("chromium"):
        found = find_chromium(os.environ)
    if found is None:
        raise NoChromium(MISSING)
    return str(found)


def main() -> int:
    try:
        print(f"Chromium: {chromium_path()}")
    except NoChromium as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
