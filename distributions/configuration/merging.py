"""Three configurations: as last seen, theirs and mine. What nobody else touched follows who touched it; the rest is chosen."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cdnadmin.errors import InvalidInput
from distributions.configuration.differences import differing_paths, summary
from distributions.configuration.fields import MISSING, Config, fields_of, is_set, items_of, join, members, split_path
from distributions.configuration.taking import take, take_element
from distributions.configuration.together import Atom, atoms_of
from distributions.configuration.words import is_element, is_secret, label_of, named, section_of, set_in_words, value_in_words

__all__ = ["ThreeWay", "join", "merge", "three_way"]

MINE, THEIRS, SAME, CONFLICT = "mine", "theirs", "same", "conflict"
Sides = tuple[Mapping[str, Any], Mapping[str, Any], Mapping[str, Any]]


@dataclass(frozen=True)
class ThreeWay:
    """One field that somebody touched. `state`: mine or theirs (only one side did), same (both, alike), conflict.

    A set that both sides changed is told string by string ("Aliases[www.example.org]"): there one side did each.
    """

    path: str
    section: str
    label: str
    base_words: str
    theirs_words: str
    mine_words: str
    state: str


def three_way(base: Config, theirs: Config, mine: Config, *, names: Mapping[str, str] | None = None) -> list[ThreeWay]:
    """Every field that one or both sides changed since `base`."""
    sides = fields_of(base), fields_of(theirs), fields_of(mine)
    rows = []
    for path, state in _states(base, theirs, mine, sides).items():
        words = _secret_words(path, sides) if is_secret(path) else [_words(path, side, sides[0], names) for side in sides]
        rows.append(ThreeWay(path, section_of(path), label_of(path), words[0], words[1], words[2], state))
    return rows


def _secret_words(path: str, sides: Sides) -> list[str]:
    base = sides[0].get(path, MISSING)
    values = [side.get(path, MISSING) for side in sides]
    return ["" if value is MISSING else "set" if value == base or base is MISSING else "changed" for value in values]


def _words(path: str, fields: Mapping[str, Any], base: Mapping[str, Any], names: Mapping[str, str] | None) -> str:
    value = fields.get(path, MISSING)
    if is_element(path):
        whole, element = _set_and_element(path)
        return named(element, names) if element in members(fields.get(whole)) else "not there"
    if path.endswith("]"):
        return summary(path, fields, names) if value is not MISSING else "not there"
    if is_set(path, value, base.get(path, MISSING)):
        return set_in_words(path, value, base.get(path, MISSING), names)
    return value_in_words(path, value, names)


def _set_and_element(path: str) -> tuple[str, str]:
    parts = split_path(path)
    return join(parts[:-1]), parts[-1][1:-1]


def _states(base: Config, theirs: Config, mine: Config, sides: Sides) -> dict[str, str]:
    by_them, by_me, apart = differing_paths(base, theirs), differing_paths(base, mine), differing_paths(theirs, mine)
    states: dict[str, str] = {}
    for path in [*by_them, *(path for path in by_me if path not in by_them)]:
        both = path in by_them and path in by_me
        states[path] = (SAME if path not in apart else CONFLICT) if both else THEIRS if path in by_them else MINE
        if both and path.endswith("]"):
            # Both added it, each in its own way: its fields are decided, not the whole.
            states.update(dict.fromkeys((inner for inner in apart if inner.startswith((f"{path}.", f"{path}["))), CONFLICT))
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
    return _by_element(states, sides)


def _bind(states: dict[str, str]) -> None:
    """Where both sides touched what only makes sense together, it is one conflict."""
    atoms = atoms_of(states)
    found: dict[Atom, set[str]] = {}
    for path, state in states.items():
        found.setdefault(atoms[path], set()).add(state)
    for path in states:
        if len(found[atoms[path]] - {SAME}) > 1:
            states[path] = CONFLICT


def _whole_of(path: str, states: Mapping[str, str]) -> str:
    parts = split_path(path)
    for length in range(2, len(parts)):
        head = join(parts[:length])
        if head != path and head.endswith("]") and head in states:
            return head
    return ""


def _by_element(states: dict[str, str], sides: Sides) -> dict[str, str]:
    """A set that both sides changed, string by string: nobody's word is lost by choosing the other's."""
    atoms = atoms_of(states)
    alone = [atoms[path] for path in states]
    found: dict[str, str] = {}
    for path, state in states.items():
        values = [side.get(path, MISSING) for side in sides]
        split = state == CONFLICT and alone.count(atoms[path]) == 1 and atoms[path][1] == (split_path(path)[-1],)
        if split and is_set(path, *values) and _can_split(path, values):
            found.update(_elements(path, values))
        else:
            found[path] = state
    return found


def _can_split(path: str, values: list[Any]) -> bool:
    base, theirs, mine = (set(members(value)) for value in values)
    joined = {each for each in base | theirs | mine if each in (theirs if (each in base) == (each in mine) else mine)}
    if any(each == "*" or "[" in each or "]" in each for each in base | theirs | mine):
        # Not every string can stand in a path; "*" means all others.
        return False
    # A list that is switched on must hold something: who is trusted, which countries.
    return bool(joined) or not path.endswith(".Items")


def _elements(path: str, values: list[Any]) -> dict[str, str]:
    base, theirs, mine = (members(value) for value in values)
    found = {}
    for each in sorted({*base, *theirs, *mine}):
        by_them, by_me = (each in base) != (each in theirs), (each in base) != (each in mine)
        if by_them or by_me:
            found[f"{path}[{each}]"] = SAME if by_them and by_me else THEIRS if by_them else MINE
    return found


def merge(base: Config, theirs: Config, mine: Config, *, choices: Mapping[str, str]) -> Config:
    """Theirs, with what I changed and what was chosen as mine. `choices`: path → "mine" or "theirs".

    Raises InvalidInput (its field is the path) for a field that both changed and nobody decided.
    """
    states = _states(base, theirs, mine, (fields_of(base), fields_of(theirs), fields_of(mine)))
    atoms = atoms_of(states)
    taken: list[str] = []
    left: list[str] = []
    decided: dict[Atom, str] = {}
    for path, state in states.items():
        choice = choices.get(path, "")
        if state == CONFLICT and choice not in {MINE, THEIRS}:
            raise InvalidInput(f"Choose for “{label_of(path)}”: both of you changed it.", field=path)
        if state == SAME:
            continue
        choice = choice or (MINE if state == MINE else THEIRS)
        if decided.setdefault(atoms[path], choice) != choice:
            raise InvalidInput(f"“{label_of(path)}” goes with its neighbours: choose one side for all of them.", field=path)
        (taken if choice == MINE else left).append(path)
    merged = copy.deepcopy(theirs)
    for path in taken:
        if is_element(path):
            whole, element = _set_and_element(path)
            take_element(merged, split_path(whole), element, element in members(fields_of(mine).get(whole)))
            continue
        _take_atom(merged, mine, atoms[path])
    for path in left:
        # A structure that they dropped and that came back with a field of mine has none of what they took out of it.
        if not is_element(path):
            _take_atom(merged, theirs, atoms[path])
    _order(merged, theirs, mine, "CacheBehaviors.order" in taken)
    return merged


def _take_atom(merged: Config, side: Config, atom: Atom) -> None:
    where, names = atom
    for name in names:
        take(merged, side, [*split_path(where), *split_path(name)])


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
