"""What is asked of one distribution: which addresses, and what its access model promises of each."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from urllib.parse import quote

from cdnadmin.accounts.models import Bucket
from cdnadmin.aws import objects as aws_objects
from cdnadmin.aws.session import Connection
from cdnadmin.errors import AwsDenied
from distributions.access.prediction import others_showing, shown_at
from distributions.addresses import distribution_url
from distributions.configuration.lasting import behaviors_of, pattern_of
from distributions.configuration.origins import behavior_needs_signature
from distributions.models import Distribution, PrivacyProbe
from distributions.privacy.signatures import ENDED, UNTRUSTED

FILES = 2
OTHERS = 20
BEHAVIORS = 20
_UNTOUCHED = "/-._~!$&'()+,;=:@"
Way = PrivacyProbe.Way
REFUSED, OPEN, NOBODYS = "refused", "open", ""


@dataclass(frozen=True)
class Question:
    """One address to ask a stranger's way. `signed`: how the request is signed, "ended" or "untrusted"; "" not at all."""

    way: str
    subject: str
    address: str = field(repr=False)
    wanted: str
    signed: str = ""


def questions_about(distribution: Distribution, keys: list[str], *, signing: Collection[str]) -> list[Question]:
    """`keys`: a few of its files; none where it has none yet. `signing`: in which bad ways a key of ours can sign for it."""
    return [
        *_at_edge(distribution, keys, signing),
        *_at_s3(distribution, keys),
        *_through_others(distribution, keys),
    ]


def _at_edge(distribution: Distribution, keys: list[str], signing: Collection[str]) -> Iterator[Question]:
    base, private = distribution_url(distribution), distribution.is_private
    shown = [(key, path) for key in keys if (path := shown_at(distribution, distribution.own_bucket.name, key)) is not None]
    for key, path in shown:
        yield Question(Way.EDGE, key, f"{base}{_quoted(path)}", REFUSED if private else OPEN)
    if private:
        unsigned = [each for each in behaviors_of(distribution.config_at_aws) if not behavior_needs_signature(each)]
        for behavior in unsigned[:BEHAVIORS]:
            pattern = pattern_of(behavior)
            path = "/" + pattern.removeprefix("/").replace("*", "cdnadmin-privacy-check").replace("?", "x")
            yield Question(Way.BEHAVIOR, pattern, f"{base}{_quoted(path)}", REFUSED)
        for key, path in shown[:1]:
            if ENDED in signing:
                yield Question(Way.OLD, key, f"{base}{_quoted(path)}", REFUSED, signed=ENDED)
            if UNTRUSTED in signing:
                yield Question(Way.UNTRUSTED, key, f"{base}{_quoted(path)}", REFUSED, signed=UNTRUSTED)
    if not distribution.default_root_object:
        yield Question(Way.EDGE_LISTING, "", f"{base}/", REFUSED)


def _at_s3(distribution: Distribution, keys: list[str]) -> Iterator[Question]:
    model = distribution.access_model
    public = model == Distribution.AccessModel.PUBLIC_ACL
    unknown = model == Distribution.AccessModel.OPEN and not distribution.is_private
    bucket = distribution.own_bucket
    for key in keys or [f"{distribution.prefix}cdnadmin-privacy-check"]:
        wanted = NOBODYS if unknown else OPEN if public and keys else REFUSED
        yield Question(Way.S3, key, f"{s3_address(bucket)}/{_quoted(key)}", wanted)
    yield Question(Way.LISTING, bucket.name, f"{s3_address(bucket)}/?list-type=2&max-keys=1", NOBODYS if unknown else REFUSED)


def _through_others(distribution: Distribution, keys: list[str]) -> Iterator[Question]:
    for other in others_showing(distribution)[:OTHERS]:
        if not other.is_served or not keys:
            continue
        path = shown_at(other, distribution.own_bucket.name, keys[0])
        if path is not None:
            wanted = REFUSED if distribution.is_private else NOBODYS
            yield Question(Way.OTHER, other.name, f"{distribution_url(other)}{_quoted(path)}", wanted)


def s3_address(bucket: Bucket) -> str:
    """Where S3 answers for the bucket: its own host name at AWS, a path at an end point of another kind."""
    account = bucket.account
    if account.endpoint_url:
        return f"{account.endpoint_url.rstrip('/')}/{bucket.name}"
    return f"https://{bucket.name}.s3.{bucket.region or account.region}.amazonaws.com"


def files_to_ask_for(connection: Connection, distribution: Distribution) -> list[str]:
    """Keys of a few of its files; none where there are none, or where these credentials may not list."""
    bucket = distribution.own_bucket.name
    try:
        listed, _ = aws_objects.list_object_page(connection, bucket=bucket, prefix=distribution.prefix, most=FILES)
    except AwsDenied as error:
        if error.is_mendable:
            raise
        return []
    return [each.key for each in listed]


def _quoted(path: str) -> str:
    return quote(path, safe=_UNTOUCHED)
