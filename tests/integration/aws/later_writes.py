"""Writes of `cdnadmin.aws` that came with plans and invalidations; the table in `writes` takes them in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cdnadmin.aws import bucket_truth, buckets, certificates, distributions, invalidations, origin_access, streaming
from cdnadmin.aws.distribution_config import build_distribution_config
from cdnadmin.aws.session import Connection
from cdnadmin.errors import AwsNotFound
from tests.conftest import wait_until

Prepared = tuple[Callable[[Connection], object], Callable[[], bool]]


def _made(c: Connection, tag: str) -> distributions.SeenDistribution:
    config = build_distribution_config(caller_reference=tag, bucket="faults", region="us-east-1", comment=tag, enabled=False)
    return distributions.create_distribution(c, config=config)


def put_tags(c: Connection, tag: str) -> Prepared:
    made = _made(c, tag)
    return (
        lambda k: distributions.put_tags(k, arn=made.arn, tags={"team": tag}),
        lambda: distributions.get_tags(c, arn=made.arn) == {"team": tag},
    )


def create_invalidation(c: Connection, tag: str) -> Prepared:
    made = _made(c, tag)
    return (
        lambda k: invalidations.create_invalidation(k, distribution_id=made.id, caller_reference=tag, paths=["/a", "/b/*"]),
        lambda: len(list(invalidations.iterate_invalidations(c, distribution_id=made.id))) == 1,
    )


def request_certificate(c: Connection, tag: str) -> Prepared:
    host = f"{tag}.example.org"
    return (
        lambda k: certificates.request_certificate(k, names=[host], idempotency_token=tag.replace("-", "")),
        lambda: [each.domain_name for each in certificates.list_certificates(c)].count(host) == 1,
    )


def _old(tag: str, **changed: Any) -> dict[str, Any]:
    return {
        "CallerReference": tag,
        "S3Origin": {"DomainName": "old.s3.amazonaws.com", "OriginAccessIdentity": ""},
        "Comment": tag,
        "TrustedSigners": {"Enabled": False, "Quantity": 0},
        "Enabled": False,
        **changed,
    }


def create_streaming(c: Connection, tag: str) -> Prepared:
    def there() -> bool:
        ids = [id for id, _, _ in streaming.iterate_streaming_distributions(c)]
        return [streaming.get_streaming_distribution(c, id=id).config["Comment"] for id in ids].count(tag) == 1

    return lambda k: streaming.create_streaming_distribution(k, config=_old(tag)), there


def update_streaming(c: Connection, tag: str) -> Prepared:
    made = streaming.create_streaming_distribution(c, config=_old(tag))
    changed = {**made.config, "Comment": "changed"}
    return (
        lambda k: streaming.update_streaming_distribution(k, id=made.id, config=changed, etag=made.etag),
        lambda: streaming.get_streaming_distribution(c, id=made.id).config["Comment"] == "changed",
    )


def delete_streaming(c: Connection, tag: str) -> Prepared:
    made = streaming.create_streaming_distribution(c, config=_old(tag))
    wait_until(lambda: streaming.get_streaming_distribution(c, id=made.id).status == "Deployed", what="the deployment")

    def gone() -> bool:
        try:
            streaming.get_streaming_distribution(c, id=made.id)
        except AwsNotFound:
            return True
        return False

    return lambda k: streaming.delete_streaming_distribution(k, id=made.id, etag=made.etag), gone


def update_oac(c: Connection, tag: str) -> Prepared:
    made = origin_access.create_origin_access_control(c, name=tag)
    return (
        lambda k: origin_access.update_origin_access_control(k, seen=made, name=f"{tag}-2", description="renamed"),
        lambda: (
            origin_access.get_origin_access_control(c, id=made.id).config
            == {**made.config, "Name": f"{tag}-2", "Description": "renamed"}
        ),
    )


def update_oai(c: Connection, tag: str) -> Prepared:
    made = origin_access.create_origin_access_identity(c, caller_reference=tag, comment=tag)
    return (
        lambda k: origin_access.update_origin_access_identity(k, id=made.id, comment="renamed", etag=made.etag),
        lambda: origin_access.get_origin_access_identity(c, id=made.id).comment == "renamed",
    )


def put_switches(c: Connection, tag: str) -> Prepared:
    buckets.create_bucket(c, name=tag, region="us-east-1")
    bucket_truth.put_bucket_switches(c, name=tag, switches=())
    return (
        lambda k: bucket_truth.put_bucket_switches(k, name=tag, switches=bucket_truth.SWITCHES),
        lambda: bucket_truth.see_bucket(c, name=tag, account_id="").switches == bucket_truth.SWITCHES,
    )
