"""A storm: the worker killed again and again while people ask for things, the broker flushed and killed between."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass, field
from enum import Enum

from cdnadmin.operations.models import Operation
from tests.chaos.asked import Demand
from tests.chaos.rig import Rig
from tests.chaos.waits import Waits
from tests.conftest import wait_until

LOOK_EVERY_SECONDS = 0.1
MOST_WRITES_BETWEEN, MOST_SECONDS_BETWEEN = 8, 8.0


class Blow(Enum):
    """What else happens to the broker, in the round of this name."""

    FLUSH = "the broker forgets everything"
    KILL_BROKER = "the broker is killed"


@dataclass
class Storm:
    """Rounds of: ask, start the worker, wait for a random moment, kill it."""

    rig: Rig
    demand: Demand
    seed: int
    kills: int
    blows: dict[int, Blow] = field(default_factory=dict)
    waits: Waits = field(default_factory=Waits)

    def __post_init__(self) -> None:
        self.rng = random.Random(f"{self.seed} moments")
        self._looked_at = 0.0

    def rage(self) -> None:
        for number in range(self.kills):
            if number:
                self.rig.worker.start()
            self.demand.ask(of_rounds=self.kills - number)
            self._wait_for_a_moment()
            if blow := self.blows.get(number):
                self._strike(blow)
            self.rig.worker.kill_group()
            self.waits.begin()
        self.rig.worker.start()

    def settle(self, *, seconds: float) -> None:
        """Until nothing is under way any more."""

        def is_over() -> bool:
            self._look()
            return not Operation.objects.filter(state__in=Operation.ACTIVE).exists()

        wait_until(is_over, seconds=seconds, what="the end of every operation")

    def _wait_for_a_moment(self) -> None:
        """So many writes at AWS later, or so many seconds: a quarter of the kills go by time alone and meet a worker
        that starts, too."""
        seconds = self.rng.uniform(0.1, MOST_SECONDS_BETWEEN)
        writes = self.rng.randint(1, MOST_WRITES_BETWEEN) if self.rng.random() < 0.75 else None
        until, begun = time.monotonic() + (MOST_SECONDS_BETWEEN if writes else seconds), self.rig.count_writes()

        def has_come() -> bool:
            self._look()
            return time.monotonic() >= until or (writes is not None and self.rig.count_writes() - begun >= writes)

        wait_until(has_come, seconds=2 * MOST_SECONDS_BETWEEN, what="the moment of a kill")

    def _strike(self, blow: Blow) -> None:
        if blow is Blow.FLUSH:
            self.rig.flush_broker()
            return
        self.rig.broker.kill_group()
        self.demand.ask(of_rounds=self.kills)
        back = time.monotonic() + self.rng.uniform(2, 5)

        def is_long_enough() -> bool:
            self._look()
            return time.monotonic() >= back

        wait_until(is_long_enough, what="the broker's return")
        self.rig.broker.start()
        wait_until(self.rig.broker_answers, what="Valkey's first answer after its death")

    def _look(self) -> None:
        if time.monotonic() - self._looked_at >= LOOK_EVERY_SECONDS:
            self._looked_at = time.monotonic()
            self.rig.watch()
            self.waits.look()
