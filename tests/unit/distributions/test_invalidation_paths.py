"""Paths to invalidate: read, checked, and what they cost."""

from __future__ import annotations

import pytest

from cdnadmin.errors import InvalidInput
from distributions.invalidation_paths import Cost, advise, cheaper_wildcards, is_versioned, read_paths


def test_only_what_rfc_1738_calls_unsafe_is_encoded() -> None:
    kept = "/a-b_c.d!e'f(g)h,i;j:k@l&m=n+o$p%2Fq?r=s"
    assert read_paths(kept).paths == (kept,)
    assert read_paths('/a b{c}|\\^[d]`"<e>#f').paths == ("/a%20b%7Bc%7D%7C%5C%5E%5Bd%5D%60%22%3Ce%3E%23f",)


def test_doubles_are_sent_once_and_what_must_be_is_encoded() -> None:
    found = read_paths("/a.png\n\n /a.png \n/Größe 1.png\n/100%25.txt\n/dir/*\n")
    assert found.paths == ("/a.png", "/Gr%C3%B6%C3%9Fe%201.png", "/100%25.txt", "/dir/*")
    assert (found.doubles, found.encoded) == (1, 1)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "at least one"),
        ("/ok\nno-slash.png", "Line 2"),
        ("/ok\n\n\nno-slash.png", "Line 4"),
        ("/runtime~main.js", r"takes no ~ .* as in /runtime\*"),
        ("/a/%7Esam/x", r"as in /a/\*"),
        ("/film.mp4?Expires=1&Signature=abc~&Key-Pair-Id=K1", "signed address"),
        ("https://d1.cloudfront.net/a", "Line 1"),
        ("/a*b", "wildcard stands last"),
        ("/a%zz", "percent"),
        ("/" + "x" * 4000, "4,000"),
        ("/x\n" * 30_001, "30,000"),
    ],
)
def test_what_cloudfront_would_refuse_is_named_by_its_line(text: str, said: str) -> None:
    with pytest.raises(InvalidInput, match=said) as refused:
        read_paths(text)
    assert refused.value.field == "paths"


@pytest.mark.parametrize(
    ("paths", "used", "charged"), [(10, 0, 0), (10, 995, 5), (10, 1000, 10), (10, 2000, 10), (3000, 0, 2000), (0, 5000, 0)]
)
def test_only_what_is_beyond_the_free_ones_is_charged(paths: int, used: int, charged: int) -> None:
    cost = Cost(paths, used, 1000, 0.005)
    assert cost.charged == charged
    assert cost.dollars == pytest.approx(charged * 0.005)


def test_a_wildcard_is_told_of_where_it_would_stand_for_many() -> None:
    paths = [f"/press/{n}.png" for n in range(12)] + ["/a.txt", "/all/*"]
    assert [(each.pattern, each.count) for each in cheaper_wildcards(paths)] == [("/press/*", 12)]
    assert cheaper_wildcards(paths[:5]) == []


def test_an_assets_keys_are_known_for_versioned_ones() -> None:
    assert is_versioned("/launch-film-abcdefghjkmn/*")
    assert not is_versioned("/index.html")


def test_paths_that_do_not_stand_for_what_one_may_think_are_counted() -> None:
    advice = advise(["/", "/press/", "/a.png?size=2", "/a.png*", "/launch-film-abcdefghjkmn/1/original/a.mp4"])
    assert (advice.folders, advice.queries, advice.versioned) == (1, 1, 1)


def test_every_wrong_line_is_named_at_once() -> None:
    with pytest.raises(InvalidInput) as refused:
        read_paths("a.png\n/b.png\n/c*d\n")
    assert "Line 1:" in refused.value.message
    assert "Line 3:" in refused.value.message
    with pytest.raises(InvalidInput, match="4 more lines are wrong"):
        read_paths("\n".join("x" for _ in range(9)))
