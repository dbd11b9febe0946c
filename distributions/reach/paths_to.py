"""By which paths a distribution shows an object, or anything of a prefix, and whether they ask for a signature.

Whether S3 lets CloudFront have the object is another question (`distributions.reach.s3`). A disabled distribution, and
a streaming distribution of old, show nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from distributions.configuration.fields import items_of
from distributions.configuration.lasting import behaviors_at, behaviors_of, pattern_of
from distributions.configuration.origins import Config, behavior_needs_signature, origins_of, s3_place
from distributions.reach.patterns import Pattern, encodings, has_dot_segments, normalized, plainly, way_past

Behavior = Mapping[str, Any]


@dataclass(frozen=True)
class Way:
    """`path`: what a viewer asks for, percent-encoded; of a prefix, one for example. `pattern`: that of the behavior, "*"
    for the default one. `encoded`: only by encoding what patterns spell out, as `%2F` for a slash.
    """

    path: str
    pattern: str
    needs_signature: bool
    origin_id: str
    encoded: bool = False


def behavior_for(config: Config, path: str) -> Behavior:
    """The behavior that a request for the raw `path` meets: the first whose pattern fits, else the default one."""
    compared = normalized(path)
    special = items_of(config.get("CacheBehaviors") or {})
    found = (behavior for behavior in special if Pattern(behavior["PathPattern"]).fits(compared))
    first: Behavior = next(found, config["DefaultCacheBehavior"])
    return first


def ways_to(config: Config, bucket: str, key: str) -> Iterator[Way]:
    """Every behavior, and a path for it, by which the object is fetched from an origin or as the second of a group."""
    for origin_id, before in _places(config, bucket):
        if not key.startswith(before) or key == before:
            continue
        rest = key[len(before) :]
        plain = f"/{plainly(rest)}"
        root = config.get("DefaultRootObject", "")
        # A viewer who asks for the distribution itself gets the root object by the behavior of "/".
        paths = [plain, *(["/"] if root and root == rest else [])]
        met = [(path, behavior_for(config, path)) for path in paths]
        at_origin = behaviors_at(_plain(config), origin_id)
        seen = []
        for path, behavior in met:
            if behavior in at_origin and behavior not in seen:
                seen.append(behavior)
                yield _way(path, behavior, origin_id)
        if has_dot_segments(plain):
            continue
        begins = [("/",), *encodings(rest)]
        for behavior in at_origin:
            if behavior not in seen and (found := _past(config, behavior, begins, goes_on=False)) is not None:
                yield _way(found, behavior, origin_id, encoded=True)


def unsigned_ways(config: Config, bucket: str, prefix: str) -> list[Way]:
    """By which behaviors objects whose keys begin with `prefix` open without a signature: one way for each behavior and
    origin whose place covers the prefix or lies in it.
    """
    found = []
    for origin_id, before in _places(config, bucket):
        if not before.startswith(prefix) and not prefix.startswith(before):
            continue
        rest = prefix[len(before) :]
        for behavior in behaviors_at(_plain(config), origin_id):
            if not behavior_needs_signature(behavior) and (way := _into(config, behavior, before, rest, origin_id)):
                found.append(way)
    return found


def _into(config: Config, behavior: Behavior, before: str, rest: str, origin_id: str) -> Way | None:
    root = config.get("DefaultRootObject", "")
    # "/" alone is the root object, or the bucket itself: no key that begins with the prefix, but for that of the origin path.
    may_end = bool(rest or (before and not root))
    plain = [("/",), *((plainly(character),) for character in rest)]
    if (path := _past(config, behavior, plain, goes_on=True, may_end=may_end)) is not None:
        return _way(path, behavior, origin_id)
    if (path := _past(config, behavior, [("/",), *encodings(rest)], goes_on=True, may_end=may_end)) is not None:
        return _way(path, behavior, origin_id, encoded=True)
    if root and root.startswith(rest) and behavior_for(config, "/") == behavior:
        return _way("/", behavior, origin_id)
    return None


def _past(
    config: Config, behavior: Behavior, begins: Sequence[tuple[str, ...]], *, goes_on: bool, may_end: bool = True
) -> str | None:
    """A path of that form that meets this very behavior."""
    before: list[Pattern] = []
    for each in behaviors_of(_plain(config)):
        if each == behavior:
            break
        before.append(Pattern(pattern_of(each)))
    return way_past(Pattern(pattern_of(behavior)), before, begins, goes_on=goes_on, may_end=may_end)


def _places(config: Config, bucket: str) -> Iterator[tuple[str, str]]:
    """The origins in this bucket: their ids, and what stands before the part of a key that a path names."""
    if config.get("Enabled") is False or "DefaultCacheBehavior" not in config:
        return
    for origin in origins_of(config):
        place = s3_place(origin)
        if place is not None and place.bucket == bucket:
            path = place.path.strip("/")
            yield origin["Id"], f"{path}/" if path else ""


def _way(path: str, behavior: Behavior, origin_id: str, *, encoded: bool = False) -> Way:
    return Way(path, pattern_of(behavior), behavior_needs_signature(behavior), origin_id, encoded)


def _plain(config: Config) -> dict[str, Any]:
    return dict(config)
