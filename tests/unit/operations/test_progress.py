"""How far an operation is, as shown, from its row alone."""

from __future__ import annotations

import pytest

from cdnadmin.errors import InvalidInput
from cdnadmin.operations.models import Operation
from cdnadmin.operations.outcomes import Done, Kind, Step, registry
from cdnadmin.operations.queries import is_cancellable, steps_of

STATE = Operation.State
KIND = Kind("unit_three", "Three", tuple(Step(name, name.upper(), lambda operation: Done()) for name in "abc"))


@pytest.fixture(autouse=True)
def known_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(registry.kinds, KIND.name, KIND)


def operation(**values: object) -> Operation:
    return Operation(kind=KIND.name, **values)


@pytest.mark.parametrize(
    ("done", "total", "percent"), [(0, 0, None), (5, 0, None), (0, 9, 0), (1, 3, 33), (3, 3, 100), (7, 3, 100), (5, -1, None)]
)
def test_percent(done: int, total: int, percent: int | None) -> None:
    assert operation(done=done, total=total).percent == percent


@pytest.mark.parametrize(
    ("state", "step", "shown"),
    [
        (STATE.PENDING, "a", ["current", "ahead", "ahead"]),
        (STATE.RUNNING, "b", ["done", "current", "ahead"]),
        (STATE.WAITING, "c", ["done", "done", "current"]),
        (STATE.FAILED, "b", ["done", "failed", "ahead"]),
        (STATE.SUCCEEDED, "b", ["done", "done", "done"]),
        (STATE.RUNNING, "gone", ["current", "ahead", "ahead"]),
    ],
)
def test_steps(state: str, step: str, shown: list[str]) -> None:
    assert [progress.state for progress in steps_of(operation(state=state, step=step))] == shown


def test_a_kind_that_is_gone_is_shown_without_steps() -> None:
    gone = Operation(kind="gone", step="a")
    assert (list(steps_of(gone)), gone.step_label, gone.kind_label, is_cancellable(gone)) == ([], "", "gone", False)
    with pytest.raises(InvalidInput, match="gone"):
        registry.get("gone")


def test_only_what_runs_and_was_not_asked_yet_can_be_stopped() -> None:
    assert is_cancellable(operation(state=STATE.WAITING))
    assert not is_cancellable(operation(state=STATE.WAITING, cancel_requested=True))
    assert not is_cancellable(operation(state=STATE.SUCCEEDED))
