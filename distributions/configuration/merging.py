"""Three configurations: as last seen, theirs and mine. What nobody else touched follows who touched it; the rest is chosen."""

from __future__ import annotations

import copy
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from cdnadmin.errors import InvalidInput
from distributions.configuration.differences import differing_paths, summary
from distributions.configuration.fields import IDENTITY, MISSING, Config, fields_of, items_of, split_path
from distributions.configuration.words import is_secret, label_of, section_of, value_in_words

MINE, THEIRS, SAME, CONFLICT = "mine", "theirs", "same", "conflict"

# What only makes sense together: half of one side and half of the other is what CloudFront refuses, or worse, takes.
_TOGETHER = (
    ("ViewerCertificate",),
    ("Logging",),
    ("GeoRestriction",),
    ("AllowedMethods",),
    ("TrustedKeyGroups",),
    ("TrustedSigners",),
    ("CachePolicyId", "ForwardedValues", "MinTTL", "DefaultTTL", "MaxTTL"),
)


@dataclass(frozen=True)
class ThreeWay:
    """One field that somebody touched. `state`: mine or theirs (only one side did), same (both, alike), conflict."""

    path: str
    section: str
    label: str
    base_words: str
    theirs_words: str
    mine_words: str
    state: str


def three_way(base: Config, theirs: Config, mine: Config, *, names: Mapping[str, str] | None = None) -> list[ThreeWay]:
    """Every field that one or both sides changed since `base`."""
    states = _states(base, theirs, mine)
    views = [fields_of(config) for config in (base, theirs, mine)]
    rows = []
    for path, state in states.items():
        if is_secret(path):
            words = ["set", "changed" if state != MINE else "set", "changed" if state != THEIRS else "set"]
        else:
            words = [_words(path, view, names) for view in views]
            if path.endswith("]") and state == CONFLICT:
                # Two items of one name: what tells them apart is said, too.
                for at, (view, other) in enumerate(((theirs, mine), (mine, theirs)), start=1):
                    words[at] = "; ".join([words[at], *_particulars(path, view, other, names)])
        rows.append(ThreeWay(path, section_of(path), label_of(path), words[0], words[1], words[2], state))
    return rows


def _particulars(whole: str, config: Config, other: Config, names: Mapping[str, str] | None) -> list[str]:
    inside = _inside(whole, differing_paths(other, config))
    fields = fields_of(config)
    return [f"{label_of(path)}: {value_in_words(path, fields.get(path, MISSING), names) or 'nothing'}" for path in inside]


def _words(path: str, fields: Mapping[str, Any], names: Mapping[str, str] | None) -> str:
    value = fields.get(path, MISSING)
    if path.endswith("]"):
        return summary(path, fields, names) if value is not MISSING else "not there"
    return value_in_words(path, value, names)


def _states(base: Config, theirs: Config, mine: Config) -> dict[str, str]:
    by_them, by_me, apart = differing_paths(base, theirs), differing_paths(base, mine), differing_paths(theirs, mine)
    states: dict[str, str] = {}
    for path in [*by_them, *(path for path in by_me if path not in by_them)]:
        both = path in by_them and path in by_me
        # Both added an item: it is the same only where nothing inside differs either.
        alike = path not in apart and not (path.endswith("]") and _inside(path, apart))
        states[path] = (SAME if alike else CONFLICT) if both else THEIRS if path in by_them else MINE
    _bind(states)
    for path in list(states):
        # An item that one side took away and the other changed inside: one decision, about the item.
        whole = _whole_of(path, states)
        if whole and states[whole] in {MINE, THEIRS} and states[path] not in {states[whole], SAME}:
            states[whole] = CONFLICT
    for path in list(states):
        whole = _whole_of(path, states)
        if whole and states[whole] == CONFLICT:
            del states[path]
    return states


def _inside(whole: str, paths: Iterable[str]) -> list[str]:
    """The fields of an item, and what stands within them."""
    return [path for path in paths if path.startswith((f"{whole}.", f"{whole}["))]


def _atom(path: str) -> tuple[str, tuple[str, ...]]:
    """Where the field stands, and the names that are decided with it: those of `_TOGETHER`, else its own."""
    parts = split_path(path)
    for index, part in enumerate(parts):
        for names in _TOGETHER:
            if part in names:
                return join(parts[:index]), names
    return join(parts[:-1]), (parts[-1],)


