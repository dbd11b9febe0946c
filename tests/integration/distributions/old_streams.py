"""A streaming distribution of old at the sandbox, as an account of 2010 may still list it, and its row here."""

from __future__ import annotations

import json
from typing import Any

from cdnadmin.accounts.models import Bucket, User
from cdnadmin.accounts.services.credentials import connection_for
from cdnadmin.aws import streaming as aws_streaming
from cdnadmin.aws.bucket_policies import oai_statement
from distributions.importing import import_distribution
from distributions.models import Distribution
from distributions.services.offers import offered_certificates
from distributions.services.succession import Succession, succeed_distribution
from tests.integration.distributions.conftest import fresh, operation_of

FILM = "films/first.mp4"


def old_stream(
    cloudfront: Any, s3: Any, bucket: Bucket, *, alias: str = "", signers: tuple[str, ...] = (), identity: bool = True, **given: Any
) -> Distribution:
    """Over the bucket, which lets its identity read by a statement of somebody else's; with a file, logs and a tag."""
    oai = ""
    if identity:
        wanted = {"CallerReference": bucket.name, "Comment": f"identity of {bucket.name}"}
        made = cloudfront.create_cloud_front_origin_access_identity(CloudFrontOriginAccessIdentityConfig=wanted)
        oai = made["CloudFrontOriginAccessIdentity"]["Id"]
        statement = oai_statement(sid="Of2010", bucket=bucket.name, prefix="", oai_id=oai)
        s3.put_bucket_policy(Bucket=bucket.name, Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    s3.put_object(Bucket=bucket.name, Key=FILM, Body=b"A film of 2010.\n", ContentType="video/mp4")
    config = {
        "CallerReference": f"rtmp-{bucket.name}",
        "S3Origin": {
            "DomainName": f"{bucket.name}.s3.amazonaws.com",
            "OriginAccessIdentity": f"origin-access-identity/cloudfront/{oai}" if oai else "",
        },
        "Aliases": {"Quantity": 1, "Items": [alias]} if alias else {"Quantity": 0},
        "Comment": "Talks of 2010",
        "Logging": {"Enabled": True, "Bucket": "old-logs.s3.amazonaws.com", "Prefix": "talks/"},
        "TrustedSigners": {"Enabled": bool(signers), "Quantity": len(signers), **({"Items": list(signers)} if signers else {})},
        "PriceClass": "PriceClass_100",
        "Enabled": True,
        **given,
    }
    with_tags = {"StreamingDistributionConfig": config, "Tags": {"Items": [{"Key": "team", "Value": "press"}]}}
    id = cloudfront.create_streaming_distribution_with_tags(StreamingDistributionConfigWithTags=with_tags)["StreamingDistribution"][
        "Id"
    ]
    seen = aws_streaming.get_streaming_distribution(connection_for(bucket.account), id=id)
    return fresh(import_distribution(bucket.account, seen, family=Distribution.Family.RTMP, tags={}))


def succeed(actor: User, old: Distribution, *aliases: str, certificate: str = "", retire: bool = False, **given: Any) -> Any:
    """(the successor's row, the operation that builds it)."""
    wanted = Succession(
        name="Talks", aliases=aliases, certificate_arn=certificate, retire=retire, typed_name=old.name if retire else "", **given
    )
    made = succeed_distribution(actor=actor, distribution=old, wanted=wanted, offered=offered_certificates(old.account))
    return made, operation_of(made, "succeed_distribution")


def old_ids(cloudfront: Any) -> list[str]:
    return [item["Id"] for item in cloudfront.list_streaming_distributions()["StreamingDistributionList"].get("Items", [])]


def old_config(cloudfront: Any, old: Distribution) -> Any:
    return cloudfront.get_streaming_distribution(Id=old.aws_id)["StreamingDistribution"]["StreamingDistributionConfig"]


def old_status(cloudfront: Any, old: Distribution) -> str:
    return str(cloudfront.get_streaming_distribution(Id=old.aws_id)["StreamingDistribution"]["Status"])
