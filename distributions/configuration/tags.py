"""Tags, which stand beside a configuration and are changed by key: two people who change two of them both keep theirs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Tags = Mapping[str, str]


@dataclass(frozen=True)
class MergedTags:
    """`overwritten`: what others had made of keys that this change was about, "" where they had taken it out."""

    tags: dict[str, str]
    overwritten: dict[str, str]


def merge_tags(base: Tags, theirs: Tags, mine: Tags) -> MergedTags:
    """What `mine` changed since `base`, done to `theirs`. AWS's own (aws:…) stay as AWS has them."""
    changed = [key for key in {**base, **mine} if base.get(key) != mine.get(key) and not key.startswith("aws:")]
    tags = dict(theirs)
    overwritten = {}
    for key in changed:
        if theirs.get(key) not in {base.get(key), mine.get(key)}:
            overwritten[key] = theirs.get(key, "")
        if key in mine:
            tags[key] = mine[key]
        else:
            tags.pop(key, None)
    return MergedTags(tags, overwritten)
