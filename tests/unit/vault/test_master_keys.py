"""Master keys: from the setting or a file of one's own, changed without losing a secret."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pytest_django import Settings

from cdnadmin import vault
from cdnadmin.errors import VaultError
from cdnadmin.vault.master_keys import _read_or_make, master_keys
from tests.conftest import ROOT
from tests.unit.vault.conftest import id_of, new_key

HERE = {"table": "aws_account", "row": "r1", "field": "secret_access_key"}
SECRET = b"canary-7Hq2-in-no-error-and-no-repr-Zw81"
Hold = Callable[..., None]
# Loads the key of each file that is named to it, at the moment it is named.
LOADER = """
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from django.conf import settings
from cdnadmin.vault.master_keys import master_keys
settings.VAULT_KEY = ""
print("ready", flush=True)
for line in sys.stdin:
    settings.VAULT_KEY_FILE = Path(line.strip())
    print(master_keys()[0].id, flush=True)
"""


@pytest.fixture
def key_file(settings: Settings, tmp_path: Path) -> Path:
    settings.VAULT_KEY = ""
    settings.VAULT_KEY_FILE = tmp_path / "var" / "master.key"
    settings.PRODUCTION = False
    return tmp_path / "var" / "master.key"


@pytest.mark.parametrize("between", [",", "\n", " , ", "\r\n", ",\n\n"])
def test_the_first_key_seals_and_every_key_opens(hold: Hold, between: str) -> None:
    old, new = new_key(), new_key()
    hold(old)
    before = vault.seal(SECRET, **HERE)
    hold(new, old, between=between)
    after = vault.seal(SECRET, **HERE)
    assert [before["key_id"], after["key_id"]] == [id_of(old), id_of(new)]
    assert vault.open_sealed(before, **HERE) == vault.open_sealed(after, **HERE) == SECRET
    hold(old, new, between=between)
    assert vault.seal(SECRET, **HERE)["key_id"] == id_of(old)
    assert vault.open_sealed(after, **HERE) == SECRET


def test_a_removed_key_is_named_by_its_id(hold: Hold) -> None:
    old, new = new_key(), new_key()
    hold(new, old)
    after = vault.seal(SECRET, **HERE)
    hold(old)
    before = vault.seal(SECRET, **HERE)
    hold(new)
    assert vault.open_sealed(after, **HERE) == SECRET
    with pytest.raises(VaultError) as refused:
        vault.open_sealed(before, **HERE)
    assert refused.value.message == f"This secret was sealed with master key {id_of(old)}, which is not here: add it to VAULT_KEY."


def test_a_secret_under_another_keys_id_does_not_open(hold: Hold) -> None:
    old, new = new_key(), new_key()
    hold(new, old)
    sealed = vault.seal(SECRET, **HERE)
    with pytest.raises(VaultError, match="changed or moved"):
        vault.open_sealed({**sealed, "key_id": id_of(old)}, **HERE)


def test_the_id_of_a_key_shows_none_of_its_bytes() -> None:
    """The id may be stored and shown: no part of the key stands in it."""
    key = new_key()
    raw = base64.b64decode(key)
    assert id_of(key) != id_of(new_key())
    assert not any(raw[start : start + 4].hex() in id_of(key) for start in range(29))


SHORT = base64.b64encode(b"k" * 31).decode()


@pytest.mark.parametrize(
    "text", ["canary", SHORT, base64.b64encode(b"k" * 33).decode(), SHORT + "é", f"{'A' * 43}=,canary", "=" * 44]
)
def test_what_is_no_key_is_refused_without_showing_it(settings: Settings, text: str) -> None:
    settings.VAULT_KEY = text
    with pytest.raises(VaultError) as refused:
        master_keys()
    assert refused.value.message == "VAULT_KEY: a master key is the Base64 of 32 bytes."


@pytest.mark.parametrize("text", [",", " , ", "\n"])
def test_a_setting_that_holds_no_key_at_all_is_said(settings: Settings, text: str) -> None:
    settings.VAULT_KEY = text
    with pytest.raises(VaultError, match="no master key: set VAULT_KEY"):
        master_keys()


def test_a_key_file_is_made_for_its_owner_alone(key_file: Path) -> None:
    before = os.umask(0)
    try:
        (key,) = master_keys()
    finally:
        os.umask(before)
    assert key_file.stat().st_mode & 0o777 == 0o600
    assert base64.b64decode(key_file.read_text()) == key.raw
    assert [file.name for file in key_file.parent.iterdir()] == ["master.key"]


def test_a_key_file_that_is_there_is_kept(key_file: Path) -> None:
    key_file.parent.mkdir()
    key_file.touch(0o600)
    given = new_key()
    key_file.write_text(f"{given}\n")
    assert [key.id for key in master_keys()] == [id_of(given)]
    assert key_file.read_text() == f"{given}\n"


@pytest.mark.parametrize("mode", [0o640, 0o620, 0o604, 0o602, 0o644, 0o660, 0o666, 0o610, 0o601])
def test_a_key_file_that_others_can_use_is_refused(key_file: Path, mode: int) -> None:
    key_file.parent.mkdir()
    given = new_key()
    key_file.write_text(given)
    key_file.chmod(mode)
    with pytest.raises(VaultError, match="chmod 600") as refused:
        master_keys()
    assert str(key_file) in refused.value.message
    assert given not in refused.value.message
    key_file.chmod(0o600)
    assert master_keys()[0].id == id_of(given)  # the refusal is not remembered


@pytest.mark.parametrize("text", [b"", b"\n", b"canary", b"\xff\xfe", bytes(range(32))])
def test_a_key_file_that_holds_none_is_refused(key_file: Path, text: bytes) -> None:
    key_file.parent.mkdir()
    key_file.touch(0o600)
    key_file.write_bytes(text)
    with pytest.raises(VaultError, match="master key") as refused:
        master_keys()
    assert "canary" not in refused.value.message
    assert key_file.read_bytes() == text


def test_production_makes_no_key_by_itself(key_file: Path, settings: Settings) -> None:
    settings.PRODUCTION = True
    with pytest.raises(VaultError, match="set VAULT_KEY or VAULT_KEY_FILE"):
        master_keys()
    assert not key_file.parent.exists()


def test_a_place_where_no_file_can_be_is_said(settings: Settings, key_file: Path) -> None:
    key_file.parent.write_text("a file where a directory is expected")
    with pytest.raises(VaultError, match="can't be read from"):
        master_keys()


@pytest.fixture
def starters(tmp_path: Path) -> Iterator[list[subprocess.Popen[str]]]:
    """Four processes that wait for the names of key files."""
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "cdnadmin.settings", "DATA_DIR": str(tmp_path / "data")}
    command = [sys.executable, "-c", LOADER]
    pipe = subprocess.PIPE
    running = [subprocess.Popen(command, cwd=ROOT, env=environment, stdin=pipe, stdout=pipe, text=True) for _ in range(4)]
    yield running
    for process in running:
        process.communicate(timeout=20)


def test_processes_that_start_at_once_agree_on_one_key(starters: list[subprocess.Popen[str]], tmp_path: Path) -> None:
    def say(process: subprocess.Popen[str], text: str) -> None:
        assert process.stdin is not None
        process.stdin.write(f"{text}\n")
        process.stdin.flush()

    def heard(process: subprocess.Popen[str]) -> str:
        assert process.stdout is not None
        return process.stdout.readline().strip()

    assert [heard(process) for process in starters] == ["ready"] * len(starters)
    for number in range(60):
        file = tmp_path / str(number) / "master.key"
        for process in starters:
            say(process, str(file))
        ids = {heard(process) for process in starters}
        assert ids == {id_of(file.read_text())}, number
        assert list(file.parent.iterdir()) == [file]


def test_threads_that_start_at_once_agree_on_one_key(tmp_path: Path) -> None:
    """A web server's first requests: each thread finds no file, and all must end with the one that lies there."""
    with ThreadPoolExecutor(4) as pool:
        for number in range(60):
            file = tmp_path / str(number) / "master.key"
            gate = threading.Barrier(4)

            def read(file: Path = file, gate: threading.Barrier = gate) -> str:
                gate.wait(timeout=10)
                return id_of(_read_or_make(file, False))

            ids = {future.result() for future in [pool.submit(read) for _ in range(4)]}
            assert ids == {id_of(file.read_text())}, number
            assert list(file.parent.iterdir()) == [file]
