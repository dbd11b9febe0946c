"""What a step answers, and how kinds of operations are made known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cdnadmin.accounts.permissions import Action
from cdnadmin.errors import InvalidInput

if TYPE_CHECKING:
    from cdnadmin.operations.models import Operation


@dataclass(frozen=True)
class Next:
    """This step is complete: go on with the next one (or end, after the last)."""

    note: str = ""


@dataclass(frozen=True)
class Wait:
    """Run this same step again after `seconds`, or once `wake_operations` is called for it; nobody holds it meanwhile.

    `has_come`: whether what it waits for is there. It is asked once the wait is written down: what came in between has
    woken nobody.
    """

    seconds: float
    note: str = ""
    has_come: Callable[[], bool] | None = None


@dataclass(frozen=True)
class Again:
    """Progress was made but the step is not complete: run it again at once, in a new delivery if need be."""

    note: str = ""


@dataclass(frozen=True)
class Done:
    """The operation is complete, whatever steps are left."""

    note: str = ""


Outcome = Next | Wait | Again | Done


@dataclass(frozen=True)
class Step:
    """`run` reads AWS before it writes, so that running it again is harmless. `label` is for people.

    `concerns` says whether it is shown for an operation: one that has nothing to do there still runs, unseen.
    """

    name: str
    label: str
    run: Callable[[Operation], Outcome]
    concerns: Callable[[Operation], bool] | None = None


@dataclass(frozen=True)
class Kind:
    """A kind of operation. `on_end(operation)` runs once it has succeeded, failed or been cancelled, inside that transaction."""

    name: str
    label: str
    steps: tuple[Step, ...]
    permission: Action = Action.MANAGE_OPERATIONS
    max_attempts: int = 5
    on_end: Callable[[Operation], None] | None = None
    cancellable: bool = True


@dataclass
class _Registry:
    kinds: dict[str, Kind] = field(default_factory=dict)

    def register(self, kind: Kind) -> None:
        self.kinds[kind.name] = kind

    def get(self, name: str) -> Kind:
        """Raises InvalidInput for a kind that this version does not have (any more)."""
        if name not in self.kinds:
            raise InvalidInput(f"This version of cdnadmin does not know the operation “{name}”.")
        return self.kinds[name]


registry = _Registry()
