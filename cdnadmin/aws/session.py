"""Clients for an account: credentials, endpoint, retries and time-outs. The only place where boto3 is configured."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError

from cdnadmin.aws.unknown_fields import note_unknown_fields
from cdnadmin.errors import AwsError

if TYPE_CHECKING:
    from mypy_boto3_cloudfront import CloudFrontClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sts import STSClient


@dataclass(frozen=True)
class Connection:
    """How an account is reached. Empty keys: what this machine has itself (environment, instance role)."""

    region: str
    endpoint_url: str = ""
    access_key_id: str = field(default="", repr=False)
    secret_access_key: str = field(default="", repr=False)
    impatient: bool = False  # someone waits for the answer: one try, a few seconds
    background: bool = False  # one try: throttling is seen by who asks so much, instead of hidden by botocore


# Clients are safe to share between threads, and cost 20 ms and megabytes each: kept, but not for ever.
@lru_cache(maxsize=64)
def _client(service: str, connection: Connection) -> Any:
    try:
        return _make_client(service, connection)
    except (BotoCoreError, ValueError):
        # Made from what a person entered; the text may quote it.
        raise AwsError("boto3 takes neither this region nor this endpoint.", code="InvalidEndpoint") from None


def _make_client(service: str, connection: Connection) -> Any:
    session = boto3.session.Session(
        aws_access_key_id=connection.access_key_id or None,
        aws_secret_access_key=connection.secret_access_key or None,
        # CloudFront is global, and takes certificates of this region alone.
        region_name="us-east-1" if service in {"cloudfront", "acm"} else connection.region,
    )
    config = Config(
        # The presigner would take SigV2 for us-east-1 otherwise.
        signature_version="s3v4" if service == "s3" else None,
        s3={"addressing_style": "path"} if connection.endpoint_url else None,
        retries={"mode": "standard", "total_max_attempts": 1 if connection.impatient or connection.background else 3},
        connect_timeout=3 if connection.impatient else 5,
        read_timeout=10 if connection.impatient else 60,
        max_pool_connections=16,
        user_agent_extra="cdnadmin",
    )
    client: Any = session.client(cast(Any, service), endpoint_url=connection.endpoint_url or None, config=config)
    if service == "cloudfront":
        client.meta.events.register("before-parse.cloudfront.*", note_unknown_fields)
    if service == "s3control" and connection.endpoint_url:
        client.meta.events.register("before-sign.s3-control.*", _to_the_endpoint_itself)
    return client


def _to_the_endpoint_itself(request: Any, **more: object) -> None:
    """botocore puts the account's number before an endpoint's host name, where nobody may answer by that name."""
    url = urlsplit(str(request.url))
    account, _, host = url.netloc.partition(".")
    if account.isdigit() and len(account) == 12 and host:
        request.url = url._replace(netloc=host).geturl()


def acm(connection: Connection) -> Any:
    """ACM in us-east-1. As with iam, kms and s3control: without types, since little is asked of them."""
    return _client("acm", connection)


def iam(connection: Connection) -> Any:
    return _client("iam", connection)


def kms(connection: Connection) -> Any:
    return _client("kms", connection)


def s3control(connection: Connection) -> Any:
    """What S3 keeps for a whole account."""
    return _client("s3control", connection)


def s3(connection: Connection) -> S3Client:
    return cast("S3Client", _client("s3", connection))


def cloudfront(connection: Connection) -> CloudFrontClient:
    return cast("CloudFrontClient", _client("cloudfront", connection))


def sts(connection: Connection) -> STSClient:
    return cast("STSClient", _client("sts", connection))
