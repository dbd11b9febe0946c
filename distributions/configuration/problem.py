"""Something in a configuration that CloudFront would refuse."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """`path` as in Difference; `message` is a sentence."""

    path: str
    message: str
