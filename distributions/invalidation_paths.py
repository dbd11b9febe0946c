"""Paths to be fetched anew: read from what people paste, checked as CloudFront checks them, and what they cost.

Source: CloudFront Developer Guide, "What you need to know when invalidating files", "Pay for file invalidation",
"Concurrent invalidation request maximum". That a tilde is refused, and does nothing percent-encoded, is known from AWS's
own SDKs' issues.
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
# What RFC 1738 calls unsafe is encoded, and nothing else may be: CloudFront compares letter by letter.
_AS_IT_IS = "/-._!$&'()*+,;=:@%?"
_SIGNED = re.compile(r"[?&](Signature|Policy|Key-Pair-Id)=")


@dataclass(frozen=True)
class ReadPaths:
    """`paths` in their order, each once; how many were doubles, and which had to be percent-encoded."""

    paths: tuple[str, ...]
    doubles: int
    encoded: int


# So many wrong lines are told in one message.
WRONG_TOLD = 5


def read_paths(text: str) -> ReadPaths:
    """One path a line; empty lines count as lines. Raises InvalidInput naming the lines that are wrong."""
    lines = [(number, line.strip()) for number, line in enumerate(text.splitlines(), start=1) if line.strip()]
    if not lines:
        raise InvalidInput("Enter at least one path, as in /press/logo.png or /press/*.", field="paths")
    if len(lines) > LINES_AT_MOST:
        raise InvalidInput(f"{len(lines):,} lines are too many: at most {LINES_AT_MOST:,} at once.", field="paths")
    paths, wrong = [], []
    for number, line in lines:
        try:
            paths.append(_path(line, number))
        except InvalidInput as error:
            wrong.append(error.message)
    if wrong:
        more = f" {len(wrong) - WRONG_TOLD:,} more lines are wrong." if len(wrong) > WRONG_TOLD else ""
        raise InvalidInput(" ".join(wrong[:WRONG_TOLD]) + more, field="paths")
    unique = tuple(dict.fromkeys(paths))
    encoded = sum(path != line for path, (_, line) in zip(paths, lines, strict=True))
    return ReadPaths(unique, len(paths) - len(unique), encoded)


def _path(line: str, number: int) -> str:
    where = f"Line {number}: "
    if not line.startswith("/"):
        raise InvalidInput(f"{where}“{line[:80]}” must begin with a slash; the domain is left out.", field="paths")
    if _SIGNED.search(line):
        raise InvalidInput(f"{where}a signed address is named without its question mark and what follows.", field="paths")
    if "*" in line[:-1]:
        raise InvalidInput(f"{where}a wildcard stands last only, as in /press/*.", field="paths")
    if re.search(r"%(?![0-9A-Fa-f]{2})", line):
        raise InvalidInput(f"{where}a percent sign stands before two hexadecimal digits; itself it is %25.", field="paths")
    if "~" in line or "%7e" in line.lower():
        before = line.lower().replace("%7e", "~").index("~")
        raise InvalidInput(
            f"{where}CloudFront takes no ~ in a path, encoded or not. Name what stands before it, as in {line[:before][:80]}*",
            field="paths",
        )
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


@dataclass(frozen=True)
class Advice:
    """What to think of before so many paths are sent. Counts of paths, but for `cheaper`."""

    cheaper: list[Cheaper]
    versioned: int
    queries: int
    folders: int


def advise(paths: Iterable[str]) -> Advice:
    """`queries` name a query string, `folders` end in a slash: neither stands for the files that one may think of."""
    paths = list(paths)
    return Advice(
        cheaper_wildcards(paths),
        versioned=sum(is_versioned(path) for path in paths),
        queries=sum("?" in path for path in paths),
        folders=sum(path.endswith("/") and path != "/" for path in paths),
    )


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

    @property
    def decimals(self) -> int:
        """Half a cent is not nothing."""
        return 2 if self.dollars >= 0.1 else 3
