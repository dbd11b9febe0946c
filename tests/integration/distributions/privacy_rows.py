"""Distributions as rows, for what is asked of none of them."""

from __future__ import annotations

from typing import Any

from cdnadmin.accounts.models import Bucket
from distributions.models import Distribution
from tests.unit.distributions.reach.configs import behavior, config, origin

FILM = "premiere/film.mp4"
Kind = Distribution.Kind


def there(place: Bucket, name: str = "Premiere", path: str = "/premiere", **given: Any) -> Distribution:
    """Served, private, over its own part of the bucket, unless given otherwise."""
    kind = given.pop("kind", Kind.PRIVATE)
    own = config(behavior("o", signed=kind == Kind.PRIVATE), origins=[origin("o", place.name, path, oac="C1")])
    number = Distribution.objects.count() + 1
    values = {"aws_id": f"E{number}", "domain_name": f"d{number}.cloudfront.net", "status": "deployed", "is_served": True}
    made = {"account": place.account, "bucket": place, "origin_path": path, "config": own, **values, **given}
    return Distribution.objects.create(name=name, kind=kind, **made)
