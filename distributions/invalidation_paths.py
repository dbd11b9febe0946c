"""Paths to be fetched anew: read from what people paste, checked as CloudFront checks them, and what they cost.

Source: CloudFront Developer Guide, "What you need to know when invalidating files", "Pay for file invalidation".
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote

from cdnadmin.errors import InvalidInput

PATHS_IN_PROGRESS = 3_000
WILDCARDS_IN_PROGRESS = 15
LINES_AT_MOST = 30_000
CHARACTERS_AT_MOST = 4_000
# From so many in one folder on, one wildcard is worth telling of.
WORTH_A_WILDCARD = 10
_AS_IT_IS = "/-._~!$&'()*+,;=:@%?"


@dataclass(frozen=True)
class ReadPaths:
    """`paths` in their order, each once; how many were doubles, and which had to be percent-encoded."""

    paths: tuple[str, ...]
    doubles: int
    encoded: int


def read_paths(text: str) -> ReadPaths:
    """One path a line. Raises InvalidInput naming the line."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines:
        raise InvalidInput("Enter at least one path, as in /press/logo.png or /press/*.", field="paths")
    if len(lines) > LINES_AT_MOST:
        raise InvalidInput(f"{len(lines):,} lines are too many: at most {LINES_AT_MOST:,} at once.", field="paths")
    paths = [_path(line, number) for number, line in enumerate(lines, start=1)]
    unique = tuple(dict.fromkeys(paths))
    encoded = sum(path != line for path, line in zip(paths, lines, strict=True))
    return ReadPaths(unique, len(paths) - len(unique), encoded)


def _path(line: str, number: int) -> str:
    where = f"Line {number}: "
    if not line.startswith("/"):
        raise InvalidInput(f"{where}“{line[:80]}” must begin with a slash; the domain is left out.", field="paths")
    if "*" in line[:-1]:
        raise InvalidInput(f"{where}a wildcard stands last only, as in /press/*.", field="paths")
    if re.search(r"%(?![0-9A-Fa-f]{2})", line):
        raise InvalidInput(f"{where}a percent sign stands before two hexadecimal digits; itself it is %25.", field="paths")
    path = quote(line, safe=_AS_IT_IS)
    if len(path) > CHARACTERS_AT_MOST:
        raise InvalidInput(f"{where}a path has at most {CHARACTERS_AT_MOST:,} characters.", field="paths")
    return path


def is_wildcard(path: str) -> bool:
    return path.endswith("*")


@dataclass(frozen=True)
class Cheaper:
    """A wildcard that would stand for `count` of the paths, and count as one."""

    pattern: str
    count: int


def cheaper_wildcards(paths: Iterable[str]) -> list[Cheaper]:
    """The folders of which many files are named, the fullest first."""
    folders = Counter(path.rpartition("/")[0] for path in paths if not is_wildcard(path))
    return [Cheaper(f"{folder}/*", count) for folder, count in folders.most_common(3) if count >= WORTH_A_WILDCARD]


def is_versioned(path: str) -> bool:
    """Whether it lies under an asset's own prefix: a replaced file has another key there, and is never stale."""
    return re.match(r"/[^/]+-[abcdefghjkmnpqrstuvwxyz23456789]{12}(/|$)", path) is not None


@dataclass(frozen=True)
class Cost:
    """What sending `paths` more costs in a month in which `used` were sent. Dollars."""

    paths: int
    used: int
    free: int
    price: float

    @property
    def charged(self) -> int:
        return max(0, self.used + self.paths - max(self.free, self.used))

    @property
    def dollars(self) -> float:
        return self.charged * self.price
