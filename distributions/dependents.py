"""What stops working, or is left behind, when a distribution is deleted: asked of the rows here, and of who registers.

This layer does not know what else hangs on a distribution: who does says so by `register_counter`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

from distributions.access.uses import distributions_naming
from distributions.mirror import access_of, origins_of
from distributions.models import Distribution, InvalidationBatch, KeyGroup, OriginAccess

OTHERS_SHOWN = 5


@dataclass(frozen=True)
class Dependent:
    """So many of something, in words ("3 files"), what becomes of them, and where they are listed ("": nowhere)."""

    count: int
    words: str
    becomes: str
    url: str = ""


@dataclass(frozen=True)
class Shared:
    """An access, key group or key that it uses at AWS, and the names of others here that use it too (the first few)."""

    kind: str  # "access" | "keys": as in the choices of what is cleaned up
    id: str
    label: str
    others: tuple[str, ...]


@dataclass(frozen=True)
class Dependents:
    """`library` is what others registered; `dns` pairs each alias with the domain name that its record points to."""

    library: tuple[Dependent, ...]
    dns: tuple[tuple[str, str], ...]
    shared: tuple[Shared, ...]
    invalidations: int

    @property
    def any_library(self) -> bool:
        return any(each.count for each in self.library)


_counters: list[Callable[[Distribution], Sequence[Dependent]]] = []


def register_counter(counter: Callable[[Distribution], Sequence[Dependent]]) -> None:
    """Have `counter` asked whenever the dependents of a distribution are listed. For an app's `ready()`."""
    if counter not in _counters:
        _counters.append(counter)


def dependents_of(distribution: Distribution) -> Dependents:
    """Everything here that hangs on the distribution."""
    library = [each for counter in _counters for each in counter(distribution) if each.count]
    moving = InvalidationBatch.objects.filter(
        distribution=distribution, state__in=[InvalidationBatch.State.SENDING, InvalidationBatch.State.IN_PROGRESS]
    )
    return Dependents(
        library=tuple(library),
        dns=tuple((alias, distribution.domain_name) for alias in distribution.aliases),
        shared=tuple(_shared(distribution)),
        invalidations=moving.count(),
    )


def accesses_of(config: dict[str, Any]) -> list[tuple[str, str]]:
    """("oac" | "oai", id at AWS) of every origin that comes with one, each once."""
    return list(dict.fromkeys(access_of(origin) for origin in origins_of(config) if access_of(origin)[1]))


def key_groups_of(config: dict[str, Any]) -> list[str]:
    """The ids of the key groups that any behavior trusts, each once."""
    behaviors = [config.get("DefaultCacheBehavior", {}), *config.get("CacheBehaviors", {}).get("Items", [])]
    return list(dict.fromkeys(id for each in behaviors for id in each.get("TrustedKeyGroups", {}).get("Items", [])))


def others_using(distribution: Distribution, ids: Collection[str]) -> list[str]:
    """Names of other distributions of the account whose row or configuration has one of these ids of AWS's."""
    if not ids:
        return []
    found = distributions_naming(distribution.account_id, ids).exclude(pk=distribution.pk)
    return list(found.order_by("name").values_list("name", flat=True)[: OTHERS_SHOWN + 1])


def _shared(distribution: Distribution) -> list[Shared]:
    config, account = distribution.config, distribution.account_id
    found = []
    for model, id in accesses_of(config):
        row = OriginAccess.objects.filter(account_id=account, aws_id=id).first()
        words = "Origin access control" if model == OriginAccess.Type.OAC else "Origin access identity"
        label = f"{words} {row.name if row else id}"
        found.append(Shared("access", id, label, tuple(others_using(distribution, [id]))))
    for id in key_groups_of(config):
        group = KeyGroup.objects.filter(account_id=account, aws_id=id).first()
        label = f"Key group {group.name if group else id}"
        found.append(Shared("keys", id, label, tuple(others_using(distribution, [id]))))
    return found
