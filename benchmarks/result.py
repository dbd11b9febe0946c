"""One row of a benchmark: a figure of ours against a peer's."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass


@dataclass(frozen=True)
class Result:
    """`goal` is the ratio ours / peer that is wanted: at least, or with `at_most` at most. Without one it is a report."""

    name: str
    ours: float
    peer: float
    _: KW_ONLY
    goal: float | None = None
    unit: str = ""
    at_most: bool = False

    @property
    def ratio(self) -> float:
        return self.ours / self.peer

    @property
    def met(self) -> bool:
        if self.goal is None:
            return True
        return self.ratio <= self.goal if self.at_most else self.ratio >= self.goal
