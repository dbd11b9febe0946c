"""How long copies at the edges outlive a change, by the caching of the behaviors that fetched them.

Sources: Developer Guide, "Manage how long content stays in the cache (expiration)", "Use managed cache policies".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from distributions.configuration.fields import DEFAULTS, Config, items_of

Behavior = Mapping[str, Any]

# Seconds that AWS's managed cache policies keep a copy: usually (the origin says nothing of it), and at most.
_MANAGED = {
    "658327ea-f89d-4fab-a63d-7e88639e58f6": (86_400, 31_536_000),  # CachingOptimized
    "b2884449-e4de-46a7-ac36-70bc7f1ddd6d": (86_400, 31_536_000),  # CachingOptimizedForUncompressedObjects
    "4135ea2d-6df8-44a3-9df3-4b5a84be39ad": (0, 0),  # CachingDisabled
    "08627262-05a9-4f76-9ded-b50ca2e3a84f": (86_400, 31_536_000),  # Elemental-MediaPackage
    "2e54312d-136d-493c-8eb9-b001f22f67d2": (2, 600),  # Amplify
    "83da9c7e-98b4-4e11-a168-04f0df8e2c65": (0, 31_536_000),  # UseOriginCacheControlHeaders
    "4cc15a8a-d715-48a4-82b8-cc0b614638fe": (0, 31_536_000),  # UseOriginCacheControlHeaders-QueryStrings
}


def behaviors_of(config: Config) -> list[Behavior]:
    """In the order in which CloudFront asks them; the default one is the last."""
    default = config.get("DefaultCacheBehavior")
    return [*items_of(config.get("CacheBehaviors") or {}), *([default] if default else [])]


def behaviors_at(config: Config, target: str) -> list[Behavior]:
    """Those that fetch from the origin or origin group with this id, also through a group."""
    groups = items_of(config.get("OriginGroups") or {})
    through = {group["Id"] for group in groups if target in {each["OriginId"] for each in items_of(group["Members"])}}
    return [each for each in behaviors_of(config) if each.get("TargetOriginId") in {target, *through}]


def _seconds(behavior: Behavior) -> tuple[int, int] | None:
    """Usual and most; None for a policy of the account's own, whose times are not in the configuration."""
    if behavior.get("CachePolicyId"):
        return _MANAGED.get(behavior["CachePolicyId"])
    least = behavior.get("MinTTL", 0)
    usual = max(least, behavior.get("DefaultTTL", DEFAULTS["DefaultTTL"]))
    return usual, max(usual, behavior.get("MaxTTL", DEFAULTS["MaxTTL"]))


def stay(behaviors: Sequence[Behavior]) -> str:
    """ "stay up to 24 h", as the end of a sentence about copies; "" where nothing is kept."""
    times = [_seconds(each) for each in behaviors]
    known = [each for each in times if each is not None]
    if len(known) < len(times):
        return "stay as long as the cache policy and the origin say"
    usual, most = max((each[0] for each in known), default=0), max((each[1] for each in known), default=0)
    if not most:
        return ""
    if most <= usual:
        return f"stay up to {in_short(usual)}"
    if not usual:
        return f"stay as long as the origin’s Cache-Control says, {in_short(most)} at most"
    return f"stay up to {in_short(usual)}, or as long as the origin’s Cache-Control says, {in_short(most)} at most"


def in_short(seconds: int) -> str:
    """ "24 h", "365 days", "10 min", "5 s"; more than an hour and uneven is "about 5 h"."""
    if seconds >= 172_800 and seconds % 86_400 == 0:
        return f"{seconds // 86_400} days"
    if seconds >= 3_600:
        return f"{'' if seconds % 3_600 == 0 else 'about '}{round(seconds / 3_600)} h"
    return f"{seconds // 60} min" if seconds >= 120 and seconds % 60 == 0 else f"{seconds} s"


def pattern_of(behavior: Behavior) -> str:
    return str(behavior.get("PathPattern", "*"))


def meet(one: str, other: str) -> bool:
    """Whether some path fits both patterns: `*` is any run of characters, `?` one; a slash at the front may be left out.

    Source: API Reference, "CacheBehavior", PathPattern.
    """
    one, other = one.removeprefix("/"), other.removeprefix("/")
    # row[j]: whether some text fits what was read of `one` and the first j characters of `other`.
    row = [True]
    for right in other:
        row.append(row[-1] and right == "*")
    for left in one:
        following = [row[0] and left == "*"]
        for j, right in enumerate(other):
            alike = left == right or "?" in (left, right)
            following.append(row[j + 1] or following[j] if "*" in (left, right) else row[j] and alike)
        row = following
    return row[-1]
