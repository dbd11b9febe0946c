"""Wildcards as policies have them: `*` any run of characters, `?` one."""

from __future__ import annotations

import re
from functools import lru_cache


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str]:
    translated = {"*": ".*", "?": "."}
    return re.compile("".join(translated.get(character, re.escape(character)) for character in pattern), re.DOTALL)


def fits(pattern: str, text: str) -> bool:
    """Whether the whole text fits; upper and lower case differ."""
    return _compiled(pattern).fullmatch(text) is not None


def fits_arn(pattern: str, arn: str) -> bool | None:
    """Whether an ARN fits, each of its six parts by itself; None where the pattern is no ARN, and so can't be told.

    Source: IAM User Guide, "IAM JSON policy elements: Condition operators", ARN condition operators.
    """
    if pattern == "*":
        return True
    wanted, parts = pattern.split(":", 5), arn.split(":", 5)
    if len(wanted) < 6:
        return None
    return len(parts) == 6 and all(fits(one, other) for one, other in zip(wanted, parts, strict=True))
