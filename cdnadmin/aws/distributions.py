"""CloudFront distributions: created, read, changed and deleted, each write safe to repeat."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from cdnadmin.aws.session import Connection, cloudfront
from cdnadmin.aws.translate import translated
from cdnadmin.aws.unknown_fields import UNKNOWN_FIELDS
from cdnadmin.errors import AwsConflict, AwsError, AwsNotFound

Config = dict[str, Any]


@dataclass(frozen=True)
class ActiveSigner:
    """Who is trusted, and the keys with which AWS says that it can sign: with none, its signatures fail.

    `id`: an account's number or "self", or a key group's id. `key_ids` are Key-Pair-Ids: APKA… of accounts, K… of groups.
    """

    id: str
    key_ids: tuple[str, ...]


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
    unknown_fields: tuple[str, ...] = ()  # what this botocore would lose in an update
    last_modified: datetime | None = None
    invalidations_in_progress: int = 0
    active_signers: tuple[ActiveSigner, ...] = ()
    active_key_groups: tuple[ActiveSigner, ...] = ()


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
    etag: str = ""  # "" where AWS leaves it out
    staging: bool = False
    connection_mode: str = ""


@dataclass(frozen=True)
class DistributionPage:
    """At most 100 summaries; `next_marker` is "" on the last page."""

    summaries: tuple[DistributionSummary, ...]
    next_marker: str


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
        unknown_fields=tuple(answer.get(UNKNOWN_FIELDS, ())),
        last_modified=distribution.get("LastModifiedTime"),
        invalidations_in_progress=distribution.get("InProgressInvalidationBatches", 0),
        active_signers=active_of(distribution.get("ActiveTrustedSigners"), "AwsAccountNumber"),
        active_key_groups=active_of(distribution.get("ActiveTrustedKeyGroups"), "KeyGroupId"),
    )


def active_of(answered: Mapping[str, Any] | None, name: str) -> tuple[ActiveSigner, ...]:
    """ActiveTrustedSigners or ActiveTrustedKeyGroups; AWS leaves out what is empty. `name`: how an item calls its id."""
    items = (answered or {}).get("Items") or []
    return tuple(ActiveSigner(item.get(name, ""), tuple((item.get("KeyPairIds") or {}).get("Items") or [])) for item in items)


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


def create_distribution(connection: Connection, *, config: Config, tags: Mapping[str, str] | None = None) -> SeenDistribution:
    """Create it; or answer the one that this caller reference made before, if it is what `config` says.

    CloudFront refuses a used caller reference even for the identical configuration, and names the existing
    distribution only in its message. Raises AwsConflict (DistributionAlreadyExists) when that one differs.
    """
    try:
        with translated("create the distribution"):
            if tags:
                given: Any = {"DistributionConfig": config, "Tags": {"Items": _tag_items(tags)}}
                return _seen(cloudfront(connection).create_distribution_with_tags(DistributionConfigWithTags=given))
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


def update_distribution(
    connection: Connection, *, id: str, config: Config, etag: str, unknown_fields: Sequence[str] = ()
) -> SeenDistribution:
    """Write the whole configuration back. Raises AwsConflict when somebody else changed it since `etag`.

    `unknown_fields` are those of the read that `config` was made from: with any, nothing is written and AwsError
    (UnknownFields) raised, since they would be lost.

    botocore repeats a call whose answer was lost: our own change then looks like somebody else's, so it is
    read back and compared before it is called a conflict.
    """
    refuse_unknown(unknown_fields)
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


def refuse_unknown(unknown_fields: Sequence[str]) -> None:
    """Raise AwsError (UnknownFields) where a write would lose what botocore did not read."""
    if unknown_fields:
        names = ", ".join(path.rpartition("DistributionConfig/")[2] for path in unknown_fields[:3])
        raise AwsError(
            f"AWS has settings here that this version of cdnadmin does not know and would lose ({names}). Nothing was "
            "changed. Update cdnadmin, or make this change in the AWS console.",
            code="UnknownFields",
        )


def iterate_distributions(connection: Connection) -> Iterator[DistributionSummary]:
    """All distributions of the account, 100 a call."""
    marker = ""
    while True:
        page = list_distributions_page(connection, marker=marker)
        yield from page.summaries
        if not page.next_marker:
            return
        marker = page.next_marker


def list_distributions_page(connection: Connection, *, marker: str = "") -> DistributionPage:
    """One call: up to 100, after `marker`."""
    with translated("list the distributions"):
        answer = cloudfront(connection).list_distributions(**({"Marker": marker} if marker else {}))
    page: Any = answer["DistributionList"]
    summaries = tuple(
        DistributionSummary(
            id=item["Id"],
            arn=item["ARN"],
            domain_name=item["DomainName"],
            status=item["Status"],
            enabled=item["Enabled"],
            comment=item["Comment"],
            aliases=tuple(item["Aliases"].get("Items", [])),
            last_modified=item["LastModifiedTime"],
            etag=item.get("ETag", ""),
            staging=item.get("Staging", False),
            connection_mode=item.get("ConnectionMode", ""),
        )
        for item in page.get("Items", [])
    )
    return DistributionPage(summaries, page["NextMarker"] if page["IsTruncated"] else "")


def _tag_items(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in sorted(tags.items())]


def get_tags(connection: Connection, *, arn: str) -> dict[str, str]:
    """The tags of a distribution."""
    with translated("read the tags"):
        answer = cloudfront(connection).list_tags_for_resource(Resource=arn)
    return {item["Key"]: item.get("Value", "") for item in answer["Tags"].get("Items", [])}


def put_tags(connection: Connection, *, arn: str, tags: Mapping[str, str]) -> None:
    """Make the tags exactly these. AWS's own (aws:…) stay: nobody may change them."""
    change_tags(connection, arn=arn, there=get_tags(connection, arn=arn), tags=tags)


def change_tags(connection: Connection, *, arn: str, there: Mapping[str, str], tags: Mapping[str, str]) -> None:
    """From `there`, as it was read, to `tags`: keys that are in neither are left alone."""
    there = {key: value for key, value in there.items() if not key.startswith("aws:")}
    wanted = {key: value for key, value in tags.items() if not key.startswith("aws:")}
    client: Any = cloudfront(connection)
    with translated("change the tags"):
        if gone := sorted(set(there) - set(wanted)):
            client.untag_resource(Resource=arn, TagKeys={"Items": gone})
        if new := {key: value for key, value in wanted.items() if there.get(key) != value}:
            client.tag_resource(Resource=arn, Tags={"Items": _tag_items(new)})
