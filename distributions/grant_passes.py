"""What a pass over the permissions of a distribution's files has found, in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cdnadmin.operations.models import Operation
from distributions.models import Distribution

KIND = "repair_grants"
# Where the counts of the pass lie in operation.data.
COUNTED = "grants"


@dataclass(frozen=True)
class GrantPass:
    """`words`: (so many, of what). `left`: (key, why) of the first that stay as they are, `unnamed` more are counted alone."""

    operation: Operation
    looked: int
    words: Sequence[tuple[int, str]]
    left: Sequence[tuple[str, str]]
    unnamed: int

    @property
    def lacks(self) -> int:
        """So many were found to lack their permission, where it was only looked."""
        return self.words[1][0] if self.operation.input["do"] == "look" else 0


def latest_pass(distribution: Distribution) -> GrantPass | None:
    operation = Operation.objects.filter(kind=KIND, target=distribution.reference).order_by("-created_at", "-id").first()
    if operation is None:
        return None
    counted = operation.data.get(COUNTED, {})
    do = operation.input["do"]
    mended = {"look": "lack it", "permit": "were given it", "close": "were open to everybody, and are so no more"}[do]
    right = "were open to nobody they should not be" if do == "close" else "have it"
    words = [
        (counted.get("right", 0), right),
        (counted.get("mended", 0), mended),
        (counted.get("gone", 0), "were deleted meanwhile"),
        (counted.get("left", 0), "stay as they are"),
    ]
    named = [(key, why) for key, why in counted.get("named", [])]
    return GrantPass(operation, counted.get("looked", 0), words, named, counted.get("left", 0) - len(named))
