"""What must hold before anything about a distribution is changed at AWS."""

from __future__ import annotations

from typing import Any

from cdnadmin.errors import Conflict, InvalidInput, NotReady
from distributions.configuration.checks import require_valid
from distributions.mirror import access_of, main_origin, needs_signature, origins_of, s3_place
from distributions.models import Distribution


def require_changeable(distribution: Distribution) -> None:
    """Raise Conflict with the reason where it is never changed from here; NotReady before CloudFront has it."""
    if not distribution.aws_id:
        raise NotReady("CloudFront does not have this distribution yet.")
    because = distribution.unchangeable_because
    if because:
        raise Conflict(because, code="unchangeable")


def require_sound(distribution: Distribution, config: dict[str, Any], tags: dict[str, str] | None = None) -> None:
    """Raise InvalidInput for what CloudFront would refuse, and for what would open another distribution's private files.

    What CloudFront has taken already is no mistake: an account may have higher quotas than the usual ones.
    """
    if distribution.family == Distribution.Family.WEB:
        require_valid(config, tags=tags or {}, before=distribution.config if distribution.aws_id else None)
    _require_own_places(distribution, config)


def _require_own_places(distribution: Distribution, config: dict[str, Any]) -> None:
    """No bucket defeats “private”: an origin that may read covers no place of a private distribution but its own.

    Only what this change brings is looked at: what stood there before stays.
    """
    before = {(place, access_of(origin)) for origin in origins_of(distribution.config) if (place := s3_place(origin))}
    own = main_origin(config).get("Id")
    for origin in origins_of(config):
        place, access = s3_place(origin), access_of(origin)
        if place is None or not access[1] or (place, access) in before:
            continue
        if origin["Id"] == own and needs_signature(config):
            continue
        prefix = f"{place.path.lstrip('/')}/" if place.path else ""
        private = Distribution.objects.filter(bucket__name=place.bucket, kind=Distribution.Kind.PRIVATE).exclude(pk=distribution.pk)
        for name, path in private.values_list("name", "origin_path"):
            other = f"{path.lstrip('/')}/" if path else ""
            if other.startswith(prefix) or prefix.startswith(other):
                raise InvalidInput(
                    f"This origin would also show the files of “{name}”, which is private: {place.bucket}{path}. "
                    "Give it a path of its own.",
                    field=f"Origins[{origin['Id']}].OriginPath",
                )
