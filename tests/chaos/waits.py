"""How long what a kill interrupted waited until somebody worked on it again, told from the leases in its row."""

from __future__ import annotations

import time

from django.utils import timezone

from cdnadmin.operations.models import Operation

# A lease that is given back this soon after a kill was given back just before it.
TOO_SOON_SECONDS = 1.0


class Waits:
    """Leases that were held at a kill, until the row shows another holder (or the end that one wrote)."""

    def __init__(self, *, soonest_seconds: float = TOO_SOON_SECONDS) -> None:
        self.soonest_seconds = soonest_seconds
        self.seconds: list[float] = []
        self._held: dict[int, tuple[str, float]] = {}

    def begin(self) -> None:
        """Call it right after a kill. What waits since an earlier one goes on waiting."""
        now = time.monotonic()
        held = Operation.objects.filter(state=Operation.State.RUNNING, lease_until__gt=timezone.now()).exclude(lease_token="")
        for pk, token in held.values_list("pk", "lease_token"):
            if self._held.get(pk, ("", 0.0))[0] != token:
                self._held[pk] = (token, now)

    def look(self) -> None:
        now = time.monotonic()
        for pk, token in Operation.objects.filter(pk__in=self._held).values_list("pk", "lease_token"):
            held, since = self._held[pk]
            if token == held:
                continue
            del self._held[pk]
            if now - since >= self.soonest_seconds:
                self.seconds.append(now - since)

    @property
    def longest(self) -> float:
        now = time.monotonic()
        return max([*self.seconds, *(now - since for _, since in self._held.values())], default=0.0)
