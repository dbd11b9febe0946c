"""Path patterns of behaviors: what fits them, and whether some path reaches one past all that stand before it.

Source: Amazon CloudFront Developer Guide, "Cache behavior settings", Path pattern: case counts, `*` is any run of
characters, `?` one, a slash at the front may be left out; a path is normalized as in RFC 3986 before it is compared, and
goes to the origin as it came. So what is percent-encoded and reserved there (`%2F`) fits no pattern that spells it out.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property
from string import ascii_letters, digits
from urllib.parse import quote

# Beyond so many states a search is given up: some seconds. Ordinary patterns need a few hundred.
STATES_AT_MOST = 2_000
_UNRESERVED = re.compile(r"[A-Za-z0-9._~-]")
_PLAIN = "/!$&'()*,;=:@~"


class Pattern:
    """A pattern as an automaton over characters: a state is a set of places in it, as the bits of an integer."""

    def __init__(self, text: str) -> None:
        self.text = "/" + text.removeprefix("/")
        self.end = 1 << len(self.text)
        self._places: dict[str, int] = {"*": 0, "?": 0}
        for place, character in enumerate(self.text):
            self._places[character] = self._places.get(character, 0) | 1 << place
        self._stars, self._any = self._places.pop("*"), self._places.pop("?")

    @cached_property
    def start(self) -> int:
        return self._closed(1)

    @cached_property
    def surely(self) -> int:
        """The place from which every text fits: before a star at the end."""
        return self.end >> 1 if self.text.endswith("*") else 0

    def _closed(self, state: int) -> int:
        """A star may stand for nothing."""
        while True:
            wider = state | (state & self._stars) << 1
            if wider == state:
                return state
            state = wider

    def step(self, state: int, text: str) -> int:
        for character in text:
            here = self._places.get(character, 0) | self._any
            state = self._closed((state & here) << 1 | (state & self._stars))
        return state

    def fits(self, path: str) -> bool:
        return bool(self.step(self.start, path) & self.end)


def normalized(path: str) -> str:
    """The path that patterns are compared with (RFC 3986, 6.2.2): unreserved characters decoded, dot segments resolved."""

    def decoded(found: re.Match[str]) -> str:
        character = chr(int(found[1], 16))
        return character if _UNRESERVED.fullmatch(character) else found[0].upper()

    segments = re.sub(r"%([0-9A-Fa-f]{2})", decoded, path).removeprefix("/").split("/")
    kept: list[str] = []
    for place, segment in enumerate(segments):
        if segment in {".", ".."}:
            if segment == "..":
                del kept[-1:]
            if place == len(segments) - 1:
                kept.append("")
        else:
            kept.append(segment)
    return "/" + "/".join(kept)


def has_dot_segments(path: str) -> bool:
    return any(segment in {".", ".."} for segment in path.split("/"))


def plainly(key: str) -> str:
    """A key as a path, as browsers write it. A `+` is encoded, since S3 is known to read it as a space."""
    return quote(key, safe=_PLAIN)


def encodings(key: str) -> list[tuple[str, ...]]:
    """Of each character, all that a viewer may write for it, as CloudFront compares it; the plain one first."""
    found: list[tuple[str, ...]] = []
    for character in key:
        plain, encoded = plainly(character), quote(character, safe="")
        found.append((plain,) if plain == encoded else (plain, encoded))
    return found


def way_past(
    wanted: Pattern, earlier: Sequence[Pattern], begins: Sequence[tuple[str, ...]], *, goes_on: bool, may_end: bool = True
) -> str | None:
    """The shortest path that fits `wanted` and none of `earlier`; None where there is none.

    It is `begins`, of each item one, and with `goes_on` anything after it; nothing only with `may_end`. Where the search
    would take too long, the beginning in its plain form is answered: a way too many is shown rather than one too few.
    """
    patterns = (wanted, *earlier)
    layer: dict[tuple[int, ...], str] = {(0, *(pattern.start for pattern in patterns)): ""}
    for choices in begins:
        following: dict[tuple[int, ...], str] = {}
        for state, path in layer.items():
            for text in choices:
                if (after := _after(state, text, patterns)) is not None:
                    following.setdefault(after, path + text)
        if len(following) > STATES_AT_MOST:
            return "".join(choices[0] for choices in begins)
        layer = following
    if goes_on and (found := _gone_on(layer, patterns)) is not None:
        return found
    return next((path for state, path in layer.items() if may_end and _arrived(state, patterns)), None)


def _gone_on(layer: dict[tuple[int, ...], str], patterns: Sequence[Pattern]) -> str | None:
    named = "".join(pattern.text for pattern in patterns)
    # One character that no pattern names stands for all such; "!" where every letter and digit is named.
    stand_in = next((letter for letter in f"x{ascii_letters}{digits}" if letter not in named), "!")
    alphabet = [stand_in, *sorted(set(named) - {"*", "?", "%", stand_in}, key=lambda each: (not each.isalnum(), each))]
    seen: set[tuple[int, ...]] = set()
    first = next(iter(layer.values()), "")
    while layer:
        following: dict[tuple[int, ...], str] = {}
        for state, path in layer.items():
            for character in alphabet:
                after = _after(state, character, patterns)
                if after is None or after in seen:
                    continue
                seen.add(after)
                following[after] = path + character
                if _arrived(after, patterns):
                    return path + character
        if len(seen) > STATES_AT_MOST:
            return first
        layer = following
    return None


# What was written since the last slash: nothing, one dot, two dots, or anything else. Dot segments would be resolved.
_SEGMENT_BEGINS, _DOT, _DOTS, _OTHER = range(4)


def _after(state: tuple[int, ...], text: str, patterns: Sequence[Pattern]) -> tuple[int, ...] | None:
    """None where no path that begins so can arrive."""
    segment = state[0]
    for character in text:
        if character == "/":
            if segment in {_DOT, _DOTS}:
                return None
            segment = _SEGMENT_BEGINS
        elif character == "." and segment in {_SEGMENT_BEGINS, _DOT}:
            segment += 1
        else:
            segment = _OTHER
    places = tuple(pattern.step(place, text) for pattern, place in zip(patterns, state[1:], strict=True))
    lost = not places[0] or any(place & pattern.surely for pattern, place in zip(patterns[1:], places[1:], strict=True))
    return None if lost else (segment, *places)


def _arrived(state: tuple[int, ...], patterns: Sequence[Pattern]) -> bool:
    if state[0] in {_DOT, _DOTS} or not state[1] & patterns[0].end:
        return False
    return not any(place & pattern.end for pattern, place in zip(patterns[1:], state[2:], strict=True))
