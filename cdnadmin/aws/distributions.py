"""CloudFront distributions: created, read, changed and deleted, each write safe to repeat."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from cdnadmin.aws.session import Connection, cloudfront
from cdnadmin.aws.translate import translated
from cdnadmin.errors import AwsConflict, AwsNotFound

Config = dict[str, Any]


@dataclass(frozen=True)
class SeenDistribution:
    """A distribution as AWS answered it; `config` is the DistributionConfig that goes with `etag`."""

    id: str
    arn: str
    domain_name: str
    status: str  # "InProgress" or "Deployed"
    etag: str
    enabled: bool
    config: Config = field(repr=False)


@dataclass(frozen=True)
class DistributionSummary:
    id: str
    arn: str
    domain_name: str
    status: str
    enabled: bool
    comment: str
    aliases: tuple[str, ...]
    last_modified: datetime


def _seen(answer: Mapping[str, Any]) -> SeenDistribution:
    distribution = answer["Distribution"]
    config = distribution["DistributionConfig"]
    return SeenDistribution(
        id=distribution["Id"],
        arn=distribution["ARN"],
        domain_name=distribution["DomainName"],
        status=distribution["Status"],
        etag=answer["ETag"],
        enabled=config["Enabled"],
        config=config,
    )


def is_same_config(wanted: Any, found: Any) -> bool:
    """Whether AWS has what we sent: it adds defaults to what is left out, so only what we named must agree."""
    if isinstance(wanted, Mapping):
        return isinstance(found, Mapping) and all(
            (value in ("", {"Quantity": 0}) and name not in found) or (name in found and is_same_config(value, found[name]))
            for name, value in wanted.items()
        )
    if isinstance(wanted, list | tuple):
        if not isinstance(found, list | tuple) or len(wanted) != len(found):
            return False
        if all(isinstance(item, str) for item in wanted):
            return sorted(wanted) == sorted(found)  # CloudFront answers methods and aliases in an order of its own
        return all(is_same_config(ours, theirs) for ours, theirs in zip(wanted, found, strict=True))
    return bool(wanted == found)


def create_distribution(connection: Connection, *, config: Config) -> SeenDistribution:
    """Create it; or answer the one that this caller reference made before, if it is what `config` says.

    CloudFront refuses a used caller reference even for the identical configuration, and names the existing
    distribution only in its message. Raises AwsConflict (DistributionAlreadyExists) when that one differs.
    """
    try:
        with translated("create the distribution"):
            return _seen(cloudfront(connection).create_distribution(DistributionConfig=cast(Any, config)))
    except AwsConflict as conflict:
        if conflict.code != "DistributionAlreadyExists":
            raise
        existing = _named_in(connection, conflict.detail)
        if existing is None or not is_same_config(config, existing.config):
            raise
        return existing


def _named_in(connection: Connection, message: str) -> SeenDistribution | None:
    """The distribution whose id stands in "… Already exists: E2ABC…"."""
    found = re.search(r"\bAlready exists: ([A-Z0-9]+)", message)
    return get_distribution(connection, id=found.group(1)) if found else None


def find_distribution_by_caller_reference(connection: Connection, *, caller_reference: str) -> SeenDistribution | None:
    """The distribution made with this reference, or None. Lists carry no references: one read for each of them."""
    for summary in iterate_distributions(connection):
        seen = get_distribution(connection, id=summary.id)
        if seen.config["CallerReference"] == caller_reference:
            return seen
    return None


def get_distribution(connection: Connection, *, id: str) -> SeenDistribution:
    with translated("read the distribution"):
        return _seen(cloudfront(connection).get_distribution(Id=id))


def update_distribution(connection: Connection, *, id: str, config: Config, etag: str) -> SeenDistribution:
    """Write the whole configuration back. Raises AwsConflict when somebody else changed it since `etag`.

    botocore repeats a call whose answer was lost: our own change then looks like somebody else's, so it is
    read back and compared before it is called a conflict.
    """
    try:
        with translated("change the distribution"):
            return _seen(cloudfront(connection).update_distribution(Id=id, DistributionConfig=cast(Any, config), IfMatch=etag))
    except AwsConflict as conflict:
        if conflict.code not in {"PreconditionFailed", "InvalidIfMatchVersion"}:
            raise
        found = get_distribution(connection, id=id)
        if not is_same_config(config, found.config):
            raise
        return found


def delete_distribution(connection: Connection, *, id: str, etag: str) -> None:
    """Delete it. One that is gone already is success."""
    try:
        with translated("delete the distribution"):
            cloudfront(connection).delete_distribution(Id=id, IfMatch=etag)
    except AwsNotFound:
        return


def iterate_distributions(connection: Connection) -> Iterator[DistributionSummary]:
    """All distributions of the account, 100 a call."""
    marker = ""
    while True:
        with translated("list the distributions"):
            answer = cloudfront(connection).list_distributions(**({"Marker": marker} if marker else {}))
        page = answer["DistributionList"]
        for item in page.get("Items", []):
            yield DistributionSummary(
                id=item["Id"],
                arn=item["ARN"],
                domain_name=item["DomainName"],
                status=item["Status"],
                enabled=item["Enabled"],
                comment=item["Comment"],
                aliases=tuple(item["Aliases"].get("Items", [])),
                last_modified=item["LastModifiedTime"],
            )
        if not page["IsTruncated"]:
            return
        marker = page["NextMarker"]
