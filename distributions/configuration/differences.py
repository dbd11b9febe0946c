"""What differs between two configurations, field by field, in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from distributions.configuration.fields import MISSING, Config, fields_of, is_default, is_set, members, split_path
from distributions.configuration.words import changes_in_words, is_secret, label_of, section_of, value_in_words

__all__ = ["MISSING", "Config", "Difference", "compare", "differing_paths"]


@dataclass(frozen=True)
class Difference:
    """One field. `kind`: added, removed or changed; `before` and `after` are MISSING where there is nothing.

    Of a set (host names, countries, key groups …) the words are what was taken out and what was put in, and the kind
    says which. Of what may be a secret (`is_secret`) only that it differs is told; its raw values are withheld.
    """

    path: str
    section: str
    label: str
    before: Any = field(repr=False)
    after: Any = field(repr=False)
    before_words: str
    after_words: str
    kind: str
    is_secret: bool = False


def differing_paths(before: Config, after: Config) -> dict[str, tuple[Any, Any]]:
    """Path → what stands there before and after, for all that differs; whole items that came or went are one path."""
    return _differing(fields_of(before), fields_of(after))


def _differing(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    found: dict[str, tuple[Any, Any]] = {}
    whole: set[str] = set()
    for path in [*old, *(path for path in new if path not in old)]:
        before, after = old.get(path, MISSING), new.get(path, MISSING)
        if before == after and type(before) is type(after):
            continue
        if is_default(path, before) and is_default(path, after):
            continue
        if path.endswith("]"):
            whole.add(path)
        found[path] = (before, after)
    return {path: pair for path, pair in found.items() if not _is_told(path, pair, whole, old, new)}


def _is_told(path: str, pair: tuple[Any, Any], whole: set[str], old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Whether an item that came or went as a whole tells of this field already."""
    if any(path != item and path.startswith(item) and path[len(item)] in ".[" for item in whole):
        return True
    if path.endswith(".order"):
        # Only those in both can have changed places.
        before, after = (pair[0] if isinstance(pair[0], tuple) else ()), (pair[1] if isinstance(pair[1], tuple) else ())
        return [each for each in before if each in after] == [each for each in after if each in before]
    return False


def compare(before: Config, after: Config, *, names: Mapping[str, str] | None = None) -> list[Difference]:
    """All that differs, as a page shows it. Empty where both mean the same to CloudFront.

    `names`: what AWS's ids (policies, key groups, controls, functions) are called.
    """
    old, new = fields_of(before), fields_of(after)
    return [_difference(path, pair, old, new, names) for path, pair in _differing(old, new).items()]


def _difference(
    path: str, pair: tuple[Any, Any], old: Mapping[str, Any], new: Mapping[str, Any], names: Mapping[str, str] | None
) -> Difference:
    before, after = pair
    secret = is_secret(path)
    kind = "added" if before is MISSING else "removed" if after is MISSING else "changed"
    if path.endswith("]"):
        before_words = summary(path, old, names) if before is not MISSING else ""
        after_words = summary(path, new, names) if after is not MISSING else ""
    elif secret:
        before_words, after_words = ("set" if before is not MISSING else ""), ("changed" if after is not MISSING else "")
        before, after = MISSING, MISSING
    elif is_set(path, before, after) and set(members(before)) != set(members(after)):
        before_words, after_words = changes_in_words(path, members(before), members(after), names)
        kind = "added" if not before_words else "removed" if not after_words else "changed"
    else:
        before_words, after_words = value_in_words(path, before, names), value_in_words(path, after, names)
    return Difference(path, section_of(path), label_of(path), before, after, before_words, after_words, kind, secret)


_SUMMARIES = {
    "Origins": ("DomainName", "OriginPath"),
    "OriginGroups": ("Members",),
    "CacheBehaviors": ("TargetOriginId", "ViewerProtocolPolicy", "CachePolicyId", "TrustedKeyGroups.Enabled"),
    "CustomErrorResponses": ("ResponsePagePath", "ResponseCode"),
    "FunctionAssociations": ("FunctionARN",),
    "LambdaFunctionAssociations": ("LambdaFunctionARN",),
}


def summary(path: str, fields: Mapping[str, Any], names: Mapping[str, str] | None = None) -> str:
    """An item as a whole, by what matters of it: "media.s3.amazonaws.com, path /press"."""
    parts = split_path(path)
    shown = []
    for name in _SUMMARIES.get(parts[-2], ()):
        value = fields.get(f"{path}.{name}", MISSING)
        if not is_default(f"{path}.{name}", value):
            label = label_of(f"{path}.{name}")
            label = label if label[1:2].isupper() else label[0].lower() + label[1:]
            shown.append(f"{label}: {value_in_words(f'{path}.{name}', value, names)}")
    return ", ".join(shown) or ("set" if parts[-2] == "CustomHeaders" else "there")