def _bind(states: dict[str, str]) -> None:
    """Where both sides touched what only makes sense together, it is one conflict."""
    atoms: dict[tuple[str, tuple[str, ...]], set[str]] = {}
    for path, state in states.items():
        atoms.setdefault(_atom(path), set()).add(state)
    for path in states:
        if len(atoms[_atom(path)] - {SAME}) > 1:
            states[path] = CONFLICT


def _whole_of(path: str, states: Mapping[str, str]) -> str:
    parts = split_path(path)
    for length in range(2, len(parts)):
        head = join(parts[:length])
        if head != path and head.endswith("]") and head in states:
            return head
    return ""


def join(parts: Collection[str]) -> str:
    """The inverse of `split_path`."""
    path = ""
    for part in parts:
        path += part if part.startswith("[") or not path else f".{part}"
    return path


def merge(base: Config, theirs: Config, mine: Config, *, choices: Mapping[str, str]) -> Config:
    """Theirs, with what I changed and what was chosen as mine. `choices`: path → "mine" or "theirs".

    Raises InvalidInput (its field is the path) for a field that both changed and nobody decided.
    """
    taken: list[str] = []
    decided: dict[tuple[str, tuple[str, ...]], str] = {}
    for path, state in _states(base, theirs, mine).items():
        choice = choices.get(path, "")
        if state == CONFLICT and choice not in {MINE, THEIRS}:
            raise InvalidInput(f"Choose for “{label_of(path)}”: both of you changed it.", field=path)
        choice = choice or (MINE if state == MINE else THEIRS)
        if state != SAME and decided.setdefault(_atom(path), choice) != choice:
            raise InvalidInput(f"“{label_of(path)}” goes with its neighbours: choose one side for all of them.", field=path)
        if choice == MINE:
            taken.append(path)
    merged = copy.deepcopy(theirs)
    for path in taken:
        where, names = _atom(path)
        for name in names:
            _take(merged, mine, [*split_path(where), name])
    _order(merged, theirs, mine, "CacheBehaviors.order" in taken)
    return merged


def _take(target: Any, source: Any, parts: list[str]) -> None:
    """Make what stands at the path in `target` as it is in `source`."""
    name, rest = parts[0], parts[1:]
    if name == "order" and not rest:
        return
    if rest and rest[0].startswith("["):
        _take_item(target, source, name, rest[0][1:-1], rest[1:])
    elif not rest:
        if isinstance(source, Mapping) and name in source:
            target[name] = copy.deepcopy(source[name])
        else:
            target.pop(name, None)
        if name == "Items":
            target["Quantity"] = len(target.get("Items", []))
    else:
        if not isinstance(source, Mapping) or name not in source:
            target.pop(name, None)
            return
        inner = target.get(name)
        if not isinstance(inner, dict):
            target[name] = copy.deepcopy(source[name])
            return
        _take(inner, source[name], rest)


def _take_item(target: Any, source: Any, name: str, key: str, rest: list[str]) -> None:
    identity = IDENTITY[name]
    theirs = items_of(target.get(name) or {})
    mine = items_of((source or {}).get(name) or {})
    at = next((index for index, item in enumerate(theirs) if str(item[identity]) == key), None)
    wanted = next((item for item in mine if str(item[identity]) == key), None)
    if rest:
        if at is not None and wanted is not None:
            _take(theirs[at], wanted, rest)
    elif wanted is None:
        if at is not None:
            del theirs[at]
    elif at is None:
        theirs.append(copy.deepcopy(wanted))
    else:
        theirs[at] = copy.deepcopy(wanted)
    target[name] = {"Quantity": len(theirs), **({"Items": theirs} if theirs else {})}


def _order(merged: Config, theirs: Config, mine: Config, by_mine: bool) -> None:
    """Behaviors in the order of who decided it; one of the other side stands after what preceded it there."""
    behaviors = items_of(merged.get("CacheBehaviors") or {})
    if not behaviors:
        return
    lead, other = (mine, theirs) if by_mine else (theirs, mine)
    order = [item["PathPattern"] for item in items_of(lead.get("CacheBehaviors") or {})]
    second = [item["PathPattern"] for item in items_of(other.get("CacheBehaviors") or {})]
    for index, pattern in enumerate(second):
        if pattern not in order:
            before = [each for each in second[:index] if each in order]
            order.insert(order.index(before[-1]) + 1 if before else 0, pattern)
    behaviors.sort(key=lambda item: order.index(item["PathPattern"]))
    merged["CacheBehaviors"]["Items"] = behaviors
