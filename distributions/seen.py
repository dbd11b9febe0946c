"""What AWS answered, written down: the row, and the version in the history."""

from __future__ import annotations

from django.utils import timezone

from cdnadmin.accounts.models import User
from cdnadmin.aws.distributions import SeenDistribution
from distributions.mirror import MIRRORED, mirror_configuration
from distributions.models import ConfigurationVersion, Distribution
from distributions.versions import record_version


def save_seen(
    distribution: Distribution,
    seen: SeenDistribution,
    *,
    mirror: bool = False,
    source: str = ConfigurationVersion.Source.HERE,
    actor: User | None = None,
    title: str = "",
    moving: bool = False,
) -> None:
    """Take `seen` for what the distribution is: drift from before is settled by it.

    `mirror`: the row's own fields follow from the configuration, too. `moving`: it was sent just now, and is on its
    way to the edges.
    """
    version = record_version(distribution=distribution, etag=seen.etag, config=seen.config, source=source, actor=actor, title=title)
    values: dict[str, object] = {}
    if mirror:
        distribution.config = version.config
        mirror_configuration(distribution)
        values |= {name: getattr(distribution, name) for name in MIRRORED}
    if moving:
        values |= {"status": Distribution.Status.IN_PROGRESS, "changed_at": timezone.now()}
    Distribution.objects.filter(pk=distribution.pk).update(
        **{
            "aws_id": seen.id,
            "arn": seen.arn,
            "domain_name": seen.domain_name,
            "etag": seen.etag,
            "config": version.config,
            "enabled": seen.enabled,
            "unknown_fields": list(seen.unknown_fields),
            **active_values(seen),
            "seen_at": timezone.now(),
            "drift": None,
            "drift_found_at": None,
            **values,
        }
    )


def active_values(seen: SeenDistribution) -> dict[str, object]:
    """The row's fields of who can really sign."""
    active = {each.id: list(each.key_ids) for each in (*seen.active_key_groups, *seen.active_signers)}
    return {"active_signers": active, "active_signers_at": timezone.now()}
