"""Which tests share a worker: a module with its sandbox, all that drives browsers, all that starts many processes.

By their place, since pytest 9.2 tells xdist 3.8 nothing of marks of groups: `--dist loadgroup` scatters them.
"""

from __future__ import annotations

from xdist.scheduler import LoadScopeScheduling

# One after another on one worker each: each starts a product, or as many processes as there are cores.
TOGETHER = {
    "tests/e2e/": "browsers",
    "tests/chaos/": "processes",
    "tests/integration/supervisor/": "processes",
    "tests/integration/deployment/": "processes",
    "tests/integration/operations/test_backlog.py": "processes",
    "tests/integration/operations/test_broker.py": "processes",
    "tests/integration/operations/test_lease.py": "processes",
}


class ByPlace(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types
    """Modules of integration tests stay whole; every unit test goes where there is room."""

    def _split_scope(self, nodeid: str) -> str:
        path = nodeid.partition("::")[0]
        found = next((group for place, group in TOGETHER.items() if path.startswith(place)), "")
        return found or (path if path.startswith("tests/integration/") else nodeid)
