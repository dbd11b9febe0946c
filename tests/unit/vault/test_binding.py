"""A sealed secret opens whole, in its own field of its own row, and nowhere else."""

from __future__ import annotations

import base64
import json
import string
from itertools import permutations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cdnadmin import vault
from cdnadmin.errors import VaultError

pytestmark = pytest.mark.usefixtures("master_key")
Place = dict[str, str]
Sealed = dict[str, str | int]
SECRET = b"canary-7Hq2-in-no-error-and-no-repr-Zw81"
HERE: Place = {"table": "aws_account", "row": "r1", "field": "secret_access_key"}
PARTS = ("wrapped_key", "ciphertext")
PLACES: list[Place] = [
    {"table": table, "row": row, "field": field}
    for table in ("aws_account", "signing_key")
    for row in ("r1", "r2", "r12", "")
    for field in ("secret_access_key", "private_key")
]
# Put end to end without their lengths, each of these would read as another.
PLACES += [
    {"table": "t", "row": "1;1:f", "field": "f"},
    {"table": "t", "row": "1", "field": "1:f;f"},
    {"table": "t;1:1", "row": "f", "field": "f"},
    {"table": "ab", "row": "c", "field": "f"},
    {"table": "a", "row": "bc", "field": "f"},
    {"table": "r1", "row": "aws_account", "field": "secret_access_key"},
]


def opens(sealed: Sealed, place: Place = HERE) -> bool:
    try:
        vault.open_sealed(sealed, **place)
    except VaultError:
        return False
    return True


def changed(sealed: Sealed, part: str, raw: bytes) -> Sealed:
    return {**sealed, part: base64.b64encode(raw).decode()}


@given(st.binary(max_size=5000), st.text(), st.text(), st.text())
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_sealed_opens(plain: bytes, table: str, row: str, field: str) -> None:
    table, row, field = (text.encode("utf-8", "ignore").decode() for text in (table, row, field))
    sealed = json.loads(json.dumps(vault.seal(plain, table=table, row=row, field=field)))
    assert vault.open_sealed(sealed, table=table, row=row, field=field) == plain


def test_sealing_twice_shows_nothing_in_common() -> None:
    one, two = vault.seal(SECRET, **HERE), vault.seal(SECRET, **HERE)
    assert all(one[part] != two[part] for part in PARTS)


def test_no_ciphertext_opens_in_the_place_of_another() -> None:
    sealed = [vault.seal(SECRET, **place) for place in PLACES]
    assert all(opens(one, place) for one, place in zip(sealed, PLACES, strict=True))
    moved = [(mine, theirs) for mine, theirs in permutations(range(len(PLACES)), 2) if opens(sealed[mine], PLACES[theirs])]
    assert moved == []


def test_no_half_of_one_opens_with_the_half_of_another() -> None:
    """Neither in the one's place nor in the other's; not even two sealings of one secret in one place."""
    places = [*PLACES, PLACES[0]]
    sealed = [vault.seal(SECRET, **place) for place in places]
    for mine, theirs in permutations(range(len(places)), 2):
        mixed = {**sealed[mine], "ciphertext": sealed[theirs]["ciphertext"]}
        assert not opens(mixed, places[mine]), (mine, theirs)
        assert not opens(mixed, places[theirs]), (mine, theirs)


@pytest.mark.parametrize("part", PARTS)
def test_no_flipped_bit_opens(part: str) -> None:
    sealed = vault.seal(SECRET, **HERE)
    raw = base64.b64decode(str(sealed[part]))
    for place in range(len(raw)):
        for bit in range(8):
            flipped = raw[:place] + bytes([raw[place] ^ (1 << bit)]) + raw[place + 1 :]
            assert not opens(changed(sealed, part, flipped)), (place, bit)


@pytest.mark.parametrize("part", PARTS)
def test_no_other_length_opens(part: str) -> None:
    sealed = vault.seal(SECRET, **HERE)
    raw = base64.b64decode(str(sealed[part]))
    for length in range(len(raw)):
        assert not opens(changed(sealed, part, raw[:length])), length
    for more in (raw + b"\0", b"\0" + raw, raw + raw):
        assert not opens(changed(sealed, part, more))


@pytest.mark.parametrize("part", PARTS)
def test_no_stored_character_can_be_another(part: str) -> None:
    """A second Base64 spelling of the same bytes counts as a change too."""
    for plain in (SECRET, SECRET[1:], SECRET[2:]):  # with every length of padding
        sealed = vault.seal(plain, **HERE)
        text = str(sealed[part])
        for place, old in enumerate(text):
            for new in {string.ascii_letters[(place * 7) % 52], chr(ord(old) ^ 1), "=", "\n", "é", ""} - {old}:
                assert not opens({**sealed, part: text[:place] + new + text[place + 1 :]}), (place, new)
        assert not opens({**sealed, part: text + "\n"})


def test_another_version_or_key_id_does_not_open() -> None:
    sealed = vault.seal(SECRET, **HERE)
    assert opens(sealed)
    for version in (0, 2, "1", None):
        with pytest.raises(VaultError, match="another version"):
            vault.open_sealed({**sealed, "version": version}, **HERE)
    for key_id in ("", "0" * 16, str(sealed["key_id"]).upper() + "x"):
        with pytest.raises(VaultError, match="is not here"):
            vault.open_sealed({**sealed, "key_id": key_id}, **HERE)


@pytest.mark.parametrize("name", ["version", "key_id", *PARTS])
@pytest.mark.parametrize("value", [None, 7, [], {}, b"AAAA"])
def test_a_cell_that_is_missing_or_no_text_does_not_open(name: str, value: object) -> None:
    sealed: dict[str, object] = {**vault.seal(SECRET, **HERE)}
    with pytest.raises(VaultError):
        vault.open_sealed({**sealed, name: value}, **HERE)
    del sealed[name]
    with pytest.raises(VaultError):
        vault.open_sealed(sealed, **HERE)


@pytest.mark.parametrize("nothing", [None, {}])
def test_an_empty_field_is_said_to_be_empty(nothing: Sealed | None) -> None:
    with pytest.raises(VaultError, match="No secret is stored here"):
        vault.open_sealed(nothing, **HERE)
