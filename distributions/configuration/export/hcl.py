"""Terraform's language, as far as an export writes it: blocks, attributes, strings that mean only themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Raw:
    """An expression that is written as it stands: a reference to another resource or a variable."""

    text: str


@dataclass
class Block:
    """`kind "label" … { attributes, blocks }`; attributes that are None are left out."""

    kind: str
    labels: tuple[str, ...] = ()
    attributes: dict[str, Any] = field(default_factory=dict)
    blocks: list[Block] = field(default_factory=list)

    def text(self, indent: int = 0) -> str:
        pad = "  " * indent
        head = " ".join([self.kind, *(quoted(label) for label in self.labels)])
        lines = [f"{pad}{head} {{"]
        said = {name: value for name, value in self.attributes.items() if value is not None}
        width = max(map(len, said), default=0)  # as `terraform fmt` sets them
        lines += [f"{pad}  {name.ljust(width)} = {expression(value)}" for name, value in said.items()]
        lines += [block.text(indent + 1) for block in self.blocks]
        return "\n".join([*lines, f"{pad}}}"])

    def names(self) -> Iterator[str]:
        """Of all that is said in it: blocks and attributes."""
        yield self.kind
        yield from (name for name, value in self.attributes.items() if value is not None)
        for block in self.blocks:
            yield from block.names()


def expression(value: Any) -> str:
    if isinstance(value, Raw):
        return value.text
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{quoted(key)} = {expression(item)}" for key, item in value.items()) + " }"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "[" + ", ".join(expression(item) for item in value) + "]"
    return quoted(str(value))


_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def quoted(text: str) -> str:
    """A string in which nothing is a template: `${` and `%{` are doubled."""
    escaped = "".join(_ESCAPES.get(character, character) for character in text)
    return '"' + escaped.replace("${", "$${").replace("%{", "%%{") + '"'


def identifier(text: str, taken: set[str]) -> str:
    """A name that Terraform takes, and that no other resource here has."""
    name = re.sub(r"[^a-z0-9_]+", "_", text.lower()).strip("_") or "unnamed"
    if not name[0].isalpha():
        name = f"r_{name}"
    unique, number = name, 2
    while unique in taken:
        unique, number = f"{name}_{number}", number + 1
    taken.add(unique)
    return unique
