"""Which links a change ends: signatures by keys that a behavior trusts no longer.

A signature names its key, and only that key's holder can make it: one that ends is never made good by another key.
Source: CloudFront Developer Guide, "Specify signers that can create signed URLs and signed cookies".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from distributions.configuration.fields import Config
from distributions.configuration.lasting import meet
from distributions.configuration.tone import Consequence, error, info, warning
from distributions.configuration.trust import Trust, covers, trusts_of


@dataclass(frozen=True)
class Links:
    """`count` signatures handed out here by one key for one path (wildcards as in a policy); the last ends at `last`."""

    key_id: str
    path: str
    count: int
    last: datetime


Keys = Mapping[str, tuple[str, ...]]


def ending_links(
    before: Config, after: Config, *, keys: Keys, names: Mapping[str, str], links: Callable[[], Iterable[Links]]
) -> list[Consequence]:
    """Said per behavior that still asks for signatures after the change; what asks for none any more ends no link.

    `keys`: key ids by key group or account, as AWS or the rows here name them; one that is missing is not known.
    `names`: what key groups and keys are called. `links` is asked once something ends.
    """
    olds, news = trusts_of(before), trusts_of(after)
    found: list[Consequence] = []
    handed: list[Links] | None = None
    for place, old in enumerate(olds):
        new = _successor(old, news)
        if not old.is_signed or new is None or not new.is_signed:
            continue
        groups = [id for id in old.key_groups if id not in new.key_groups]
        signers = [id for id in old.signers if id not in new.signers]
        if not groups and not signers:
            continue
        handed = list(links()) if handed is None else handed
        here = [each for each in handed if _reaches(each.path, olds, place)]
        kept = {key for id in new.ids for key in keys.get(id, ())}
        for group in groups:
            found.append(_group_off(old, group, keys, kept, names, here))
        if signers:
            found.append(_signers_off(old, signers, keys, kept, here))
    return found


def _successor(old: Trust, news: list[Trust]) -> Trust | None:
    """Who answers for it after: the behavior of the same pattern, or else the first that takes all of it."""
    same = (each for each in news if each.pattern.removeprefix("/") == old.pattern.removeprefix("/"))
    return next(same, None) or next((each for each in news if covers(each.pattern, old.pattern)), None)


def _reaches(path: str, trusts: list[Trust], place: int) -> bool:
    """Whether something of `path` is answered by the behavior at `place`."""
    if not meet(trusts[place].pattern, path):
        return False
    return not any(covers(each.pattern, path) for each in trusts[:place])


def _group_off(old: Trust, group: str, keys: Keys, kept: set[str], names: Mapping[str, str], here: list[Links]) -> Consequence:
    name = names.get(group, group)
    if group not in keys:
        return warning(f"Signatures by the keys of the key group “{name}” end {old.where}. Which those are is not known here.")
    lost = [key for key in keys[group] if key not in kept]
    if not lost:
        return info(f"The key group “{name}” goes {old.where}, and no link ends: it has no key that is not trusted otherwise.")
    named = _listed([f"{names[key]} ({key})" if key in names else key for key in lost])
    ends = [each for each in here if each.key_id in lost]
    said = f"Signatures by {named}, of the key group “{name}”, end {old.where}. {_counted(ends)}"
    return (error if ends else warning)(f"{said} None can be signed again by another key: each link has to be made anew.")


def _signers_off(old: Trust, signers: list[str], keys: Keys, kept: set[str], here: list[Links]) -> Consequence:
    accounts = _listed(["this account (self)" if id == "self" else f"the account {id}" for id in signers])
    pairs = [key for id in signers for key in keys.get(id, ()) if key not in kept]
    trusted = {key for id in old.ids for key in keys.get(id, ())}
    unknown = any(id not in keys for id in signers)
    # A key of whom nothing is known may be one of theirs.
    ends = [each for each in here if each.key_id in pairs or (each.key_id not in trusted and each.key_id not in kept)]
    if pairs:
        by = f"Signatures by the key pair{'s' if len(pairs) > 1 else ''} {_listed(pairs)} of {accounts} end {old.where}."
    elif unknown:
        by = f"Every signature by key pairs of {accounts} ends {old.where}; which pairs those are AWS was not asked yet."
    else:
        by = f"Signatures by {accounts} are not trusted {old.where} any more. AWS names no active key pair: none works now either."
    if not pairs and not unknown and not ends:
        return info(by)
    said = f"{by} {_counted(ends)} Links that were signed elsewhere are not known here, and end as well."
    return (error if ends else warning)(f"{said} None can be signed again by another key: each has to be made anew.")


def _counted(ends: list[Links]) -> str:
    count = sum(each.count for each in ends)
    if not count:
        return "No link that was handed out here and is still valid ends with it."
    last = max(each.last for each in ends)
    many = "1 link that was handed out here and is still valid ends" if count == 1 else f"{count:,} valid links of here end"
    return f"{many} with it; the last would have opened until {last:%-d %B %Y, %H:%M} UTC."


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
