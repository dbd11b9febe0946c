"""A new distribution like one that is there."""

from __future__ import annotations

from dataclasses import replace

from cdnadmin.accounts.models import User
from cdnadmin.accounts.permissions import Action, require
from cdnadmin.errors import Conflict, InvalidInput
from distributions.likeness import likeness_of
from distributions.mirror import access_of, main_origin, s3_place
from distributions.models import Distribution
from distributions.services.distributions import NewDistribution, create_distribution_and_bucket


def unclonable_because(source: Distribution) -> str:
    """Why no other can be made like it here, as a sentence; "" where one can."""
    if not source.config:
        return f"CloudFront does not have “{source.name}”, so there is nothing to make another like."
    if source.family != Distribution.Family.WEB:
        return "CloudFront takes no new RTMP streaming distributions since 2020."
    if source.config.get("ConnectionMode") == "tenant-only":
        return f"“{source.name}” serves distribution tenants: make another like it in AWS."
    if source.config.get("Staging"):
        return f"“{source.name}” is the staging side of a continuous deployment: make another like its primary one."
    if s3_place(main_origin(source.config)) is None:
        return f"The origin of “{source.name}” is no bucket, and what is made here has one: make another like it in AWS."
    return ""


def clone_distribution(
    *, actor: User, source: Distribution, bucket_name: str, make_bucket: bool, wanted: NewDistribution
) -> Distribution:
    """Create one with everything of `source`’s configuration but its names, certificate and place in the bucket.

    What `wanted` says goes before. Raises Conflict where `source` can’t be cloned, InvalidInput naming the field, NotAllowed.
    """
    require(actor, Action.MANAGE_DISTRIBUTIONS, source)
    because = unclonable_because(source)
    if because:
        raise Conflict(because)
    if wanted.bucket.account != source.account:
        # Its policies, keys and functions are that account's.
        raise InvalidInput(f"What “{source.name}” is set up with belongs to {source.account.label}: choose that account.")
    like = replace(wanted, preset="", like=likeness_of(source.config))
    return create_distribution_and_bucket(actor=actor, bucket_name=bucket_name, make_bucket=make_bucket, wanted=like)


def carried_over(source: Distribution) -> list[str]:
    """What a clone takes over, in words: for the page that makes it."""
    config = source.config
    behaviors = config.get("CacheBehaviors", {}).get("Quantity", 0)
    others = [each for each in config.get("Origins", {}).get("Items", []) if each["Id"] != main_origin(config).get("Id")]
    errors, countries = config.get("CustomErrorResponses", {}).get("Quantity", 0), config.get("Restrictions", {})
    found = ["the default behavior"]
    if behaviors:
        found.append(f"{behaviors} further behavior{'' if behaviors == 1 else 's'}")
    if others:
        names = ", ".join(f"{each['Id']}{' with its access' if access_of(each)[1] else ''}" for each in others[:5])
        found.append(f"{len(others)} further origin{'' if len(others) == 1 else 's'} ({names})")
    if errors:
        found.append(f"{errors} error page{'' if errors == 1 else 's'}")
    if countries.get("GeoRestriction", {}).get("Quantity"):
        found.append("the restriction by country")
    if source.unknown_fields:
        found.append(f"not: {', '.join(source.unknown_fields[:3])}, which this version of cdnadmin does not know")
    return found
