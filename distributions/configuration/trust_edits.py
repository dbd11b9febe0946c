"""Edits of whom one behavior trusts; all else of it stays as it is. `pattern` None: the default behavior."""

from __future__ import annotations

import copy
import re
from collections.abc import Sequence
from typing import Any

from cdnadmin.errors import InvalidInput
from distributions.configuration.behavior_checks import SIGNER
from distributions.configuration.edits import index_of, listed
from distributions.configuration.fields import Config, items_of


def read_signer(typed: str) -> str:
    """ "self", or the 12 digits, which the AWS console shows with hyphens. Raises InvalidInput."""
    signer = re.sub(r"[\s-]", "", typed).lower()
    if not SIGNER.fullmatch(signer):
        raise InvalidInput("Write the account’s 12 digits, as in 1234-5678-9012, or self for this account.", field="signer")
    return signer


def add_key_group(config: Config, *, pattern: str | None, id: str) -> Config:
    changed, behavior = _behavior(config, pattern)
    there = items_of(behavior.get("TrustedKeyGroups") or {})
    if id in there:
        raise InvalidInput("The plan has this key group here already.", field="key_group")
    behavior["TrustedKeyGroups"] = _trusted([*there, id])
    return changed


def remove_key_group(config: Config, *, pattern: str | None, id: str) -> Config:
    return _without(config, pattern, "TrustedKeyGroups", id)


def add_signer(config: Config, *, pattern: str | None, signer: str) -> Config:
    changed, behavior = _behavior(config, pattern)
    there = items_of(behavior.get("TrustedSigners") or {})
    if signer in there:
        raise InvalidInput("The plan has this account here already.", field="signer")
    behavior["TrustedSigners"] = _trusted([*there, signer])
    return changed


def remove_signer(config: Config, *, pattern: str | None, signer: str) -> Config:
    return _without(config, pattern, "TrustedSigners", signer)


def move_to_key_group(config: Config, *, pattern: str | None, id: str) -> Config:
    """The accounts off and the key group on in one change: at no moment is the behavior open to everybody."""
    changed, behavior = _behavior(config, pattern)
    there = items_of(behavior.get("TrustedKeyGroups") or {})
    behavior["TrustedKeyGroups"] = _trusted([*there, *([] if id in there else [id])])
    behavior["TrustedSigners"] = _trusted([])
    return changed


def _without(config: Config, pattern: str | None, name: str, id: str) -> Config:
    changed, behavior = _behavior(config, pattern)
    there = items_of(behavior.get(name) or {})
    if id not in there:
        raise InvalidInput(f"The plan does not have {id} here any more.")
    behavior[name] = _trusted([each for each in there if each != id])
    return changed


def _behavior(config: Config, pattern: str | None) -> tuple[Config, dict[str, Any]]:
    """A copy, and the behavior in it. Raises InvalidInput where it has none such (any more)."""
    changed = copy.deepcopy(config)
    if pattern is None:
        default: dict[str, Any] = changed["DefaultCacheBehavior"]
        return changed, default
    items = items_of(changed.get("CacheBehaviors") or {})
    found: dict[str, Any] = items[index_of(items, "PathPattern", pattern, "behavior")]
    return changed, found


def _trusted(ids: Sequence[str]) -> dict[str, Any]:
    return {"Enabled": bool(ids), **listed(ids)}
