"""The history of a distribution's configuration: one row for each ETag that was ever seen."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max

from cdnadmin.accounts.models import User
from distributions.models import ConfigurationVersion, Distribution


def record_version(
    *,
    distribution: Distribution,
    etag: str,
    config: dict[str, Any],
    source: str,
    actor: User | None = None,
    title: str = "",
) -> ConfigurationVersion:
    """The version of this ETag, written down once: CloudFront gives every configuration an ETag of its own.

    `source` is one of ConfigurationVersion.Source; what is known first about an ETag stays.
    """
    while True:
        found = ConfigurationVersion.objects.filter(distribution=distribution, etag=etag).first()
        if found is not None:
            return found
        newest = distribution.versions.aggregate(newest=Max("number"))["newest"] or 0
        try:
            with transaction.atomic():
                return ConfigurationVersion.objects.create(
                    distribution=distribution,
                    number=newest + 1,
                    etag=etag,
                    config=config,
                    source=source,
                    actor=actor,
                    actor_label=str(actor)[:160] if actor else "",
                    title=title[:200],
                )
        except IntegrityError:
            continue  # another worker wrote this one, or this number, in the same moment


def current_version(distribution: Distribution) -> ConfigurationVersion:
    """The version that the row holds as AWS's; written down now where it was not yet."""
    return record_version(
        distribution=distribution, etag=distribution.etag, config=distribution.config, source=ConfigurationVersion.Source.HERE
    )


def is_known_etag(distribution: Distribution, etag: str) -> bool:
    """Whether this ETag was seen before. An older one than the row's is a stale read, never a change."""
    return ConfigurationVersion.objects.filter(distribution=distribution, etag=etag).exists()
