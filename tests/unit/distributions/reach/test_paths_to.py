"""By which paths a distribution shows an object, and which of them ask for no signature."""

from __future__ import annotations

import itertools
import re
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdnadmin.sandbox.edge import routing
from distributions.configuration.lasting import pattern_of
from distributions.reach import patterns
from distributions.reach.paths_to import Way, behavior_for, unsigned_ways, ways_to
from tests.unit.distributions.reach.configs import behavior, config, group, origin


def patterns_of(found: list[Way]) -> list[str]:
    return [way.pattern for way in found]


@pytest.mark.parametrize(
    ("path", "pattern"),
    [
        ("/images/a.jpg", "images/*"),
        ("/Images/a.jpg", "*"),
        ("/a.mp4", "/*.mp?"),
        ("/images/a.mp4", "images/*"),
        ("/%69mages/a", "images/*"),
        ("/x/../images/a", "images/*"),
        ("/images%2Fa", "*"),
        ("/images", "*"),
        ("/", "*"),
    ],
)
def test_the_first_pattern_that_fits_decides(path: str, pattern: str) -> None:
    found = config(behavior("o"), behavior("o", "images/*"), behavior("o", "/*.mp?"), behavior("o", "/images/*.jpg"), origins=[])
    assert pattern_of(behavior_for(found, path)) == pattern


paths = st.lists(st.sampled_from(["/", "a", "b", ".", "..", "%2F", "%61", "%2e", "!", "%21", "é"]), max_size=7).map(
    lambda found: "/" + "".join(found)
)
some_patterns = st.text("ab/*?.!", min_size=1, max_size=5)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.lists(some_patterns, max_size=3, unique=True), paths)
def test_behaviors_are_found_as_the_sandbox_finds_them(found: list[str], path: str) -> None:
    made = config(behavior("o"), *(behavior("o", pattern.replace("//", "/")) for pattern in found), origins=[])
    assert behavior_for(made, path) == routing.behavior_for(made, path)


def test_every_way_to_an_object() -> None:
    made = config(
        behavior("whole", signed=True),
        behavior("kit", "logos/*"),
        behavior("both", "mirror/*"),
        behavior("elsewhere", "*.png"),
        origins=[origin("whole", "press"), origin("kit", "press", "/kit"), origin("elsewhere", "other"), origin("server")],
        groups=[group("both", "server", "whole", 404)],
    )
    assert list(ways_to(made, "press", "kit/logos/a b+c.txt")) == [
        Way("/kit/logos/a%20b%2Bc.txt", "*", True, "whole"),
        Way("/logos/a%20b%2Bc.txt", "logos/*", False, "kit"),
    ]
    assert list(ways_to(made, "press", "mirror/x.txt")) == [
        Way("/mirror/x.txt", "mirror/*", False, "whole"),
        Way("/mirror%2Fx.txt", "*", True, "whole", encoded=True),
    ]
    # The behavior for PNGs leads to another bucket.
    assert [way.path for way in ways_to(made, "press", "kit/a.png")] == []
    assert [(way.path, way.origin_id) for way in ways_to(made, "other", "a.png")] == [("/a.png", "elsewhere")]
    assert list(ways_to({**made, "Enabled": False}, "press", "kit/logos/a")) == []
    assert list(ways_to({"S3Origin": {"DomainName": "press.s3.amazonaws.com"}, "Enabled": True}, "press", "a")) == []


def test_the_root_object_opens_at_the_root_too() -> None:
    made = config(
        behavior("o"), behavior("o", "i*", signed=True), origins=[origin("o", "press", "/site")], DefaultRootObject="index.html"
    )
    ways = [Way("/index.html", "i*", True, "o"), Way("/", "*", False, "o")]
    assert list(ways_to(made, "press", "site/index.html")) == ways
    assert unsigned_ways(made, "press", "site/index.html") == [Way("/", "*", False, "o")]


def test_an_encoded_slash_leads_around_a_pattern() -> None:
    made = config(behavior("o"), behavior("o", "private/*", signed=True), origins=[origin("o", "press")])
    assert unsigned_ways(made, "press", "private/") == [Way("/private%2Fx", "*", False, "o", encoded=True)]
    found = list(ways_to(made, "press", "private/film.mp4"))
    assert found == [Way("/private/film.mp4", "private/*", True, "o"), Way("/private%2Ffilm.mp4", "*", False, "o", encoded=True)]
    # Where the default asks for a signature, nothing leads around it.
    closed = config(behavior("o", signed=True), behavior("o", "posters/*"), origins=[origin("o", "press")])
    assert unsigned_ways(closed, "press", "private/") == []
    assert unsigned_ways(closed, "press", "posters/") == [Way("/posters/x", "posters/*", False, "o")]
    assert unsigned_ways(closed, "press", "") == [Way("/posters/", "posters/*", False, "o")]


