"""What an export is made of: plain data, gathered by who may read it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Bundle:
    """`accesses`: AWS's id → (type "oac" or "oai", name). `keys`: id → (name, PEM). `groups`: id → (name, ids of keys).

    `controls`: an access control's id → its OriginAccessControlConfig as AWS has it. `comments`: the id of a key or a
    group → its comment. What these leave out is not known here, and the export lets nobody change it.
    `policies`: bucket → its whole policy, as AWS has it.
    """

    name: str
    id: str
    config: dict[str, Any] = field(repr=False)
    tags: Mapping[str, str] = field(default_factory=dict)
    accesses: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    keys: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    groups: Mapping[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)
    policies: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    controls: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    comments: Mapping[str, str] = field(default_factory=dict)
