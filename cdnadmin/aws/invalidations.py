"""Invalidations: asked for once under a caller reference, followed by reading.

Source: Amazon CloudFront API Reference, "CreateInvalidation".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cdnadmin.aws.session import Connection, cloudfront
from cdnadmin.aws.translate import translated


@dataclass(frozen=True)
class SeenInvalidation:
    id: str
    status: str  # "InProgress" or "Completed"
    created_at: datetime
    paths: tuple[str, ...] = field(default=(), repr=False)


def create_invalidation(
    connection: Connection, *, distribution_id: str, caller_reference: str, paths: Sequence[str]
) -> SeenInvalidation:
    """Ask for it. CloudFront answers the existing one for the same reference and paths, so a lost answer costs nothing."""
    batch: Any = {"CallerReference": caller_reference, "Paths": {"Quantity": len(paths), "Items": list(paths)}}
    with translated("invalidate these paths"):
        answer = cloudfront(connection).create_invalidation(DistributionId=distribution_id, InvalidationBatch=batch)
    return _seen(answer["Invalidation"])


def get_invalidation(connection: Connection, *, distribution_id: str, id: str) -> SeenInvalidation:
    with translated("read the invalidation"):
        return _seen(cloudfront(connection).get_invalidation(DistributionId=distribution_id, Id=id)["Invalidation"])


def _seen(found: Any) -> SeenInvalidation:
    paths = found.get("InvalidationBatch", {}).get("Paths", {}).get("Items", [])
    return SeenInvalidation(found["Id"], found["Status"], found["CreateTime"], tuple(paths))


def iterate_invalidations(connection: Connection, *, distribution_id: str) -> Iterator[SeenInvalidation]:
    """Newest first, without their paths."""
    marker = ""
    while True:
        with translated("list the invalidations"):
            given = {"Marker": marker} if marker else {}
            answer = cloudfront(connection).list_invalidations(DistributionId=distribution_id, **given)
        page: Any = answer["InvalidationList"]
        for item in page.get("Items", []):
            yield _seen(item)
        if not page["IsTruncated"]:
            return
        marker = page["NextMarker"]