@pytest.mark.parametrize(
    ("path", "prefix", "example"),
    [
        ("", "", "/x"),
        ("", "kit/", "/kit/x"),
        ("/kit", "", "/x"),
        ("/kit", "kit/", "/x"),
        ("/kit", "kit/logos/", "/logos/x"),
        ("/kit/logos", "kit/", "/x"),
        ("/kit", "ki", "/x"),
        ("/kit", "kits/", None),
        ("/kits", "kit/", None),
        ("/kit", "other/", None),
    ],
)
def test_origin_and_prefix_overlap_either_way(path: str, prefix: str, example: str | None) -> None:
    made = config(behavior("o"), origins=[origin("o", "press", path)])
    assert [way.path for way in unsigned_ways(made, "press", prefix)] == ([example] if example else [])
    assert unsigned_ways(made, "other", prefix) == []


def test_a_behavior_that_earlier_ones_hide_is_no_way() -> None:
    closed = behavior("o", "*.mp4", signed=True)
    hidden = config(behavior("o", signed=True), closed, behavior("o", "films/*.mp4"), origins=[origin("o", "press")])
    assert unsigned_ways(hidden, "press", "") == []
    halves = config(
        behavior("o", signed=True),
        behavior("o", "a*", signed=True),
        behavior("o", "*b", signed=True),
        behavior("o", "?b"),
        behavior("o", "??"),
        origins=[origin("o", "press")],
    )
    assert [(way.pattern, way.path) for way in unsigned_ways(halves, "press", "")] == [("??", "/xx")]
    through = config(behavior("g"), origins=[origin("o", "press"), origin("s")], groups=[group("g", "s", "o", 500)])
    assert [(way.pattern, way.origin_id) for way in unsigned_ways(through, "press", "x/")] == [("*", "o")]


def test_a_search_that_takes_too_long_shows_a_way_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    hidden = [behavior("o", "*c", signed=True), behavior("o", "*bc")]
    made = config(behavior("o", signed=True), *hidden, origins=[origin("o", "press")])
    assert unsigned_ways(made, "press", "k/") == []
    monkeypatch.setattr(patterns, "STATES_AT_MOST", 1)
    assert [way.path for way in unsigned_ways(made, "press", "k/")] == ["/k/"]


def _encoded(key: str) -> set[str]:
    choices = [{patterns.plainly(each), f"%{ord(each):02X}"} if each in "/!" else {each} for each in key]
    return {"/" + "".join(chosen) for chosen in itertools.product(*choices)}


keys = st.text("ab/!", min_size=1, max_size=5)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.lists(st.tuples(some_patterns, st.booleans()), max_size=3, unique_by=lambda each: each[0].removeprefix("/")), keys)
def test_the_ways_are_all_that_trying_every_encoding_finds(behaviors: Any, key: str) -> None:
    made = config(
        behavior("o", signed=True),
        *(behavior("o" if here else "s", pattern, signed=here) for pattern, here in behaviors),
        origins=[origin("o", "press"), origin("s")],
    )
    found = list(ways_to(made, "press", key))
    for way in found:
        assert unquote(way.path) == f"/{key}"
        assert pattern_of(behavior_for(made, way.path)) == way.pattern
    met = [behavior_for(made, path) for path in _encoded(key)]
    assert sorted(patterns_of(found)) == sorted({pattern_of(each) for each in met if each["TargetOriginId"] == "o"})


@settings(max_examples=100, deadline=None, derandomize=True)
@given(
    st.lists(st.tuples(some_patterns, st.booleans()), min_size=1, max_size=3, unique_by=lambda each: each[0].removeprefix("/")),
    st.sampled_from(["", "a", "a/", "!b"]),
)
def test_the_unsigned_ways_are_all_that_trying_finds(behaviors: Any, prefix: str) -> None:
    made = config(
        behavior("o", signed=True),
        *(behavior("o", pattern, signed=signed) for pattern, signed in behaviors),
        origins=[origin("o", "press")],
    )
    found = unsigned_ways(made, "press", prefix)
    for way in found:
        assert re.match(re.escape(f"/{prefix}"), unquote(way.path))
        assert pattern_of(behavior_for(made, way.path)) == way.pattern
        assert way.needs_signature is False
    tails = ["".join(tail) for length in range(4) for tail in itertools.product("ab/!x.", repeat=length)]
    begins = _encoded(prefix) if prefix else {"/"}
    tried = [
        begin + tail for begin in begins for tail in tails if not patterns.has_dot_segments(begin + tail) and begin + tail != "/"
    ]
    signed = dict(behaviors)
    compiled = [patterns.Pattern(pattern) for pattern, _ in behaviors]
    met = {
        next((b for b, one in zip(behaviors, compiled, strict=True) if one.fits(patterns.normalized(path))), ("*", True))[0]
        for path in tried
    }
    assert {pattern for pattern in met if not signed.get(pattern, True)} <= set(patterns_of(found))
