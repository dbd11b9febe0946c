"""One field of a configuration put into another as it is there; `Quantity` stays right, what is not named stays as it was."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

from distributions.configuration.fields import IDENTITY, items_of

# Fields by which differences are told, and which stand in no configuration.
_TOLD_ONLY = {"order", "kind"}


def take(target: Any, source: Any, parts: Sequence[str]) -> None:
    """Make what stands at the path in `target` as it is in `source`, there or not there."""
    name, rest = parts[0], list(parts[1:])
    if not rest and name in _TOLD_ONLY:
        return
    theirs = source if isinstance(source, Mapping) else {}
    if rest and rest[0].startswith("["):
        _take_item(target, theirs, name, rest[0][1:-1], rest[1:])
    elif not rest:
        if name in theirs:
            target[name] = copy.deepcopy(theirs[name])
        else:
            target.pop(name, None)
        if name == "Items":
            target["Quantity"] = len(target.get("Items", []))
    elif isinstance(target.get(name), dict):
        take(target[name], theirs.get(name), rest)
        if name not in theirs and not set(target[name]) - {"Quantity"}:
            del target[name]
    elif name in theirs:
        target[name] = copy.deepcopy(theirs[name])


def _take_item(target: Any, source: Mapping[str, Any], name: str, key: str, rest: list[str]) -> None:
    identity = IDENTITY[name]
    there = items_of(target.get(name) or {})
    at = next((index for index, item in enumerate(there) if str(item[identity]) == key), None)
    wanted = next((item for item in items_of(source.get(name) or {}) if str(item[identity]) == key), None)
    if rest:
        if at is not None and wanted is not None:
            take(there[at], wanted, rest)
    elif wanted is None:
        if at is not None:
            del there[at]
    elif at is None:
        there.append(copy.deepcopy(wanted))
    else:
        there[at] = copy.deepcopy(wanted)
    _put(target, name, there)


def take_element(target: Any, parts: Sequence[str], element: str, wanted: bool) -> None:
    """Have the set of strings at the path hold `element`, or not."""
    for place, part in enumerate(parts[:-1]):
        if part.startswith("["):
            identity = IDENTITY[parts[place - 1]]
            target = next(item for item in items_of(target) if str(item[identity]) == part[1:-1])
        else:
            target = target.setdefault(part, {})
    name = parts[-1]
    there = items_of(target if name == "Items" else target.get(name) or {})
    new = int(element) if name == "StatusCodes" else element
    left = [each for each in there if str(each) != element] + ([new] if wanted else [])
    if name == "Items":
        target.pop("Items", None)
        target |= {"Quantity": len(left), **({"Items": left} if left else {})}
    else:
        _put(target, name, left)


def _put(target: Any, name: str, items: list[Any]) -> None:
    kept = {key: value for key, value in (target.get(name) or {}).items() if key not in {"Quantity", "Items"}}
    target[name] = {"Quantity": len(items), **({"Items": items} if items else {}), **kept}
