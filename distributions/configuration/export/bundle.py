"""What is exported together: a distribution, and what it names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Bundle:
    """`accesses`: AWS's id → (type "oac" or "oai", name). `keys`: id → (name, PEM). `groups`: id → (name, ids of keys).

    `policies`: bucket → the statements of its policy that let this distribution in.
    """

    name: str
    id: str
    config: dict[str, Any] = field(repr=False)
    tags: Mapping[str, str] = field(default_factory=dict)
    accesses: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    keys: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    groups: Mapping[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)
    policies: Mapping[str, list[dict[str, Any]]] = field(default_factory=dict)
