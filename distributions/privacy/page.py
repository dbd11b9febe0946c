"""What a distribution's page says of its last check from outside."""

from __future__ import annotations

from dataclasses import dataclass

from cdnadmin.operations.models import Operation
from distributions.models import Distribution, PrivacyCheck, PrivacyProbe
from distributions.privacy.watching import KIND, uncheckable_because


@dataclass(frozen=True)
class PrivacyState:
    """`check`: the last that came to something; `running`: one that is under way; `failed`: the last that was asked for, where
    it failed; `because`: why nobody can be asked now.
    """

    check: PrivacyCheck | None
    probes: list[PrivacyProbe]
    running: Operation | None
    failed: Operation | None
    because: str

    @property
    def breaches(self) -> list[PrivacyProbe]:
        return [each for each in self.probes if each.is_breach]

    @property
    def broken(self) -> list[PrivacyProbe]:
        return [each for each in self.probes if each.is_broken]

    @property
    def unasked(self) -> list[PrivacyProbe]:
        return [each for each in self.probes if each.outcome == PrivacyProbe.Outcome.UNREACHABLE and not each.stood_open]


def privacy_state(distribution: Distribution) -> PrivacyState:
    check = PrivacyCheck.objects.filter(distribution=distribution).exclude(verdict="").first()
    probes = list(check.probes.all()) if check else []
    last = Operation.objects.filter(kind=KIND, target=distribution.reference).order_by("-created_at", "-id").first()
    running = last if last is not None and last.is_active else None
    failed = last if last is not None and last.state == Operation.State.FAILED else None
    return PrivacyState(check, probes, running, failed, uncheckable_because(distribution))
