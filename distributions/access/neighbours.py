"""Which distributions have an origin over the same part of a bucket: found by the database, so that many cost nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import Q, TextField
from django.db.models.functions import Cast

from distributions.mirror import origins_of, s3_place
from distributions.models import Distribution

Status = Distribution.Status


def over_place(bucket: str, path: str) -> Q:
    """Distributions whose own files cover that place of the bucket, or lie within it. `path` as in an origin: "/site"."""
    parts = [part for part in path.strip("/").split("/") if part]
    above = ["", *(f"/{'/'.join(parts[:end])}" for end in range(1, len(parts) + 1))]
    return Q(bucket__name=bucket) & (Q(origin_path__in=above) | Q(origin_path__startswith=f"{above[-1]}/"))


def over_places_of(config: dict[str, Any]) -> Q:
    """Distributions whose own files any origin of the configuration shows, all or some of them."""
    found = Q(pk=None)
    for origin in origins_of(config):
        place = s3_place(origin)
        if place is not None:
            found |= over_place(place.bucket, place.path)
    return found


def neighbours_of(distribution: Distribution) -> Iterator[tuple[Distribution, list[str]]]:
    """Other distributions with any origin over the same part of its bucket, each with the prefixes that those show.

    By their own files the row tells; further origins, and changes from outside, stand in configurations alone.
    """
    if distribution.bucket_id is None:
        return
    bucket = distribution.own_bucket.name
    candidates = (
        Distribution.objects.annotate(config_text=Cast("config", TextField()), drift_text=Cast("drift__config", TextField()))
        .filter(
            over_place(bucket, distribution.origin_path)
            | Q(config__Origins__Quantity__gt=1, config_text__contains=f"{bucket}.s3")
            | Q(drift__isnull=False, drift_text__contains=f"{bucket}.s3"),
            family=Distribution.Family.WEB,
        )
        .exclude(pk=distribution.pk)
        .exclude(status__in=[Status.GONE, Status.FAILED])
        .exclude(aws_id="")
        .select_related("account", "bucket", "drift")
        .order_by("name", "pk")
    )
    for other in candidates.iterator(chunk_size=200):
        shown = list(_prefixes(other.config_at_aws, bucket))
        over = [each for each in shown if each.startswith(distribution.prefix) or distribution.prefix.startswith(each)]
        if over:
            yield other, over


def _prefixes(config: dict[str, Any], bucket: str) -> Iterator[str]:
    for origin in origins_of(config):
        place = s3_place(origin)
        if place is not None and place.bucket == bucket:
            path = place.path.strip("/")
            yield f"{path}/" if path else ""
