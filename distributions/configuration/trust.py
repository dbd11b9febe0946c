"""Whose signatures each behavior trusts, and which paths a change opens to everybody.

Sources: CloudFront API Reference, "CacheBehavior", "StreamingDistributionConfig"; Developer Guide, "Specify signers that
can create signed URLs and signed cookies", "Cache behavior settings" (the first pattern that fits answers).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from distributions.configuration.fields import Config, items_of
from distributions.configuration.lasting import behaviors_of, meet, pattern_of


@dataclass(frozen=True)
class Trust:
    """One behavior. `pattern` is "*" for the default one; `key_groups` are AWS's ids, `signers` account ids or "self"."""

    pattern: str
    is_default: bool
    key_groups: tuple[str, ...]
    signers: tuple[str, ...]
    is_signed: bool

    @property
    def where(self) -> str:
        return under(self.pattern)

    @property
    def ids(self) -> tuple[str, ...]:
        return (*self.key_groups, *self.signers)


@dataclass(frozen=True)
class Opening:
    """Paths that needed a signature before a change and need none after it."""

    paths: str
    sentence: str


def is_signed(behavior: Mapping[str, Any]) -> bool:
    return any((behavior.get(name) or {}).get("Enabled") for name in ("TrustedKeyGroups", "TrustedSigners"))


def trusts_of(config: Config) -> list[Trust]:
    """In the order in which CloudFront asks them, the default one last. A legacy streaming distribution is one whole."""
    behaviors = behaviors_of(config) or ([config] if "TrustedSigners" in config else [])
    return [
        Trust(
            pattern=pattern_of(each),
            is_default="PathPattern" not in each,
            key_groups=tuple(items_of(each.get("TrustedKeyGroups") or {})),
            signers=tuple(items_of(each.get("TrustedSigners") or {})),
            is_signed=is_signed(each),
        )
        for each in behaviors
    ]


def under(pattern: str) -> str:
    return "under this distribution" if pattern == "*" else f"under {pattern}"


# A distribution has at most 76 patterns, each of which is held against each, before and after.
@lru_cache(maxsize=32_768)
def covers(one: str, other: str) -> bool:
    """Whether all that fits `other` fits `one`. False where that is not plain from how the two are written."""
    one, other = one.removeprefix("/"), other.removeprefix("/")
    begins = one.partition("*")[0].partition("?")[0]
    if not other.startswith(begins):
        return False
    # row[j]: whether what was read of `one` takes the first j characters of `other`, whose own wildcards count as such.
    row = [True, *([False] * len(other))]
    for left in one:
        following = [row[0] and left == "*"]
        for j, right in enumerate(other):
            alike = right != "*" and left in (right, "?")
            following.append(row[j + 1] or following[j] if left == "*" else row[j] and alike)
        row = following
    return row[-1]


def openings(before: Config, after: Config) -> list[Opening]:
    """What the change makes public, each once: none is missed; where patterns overlap oddly, one too many may be named.

    A path is opened where the first behavior that it fits asked for a signature before, and the first one after asks for
    none. So each such pair whose patterns meet is named, unless an earlier behavior takes all of it on either side.
    """
    olds, news = trusts_of(before), trusts_of(after)
    if [(each.pattern, each.is_signed) for each in olds] == [(each.pattern, each.is_signed) for each in news]:
        return []
    names = [{each.pattern for each in side} for side in (olds, news)]
    found: dict[str, Opening] = {}
    for i, old in enumerate(olds):
        for j, new in enumerate(news):
            if not old.is_signed or new.is_signed or not meet(old.pattern, new.pattern):
                continue
            kept = any(each.is_signed and _takes(each, old, new) for each in news[:j])
            was_open = any(not each.is_signed and _takes(each, old, new) for each in olds[:i])
            if not kept and not was_open:
                opening = _opening(old.pattern, new.pattern, moved=new.pattern in names[0] and old.pattern in names[1])
                found.setdefault(opening.sentence, opening)
    return list(found.values())


def _takes(earlier: Trust, one: Trust, other: Trust) -> bool:
    return covers(earlier.pattern, one.pattern) or covers(earlier.pattern, other.pattern)


def _opening(closed: str, opened: str, *, moved: bool) -> Opening:
    narrower = opened if covers(closed, opened) else closed if covers(opened, closed) else ""
    if narrower:
        return Opening(narrower, f"Anyone who knows an address can open what lies {under(narrower)}, without a signature.")
    answers = f"{opened} stands first now" if moved else f"{opened} answers it now"
    return Opening(f"{opened} and {closed}", f"What fits both {opened} and {closed} can be opened without a signature: {answers}.")
