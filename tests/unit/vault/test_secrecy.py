"""No error, repr or stored cell shows a secret or a master key."""

from __future__ import annotations

import base64
import json
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from cdnadmin import vault
from cdnadmin.errors import VaultError
from cdnadmin.vault.master_keys import master_keys
from tests.unit.vault.conftest import new_key

HERE = {"table": "aws_account", "row": "r1", "field": "secret_access_key"}
SECRET = b"canary-7Hq2-in-no-error-and-no-repr-Zw81"


def spellings(raw: bytes) -> Iterator[str]:
    """What some text would hold if it held `raw`: as text, hex, Base64 at each of its three offsets, or a repr."""
    yield raw.decode("latin-1")
    yield raw.hex()
    yield repr(raw)[2:-1]
    for offset in range(3):
        yield base64.b64encode(raw[offset : offset + 3 * ((len(raw) - offset) // 3)]).decode()


def shows(text: str, raw: bytes) -> bool:
    return any(spelling in text for spelling in spellings(raw))


def everything_of(error: BaseException) -> str:
    """All that a log or a page might make of an error: its text, fields, chain and their traces."""
    seen, text = error, ""
    chain: list[BaseException] = []
    while seen is not None and seen not in chain:
        chain.append(seen)
        following = seen.__cause__ or seen.__context__
        text += "".join(traceback.format_exception(seen)) + repr(seen) + repr(seen.args) + repr(vars(seen))
        if following is None:
            break
        seen = following
    return text


Break = Callable[[dict[str, object], Settings], dict[str, object]]


def moved(sealed: dict[str, object], settings: Settings) -> dict[str, object]:
    return dict(vault.seal(SECRET, table="signing_key", row="r1", field="private_key"))


def cut(sealed: dict[str, object], settings: Settings) -> dict[str, object]:
    return {**sealed, "ciphertext": str(sealed["ciphertext"])[:8]}


def plain_text(sealed: dict[str, object], settings: Settings) -> dict[str, object]:
    """Somebody wrote the secret itself into the cell."""
    return {**sealed, "ciphertext": SECRET.decode()}


def plain_key(sealed: dict[str, object], settings: Settings) -> dict[str, object]:
    return {**sealed, "wrapped_key": base64.b64encode(SECRET).decode()}


def other_version(sealed: dict[str, object], settings: Settings) -> dict[str, object]:
    return {**sealed, "version": 2}


def other_master(sealed: dict[str, object], settings: Settings) -> dict[str, object]:
    settings.VAULT_KEY = new_key()
    return sealed


def wrong_master(sealed: dict[str, object], settings: Settings) -> dict[str, object]:
    settings.VAULT_KEY = f"{settings.VAULT_KEY}x"
    return sealed


@pytest.mark.parametrize("broken", [moved, cut, plain_text, plain_key, other_version, other_master, wrong_master])
def test_no_error_shows_the_secret_or_the_key(settings: Settings, master_key: str, broken: Break) -> None:
    sealed = broken(dict(vault.seal(SECRET, **HERE)), settings)
    with pytest.raises(VaultError) as refused:
        vault.open_sealed(sealed, **HERE)
    text = everything_of(refused.value)
    assert refused.value.message in text
    assert not shows(text, SECRET)
    assert not shows(text, base64.b64decode(master_key))


def test_no_error_about_a_key_file_shows_what_is_in_it(settings: Settings, tmp_path: Path) -> None:
    settings.VAULT_KEY, settings.VAULT_KEY_FILE = "", tmp_path / "master.key"
    for content in (SECRET, base64.b64encode(SECRET), SECRET + b"\xff"):
        for mode in (0o600, 0o644):
            settings.VAULT_KEY_FILE.write_bytes(content)
            settings.VAULT_KEY_FILE.chmod(mode)
            with pytest.raises(VaultError) as refused:
                master_keys()
            shown = "".join(traceback.format_exception(refused.value)) + repr(refused.value) + repr(vars(refused.value))
            assert not shows(shown, SECRET)


def test_what_is_stored_and_what_is_held_show_nothing(master_key: str) -> None:
    sealed = vault.seal(SECRET, **HERE)
    (key,) = master_keys()
    for text in (json.dumps(sealed), repr(sealed), repr(key), str(key), repr(master_keys())):
        assert not shows(text, SECRET)
        assert not shows(text, base64.b64decode(master_key))
    for part in ("wrapped_key", "ciphertext"):
        raw = base64.b64decode(str(sealed[part])).decode("latin-1")
        assert not shows(raw, SECRET)
        assert not shows(raw, base64.b64decode(master_key))


def test_the_search_for_the_canary_finds_it() -> None:
    """Else the tests above could not fail."""
    inside = [base64.b64encode(b"x" * before + SECRET + b"yy").decode() for before in range(3)]
    for text in (f"x{SECRET.decode()}", repr(SECRET), SECRET.hex(), *inside):
        assert shows(text, SECRET)
    behind = VaultError("It does not open.")
    behind.__context__ = ValueError(SECRET)
    assert shows(everything_of(behind), SECRET)
    assert not shows(everything_of(VaultError("It does not open.")), SECRET)
