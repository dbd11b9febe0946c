"""Legacy streaming distributions (RTMP): AWS shut them down on 2020-12-31.

None serves anybody any more and none can be made; old accounts still list them. They can be read, changed,
disabled and deleted, which is what an account needs to be rid of them.
Source: Amazon CloudFront API Reference, "StreamingDistributionConfig".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

from cdnadmin.aws.distributions import Config, SeenDistribution, active_of, is_same_config, refuse_unknown
from cdnadmin.aws.session import Connection, cloudfront
from cdnadmin.aws.translate import translated
from cdnadmin.aws.unknown_fields import UNKNOWN_FIELDS
from cdnadmin.errors import AwsConflict, AwsNotFound


def _seen(answer: Mapping[str, Any]) -> SeenDistribution:
    distribution = answer["StreamingDistribution"]
    config = distribution["StreamingDistributionConfig"]
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
        active_signers=active_of(distribution.get("ActiveTrustedSigners"), "AwsAccountNumber"),
    )


def create_streaming_distribution(connection: Connection, *, config: Config) -> SeenDistribution:
    """Create one: AWS itself refuses today, and says so; the call stands for end points that still take it."""
    with translated("create the streaming distribution"):
        return _seen(cloudfront(connection).create_streaming_distribution(StreamingDistributionConfig=cast(Any, config)))


def get_streaming_distribution(connection: Connection, *, id: str) -> SeenDistribution:
    with translated("read the streaming distribution"):
        return _seen(cloudfront(connection).get_streaming_distribution(Id=id))


def update_streaming_distribution(
    connection: Connection, *, id: str, config: Config, etag: str, unknown_fields: tuple[str, ...] = ()
) -> SeenDistribution:
    """Write the whole configuration back; a lost answer is told from a conflict by reading back."""
    refuse_unknown(unknown_fields)
    given = cast(Any, config)
    try:
        with translated("change the streaming distribution"):
            return _seen(
                cloudfront(connection).update_streaming_distribution(Id=id, StreamingDistributionConfig=given, IfMatch=etag)
            )
    except AwsConflict as conflict:
        if conflict.code not in {"PreconditionFailed", "InvalidIfMatchVersion"}:
            raise
        found = get_streaming_distribution(connection, id=id)
        if not is_same_config(config, found.config):
            raise
        return found


def delete_streaming_distribution(connection: Connection, *, id: str, etag: str) -> None:
    """Delete it. One that is gone already is success."""
    try:
        with translated("delete the streaming distribution"):
            cloudfront(connection).delete_streaming_distribution(Id=id, IfMatch=etag)
    except AwsNotFound:
        return


def iterate_streaming_distributions(connection: Connection) -> Iterator[tuple[str, str, bool]]:
    """(id, status, enabled) of each; lists carry no ETag."""
    marker = ""
    while True:
        with translated("list the streaming distributions"):
            answer = cloudfront(connection).list_streaming_distributions(**({"Marker": marker} if marker else {}))
        page: Any = answer["StreamingDistributionList"]
        for item in page.get("Items", []):
            yield item["Id"], item["Status"], item["Enabled"]
        if not page["IsTruncated"]:
            return
        marker = page["NextMarker"]
