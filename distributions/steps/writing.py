"""One configuration written at CloudFront under its ETag: a lost answer, a stale read and a real conflict told apart."""

from __future__ import annotations

from typing import Any

from cdnadmin.aws import distributions as aws_distributions
from cdnadmin.aws import streaming as aws_streaming
from cdnadmin.aws.distributions import SeenDistribution
from cdnadmin.aws.session import Connection
from cdnadmin.errors import AwsConflict
from cdnadmin.operations.outcomes import Wait
from distributions.configuration.differences import compare
from distributions.models import Distribution
from distributions.versions import is_known_etag

Config = dict[str, Any]
STALE = Wait(2.0, note="CloudFront still answers with an older configuration; asking again")


class ChangedOutside(Exception):
    """Somebody changed it at AWS since `base`; nothing was written. `seen` is what is there."""

    def __init__(self, seen: SeenDistribution) -> None:
        super().__init__("changed outside")
        self.seen = seen


def read(connection: Connection, distribution: Distribution) -> SeenDistribution:
    if distribution.family == Distribution.Family.RTMP:
        return aws_streaming.get_streaming_distribution(connection, id=distribution.aws_id)
    return aws_distributions.get_distribution(connection, id=distribution.aws_id)


def write_configuration(
    connection: Connection, distribution: Distribution, *, base: Config, base_etag: str, config: Config
) -> SeenDistribution | Wait:
    """Have AWS hold `config`, which was made from `base`; answers what AWS has then, or to wait for a fresher read.

    AWS's own copy counts: the same configuration under another ETag is no conflict, and what a lost answer
    left there already is not written again. Raises ChangedOutside, AwsError (UnknownFields).
    """
    seen = read(connection, distribution)
    if is_same(config, seen.config) and not is_stale(distribution, seen):
        return seen
    etag = seen.etag
    if etag != base_etag and not is_same(base, seen.config):
        if not is_stale(distribution, seen):
            raise ChangedOutside(seen)
        # An ETag is never used twice: an older one is a stale read. What the change was made from is the one to match.
        etag = base_etag
    try:
        return _update(connection, distribution, config, etag, seen.unknown_fields)
    except AwsConflict as conflict:
        if conflict.code not in {"PreconditionFailed", "InvalidIfMatchVersion"}:
            raise
        # The read was stale, or somebody was faster. Reading again tells which; a known ETag says that it is still stale.
        again = read(connection, distribution)
        if again.etag == etag or is_stale(distribution, again):
            return STALE
        if is_same(config, again.config):
            return again
        if is_same(base, again.config):
            return STALE
        raise ChangedOutside(again) from conflict


def _update(
    connection: Connection, distribution: Distribution, config: Config, etag: str, unknown: tuple[str, ...]
) -> SeenDistribution:
    if distribution.family == Distribution.Family.RTMP:
        return aws_streaming.update_streaming_distribution(
            connection, id=distribution.aws_id, config=config, etag=etag, unknown_fields=unknown
        )
    return aws_distributions.update_distribution(
        connection, id=distribution.aws_id, config=config, etag=etag, unknown_fields=unknown
    )


def is_stale(distribution: Distribution, seen: SeenDistribution) -> bool:
    """An ETag is never used twice: one known from before, and not from last, is an older read."""
    last = {distribution.etag, distribution.drift.etag if distribution.drift else distribution.etag}
    return seen.etag not in last and is_known_etag(distribution, seen.etag)


def is_same(one: Config, other: Config) -> bool:
    """Whether two configurations mean the same to CloudFront: order of sets and left-out defaults aside."""
    return not compare(one, other)
