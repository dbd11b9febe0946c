"""What people type does not turn our own sentences round."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdnadmin.text import without_controls
from media.names import clean_file_name, safe_key_name

TURNING = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


@pytest.mark.parametrize("sign", TURNING)
def test_what_turns_the_direction_of_writing_goes(sign: str) -> None:
    assert without_controls(f"Har{sign}bour") == "Harbour"


def test_other_controls_become_spaces() -> None:
    assert without_controls("a\x00b\tc\x1bd\x85e\u2028f\ud800g\nh") == "a b c d e f g h"


def test_lines_of_a_message_stay() -> None:
    assert without_controls("One\r\ntwo\u202e\rthree\n\n\x07four", keep_lines=True) == "One\ntwo\nthree\n\n four"


@pytest.mark.parametrize("text", ["👩‍💻", "🏴󠁧󠁢󠁳󠁣󠁴󠁿", "می‌خواهم", "क्‍ष", "שלום", "مرحبا", "e\u0301té", "東京タワー"])
def test_scripts_and_emoji_stay_whole(text: str) -> None:
    assert without_controls(text) == text


@given(st.text())
def test_nothing_harmful_is_left_and_twice_is_once(text: str) -> None:
    cleaned = without_controls(text)
    assert not set(cleaned) & set(TURNING)
    assert not [each for each in cleaned if unicodedata.category(each) in {"Cc", "Cs"}]
    assert without_controls(cleaned) == cleaned


def test_a_files_ending_is_what_it_seems() -> None:
    assert clean_file_name("holiday\u202etxt.exe") == "holidaytxt.exe"
    assert safe_key_name("holiday\u202etxt.exe") == "holidaytxt.exe"
    assert clean_file_name("family 👩‍👧.jpg") == "family 👩‍👧.jpg"
    assert clean_file_name("\u202e\u2066") == "file"
