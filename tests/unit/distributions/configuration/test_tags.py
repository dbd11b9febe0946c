"""Tags merge by key."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from distributions.configuration.tags import merge_tags

TAGS = st.dictionaries(st.sampled_from("abcd"), st.sampled_from(["1", "2", "3"]))


@given(TAGS, TAGS, TAGS)
def test_mine_is_done_and_theirs_stays_or_is_told(base: dict[str, str], theirs: dict[str, str], mine: dict[str, str]) -> None:
    merged = merge_tags(base, theirs, mine)
    for key in "abcd":
        wanted = mine if base.get(key) != mine.get(key) else theirs
        assert merged.tags.get(key) == wanted.get(key)
        lost = theirs.get(key) not in {base.get(key), merged.tags.get(key)}
        assert (key in merged.overwritten) == lost
        assert merged.overwritten.get(key, "") == (theirs.get(key, "") if lost else "")


def test_awss_own_tags_are_nobodys_to_change() -> None:
    assert merge_tags({"aws:stack": "a"}, {"aws:stack": "b"}, {}).tags == {"aws:stack": "b"}
