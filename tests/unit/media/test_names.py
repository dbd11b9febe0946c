"""A file's name, whatever it holds, becomes a harmless key; people still see the name they gave."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media.names import MAX_KEY_BYTES, clean_file_name, object_key, safe_key_name, slug_for, title_for


@pytest.mark.parametrize(
    ("given_name", "in_key"),
    [
        ("Harbour cut 4.mp4", "Harbour-cut-4.mp4"),
        ('say "hello" & <b>.mov', "say-hello-b.mov"),
        ("../../etc/passwd", "passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("..", "file"),
        ("", "file"),
        ("a\x00b\nc.txt", "a-b-c.txt"),
        ("Straßenfest – Übersicht.png", "Straßenfest-Übersicht.png"),
        ("東京タワー.jpg", "東京タワー.jpg"),
        ("what?*#%.mp4", "what.mp4"),
        (".hidden", "hidden"),
        ("archive.tar.gz", "archive.tar.gz"),
        ("e\u0301te\u0301.mp4", "été.mp4"),
    ],
)
def test_names_become_keys(given_name: str, in_key: str) -> None:
    assert safe_key_name(given_name) == in_key


def test_a_long_name_keeps_its_ending() -> None:
    name = safe_key_name("é" * 1000 + ".mp4")
    assert name.endswith(".mp4")
    assert len(name.encode()) <= 200


@given(st.text(max_size=1200), st.text(max_size=300))
@settings(max_examples=300)
def test_no_name_makes_a_dangerous_or_long_key(file_name: str, title: str) -> None:
    key = object_key(origin_path="/p-abc", slug=slug_for(title), public_id="abcdefghjkmn", version=1, file_name=file_name)
    assert len(key.encode()) <= MAX_KEY_BYTES
    assert ".." not in key
    assert not re.search(r"[\x00-\x20\x7f*?#%\\\"'<>&]", key)
    assert key.count("/") == 4
    assert key.startswith("p-abc/")
    assert not key.endswith("/")


def test_a_key_that_would_be_too_long_is_refused() -> None:
    with pytest.raises(ValueError, match="bytes"):
        object_key(origin_path="/" + "p" * 1000, slug="s", public_id="abcdefghjkmn", version=1, file_name="a.mp4")


def test_people_see_the_name_they_gave() -> None:
    assert clean_file_name('  "Été" & <b>1</b>.mp4') == "b>.mp4"
    assert clean_file_name('"Été" & <b>.mp4') == '"Été" & <b>.mp4'
    assert title_for("Harbour cut 4.final.mp4") == "Harbour cut 4.final"
    assert title_for(".profile") == ".profile"
