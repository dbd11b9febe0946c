"""`python -m benchmarks [NAME]`: run every benchmark, or the one of that name; exit 1 where a goal is missed."""

from __future__ import annotations

import importlib
import pkgutil
import sys
from collections.abc import Callable, Iterable

import benchmarks
from benchmarks.result import Result

WIDTH = 34
Run = Callable[[], Iterable[Result]]


def find() -> dict[str, Run]:
    """The benchmarks: every module of this package that has a run()."""
    names = sorted(module.name for module in pkgutil.iter_modules(benchmarks.__path__) if module.name != "__main__")
    runs = {name: getattr(importlib.import_module(f"benchmarks.{name}"), "run", None) for name in names}
    return {name: run for name, run in runs.items() if run is not None}


def figure(value: float, unit: str) -> str:
    return f"{value:,.{0 if abs(value) >= 1000 else 1}f} {unit}".strip()


def row(result: Result) -> str:
    sign = "≤" if result.at_most else "≥"
    goal = "–" if result.goal is None else f"{sign} {result.goal:g}"
    ours, peer = (figure(value, result.unit) for value in (result.ours, result.peer))
    missed = "" if result.met else "  missed"
    return f"{result.name:<{WIDTH}} {ours:>16} {peer:>16} {result.ratio:>7.2f} {goal:>7}{missed}"


def main(arguments: list[str]) -> int:
    runs = find()
    unknown = [name for name in arguments if name not in runs]
    if unknown:
        print(f"There is no benchmark “{unknown[0]}”; there are {', '.join(runs)}.", file=sys.stderr)
        return 2
    print(f"{'name':<{WIDTH}} {'ours':>16} {'peer':>16} {'ratio':>7} {'goal':>7}", flush=True)
    missed: list[str] = []
    for name in arguments or list(runs):
        for result in runs[name]():
            print(row(result), flush=True)
            if not result.met:
                missed.append(result.name)
    if missed:
        print(f"Goal missed: {', '.join(missed)}.")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
