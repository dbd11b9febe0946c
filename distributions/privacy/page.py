"""What a distribution's page says of its last check from outside."""

from __future__ import annotations

from dataclasses import dataclass

from cdnadmin.operations.models import Operation
from distributions.models import Distribution, PrivacyCheck, PrivacyProbe
from distributions.privacy.watching import KIND, uncheckable_because


@dataclass(frozen=True)
class PrivacyState:
    """`check`: the last that has ended; `running`: one that is under way; `because`: why nobody can be asked now."""

    check: PrivacyCheck | None
    probes: list[PrivacyProbe]
    running: Operation | None
    because: str

    @property
    def breaches(self) -> list[PrivacyProbe]:
        return [each for each in self.probes if each.is_breach]

    @property
    def broken(self) -> list[PrivacyProbe]:
        return [each for each in self.probes if each.is_broken]

    @property
    def unasked(self) -> list[PrivacyProbe]:
        return [each for each in self.probes if each.outcome == PrivacyProbe.Outcome.UNREACHABLE]


def privacy_state(distribution: Distribution) -> PrivacyState:
    check = PrivacyCheck.objects.filter(distribution=distribution).exclude(verdict="").first()
    probes = list(check.probes.all()) if check else []
    running = Operation.objects.filter(kind=KIND, target=distribution.reference, state__in=Operation.ACTIVE).first()
    return PrivacyState(check, probes, running, uncheckable_because(distribution))
