"""What the checks look at: a distribution, or a bucket, with all that is known of both. Nothing is asked of anybody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from distributions.access.reading import bucket_state, visitor_of
from distributions.doctor.known import Known
from distributions.models import BucketTruth, Distribution
from distributions.reach.state import BucketState, ObjectState
from distributions.reach.visitors import Visitor
from distributions.signatures import Valid


@dataclass(frozen=True)
class SampledObject:
    """`kms_key`: the ARN of the key that it is encrypted under, "" where there is none."""

    state: ObjectState
    kms_key: str = ""


@dataclass(frozen=True)
class PlannedEnd:
    """A change that somebody prepares, and which links it ends, in sentences."""

    plan: str
    title: str
    sentences: tuple[str, ...]


@dataclass(frozen=True)
class DistributionSite:
    """`truth` None: its bucket was never looked at. `others`: distributions with an origin over the same place, those that
    show something without a signature first; `more_others` beyond them. `key_policies`: by key of KMS, as it is named at the
    bucket or an object; None: it can't be read. `canonical`: canonical user ids by identity.
    `links`: by key id, the signatures that are still valid.
    """

    distribution: Distribution
    truth: BucketTruth | None
    known: Known
    now: datetime
    objects: tuple[SampledObject, ...] = ()
    canonical: Mapping[str, str] = field(default_factory=dict)
    others: tuple[Distribution, ...] = ()
    more_others: int = 0
    links: Mapping[str, Valid] = field(default_factory=dict)
    key_policies: Mapping[str, Mapping[str, Any] | None] = field(default_factory=dict)
    planned: tuple[PlannedEnd, ...] = ()

    @property
    def config(self) -> dict[str, Any]:
        """What viewers meet, changed outside or not."""
        return self.distribution.config_at_aws

    @property
    def bucket(self) -> BucketState | None:
        return bucket_state(self.truth) if self.truth is not None else None

    @property
    def reads(self) -> bool:
        """Whether what decides who may read is known: without the policy, nothing can be said."""
        return self.truth is not None and not self.truth.error and "policy" not in self.truth.unread

    @property
    def visitor(self) -> Visitor:
        return visitor_of(self.distribution, self.distribution.origin_access)

    @property
    def unsigning(self) -> set[str]:
        """Controls that never sign."""
        return {id for id, behavior in (self.known.controls or {}).items() if behavior == "never"}

    def states(self) -> list[ObjectState]:
        """The sampled files, and one that is still to come: policies alone open that."""
        return [*(each.state for each in self.objects), ObjectState(key=f"{self.distribution.prefix}any")]


@dataclass(frozen=True)
class BucketSite:
    """`distributions`: those here whose own files lie in it, the first few hundred. `owners`: by public id, those to whom a
    statement of its policy belongs. `busy`: public ids of those that are being changed just now. `gone`: identities that AWS
    has no more.
    """

    truth: BucketTruth
    known: Known
    distributions: tuple[Distribution, ...] = ()
    owners: Mapping[str, Distribution] = field(default_factory=dict)
    busy: frozenset[str] = frozenset()
    gone: frozenset[str] = frozenset()

    @property
    def bucket(self) -> BucketState:
        return bucket_state(self.truth)

    @property
    def name(self) -> str:
        return self.truth.bucket.name
