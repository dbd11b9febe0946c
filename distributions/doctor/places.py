"""Which distributions have origins over the same part of a bucket: told without comparing each with each."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Mapping
from typing import Any

from distributions.configuration.lasting import behaviors_of
from distributions.configuration.origins import behavior_needs_signature, origins_of, s3_place

Config = Mapping[str, Any]


class Places:
    """By bucket, the prefixes of all origins, each with the distributions (by primary key) that have it."""

    def __init__(self, configs: Iterable[tuple[int, Config]] = ()) -> None:
        self._by_prefix: dict[str, dict[str, list[int]]] = {}
        self._sorted: dict[str, list[str]] = {}
        # Those with a behavior that asks for no signature: only they open what is private.
        self.unsigned: set[int] = set()
        for pk, config in configs:
            self.add(pk, config)

    def add(self, pk: int, config: Config) -> None:
        if config.get("Enabled") is False:
            return
        if any(not behavior_needs_signature(each) for each in behaviors_of(dict(config))):
            self.unsigned.add(pk)
        for origin in origins_of(config):
            place = s3_place(origin)
            if place is None:
                continue
            prefix = f"{place.path.strip('/')}/" if place.path.strip("/") else ""
            prefixes = self._by_prefix.setdefault(place.bucket, {})
            if prefix not in prefixes:
                insort(self._sorted.setdefault(place.bucket, []), prefix)
            known = prefixes.setdefault(prefix, [])
            if not known or known[-1] != pk:
                known.append(pk)

    def over(self, bucket: str, prefix: str, *, but: int) -> list[int]:
        """Distributions other than `but` with an origin that shows something under the prefix; the unsigned ones first."""
        prefixes, ordered = self._by_prefix.get(bucket, {}), self._sorted.get(bucket, [])
        above = [prefix[:end] for end in range(len(prefix)) if end == 0 or prefix[end - 1] == "/"]
        found = [pk for each in above for pk in prefixes.get(each, ())]
        start = bisect_left(ordered, prefix)
        while start < len(ordered) and ordered[start].startswith(prefix):
            found += prefixes[ordered[start]]
            start += 1
        others = [pk for pk in dict.fromkeys(found) if pk != but]
        return sorted(others, key=lambda pk: pk not in self.unsigned)
