"""What is asked of one distribution: which addresses, and what its access model promises of each."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace

from cdnadmin.accounts.models import Bucket
from distributions.access.neighbours import neighbours_of
from distributions.addresses import distribution_url
from distributions.configuration.lasting import behaviors_of, pattern_of
from distributions.configuration.origins import Config, behavior_needs_signature
from distributions.models import Distribution, PrivacyProbe
from distributions.privacy.files import Files
from distributions.privacy.signatures import ENDED, UNTRUSTED
from distributions.reach.paths_to import Way as PathWay
from distributions.reach.paths_to import unsigned_ways, ways_to
from distributions.reach.patterns import plainly

OTHERS = 50
BEHAVIORS = 20
# Of one file, ways that ask for no signature: each is as bad as the first.
WAYS = 3
MADE_UP = "cdnadmin-privacy-check"
TOO_LONG = "Its address is too long to be written down."
LONGEST = PrivacyProbe._meta.get_field("address").max_length or 0
Way = PrivacyProbe.Way
REFUSED, OPEN, NOBODYS = "refused", "open", ""


@dataclass(frozen=True)
class Question:
    """One address to ask a stranger's way. `signed`: how the request is signed, "ended" or "untrusted"; "" not at all.
    `made_up`: nothing is known to lie there, so only what asks for a signature refuses. `because`: why it can't be asked.
    """

    way: str
    subject: str
    address: str = field(repr=False)
    wanted: str
    signed: str = ""
    made_up: bool = False
    because: str = ""


def questions_about(distribution: Distribution, files: Files, *, signing: Collection[str]) -> list[Question]:
    """`signing`: in which bad ways a key of ours can sign for it."""
    private = {key for key in files.keys if distribution.is_private or _asks_for_signature(distribution, key)}
    asked = [
        *_at_edge(distribution, files, private, signing),
        *_at_s3(distribution, files, private),
        *_through_others(distribution, files, private),
    ]
    # Cut off, it would be another address.
    return [each if len(each.address) <= LONGEST else replace(each, address="", because=TOO_LONG) for each in asked]


def _asks_for_signature(distribution: Distribution, key: str) -> bool:
    """Whether the file is private where it is asked for plainly: a public distribution may have behaviors that sign."""
    ways = ways_to(distribution.config_at_aws, distribution.own_bucket.name, key)
    return any(way.needs_signature for way in ways if not way.encoded)


def _at_edge(distribution: Distribution, files: Files, private: set[str], signing: Collection[str]) -> Iterator[Question]:
    base, config = distribution_url(distribution), distribution.config_at_aws
    signed_paths = []
    for key in files.keys:
        for way in _ways(config, distribution.own_bucket.name, key, private=key in private):
            yield Question(Way.EDGE, key, f"{base}{way.path}", REFUSED if key in private else OPEN)
            if way.needs_signature:
                signed_paths.append((key, way.path))
    if distribution.is_private:
        if not files.keys:
            yield Question(Way.EDGE, "", f"{base}/{MADE_UP}", REFUSED, made_up=True)
        yield from _behaviors(distribution, files)
    for key, path in signed_paths[:1]:
        if ENDED in signing:
            yield Question(Way.OLD, key, f"{base}{path}", REFUSED, signed=ENDED)
        if UNTRUSTED in signing:
            yield Question(Way.UNTRUSTED, key, f"{base}{path}", REFUSED, signed=UNTRUSTED)
    if not config.get("DefaultRootObject"):
        yield Question(Way.EDGE_LISTING, "", f"{base}/", REFUSED)


def _ways(config: Config, bucket: str, key: str, *, private: bool) -> list[PathWay]:
    """By which paths the file is asked for: the plain one; of a private one also those without a signature, before it."""
    ways = sorted(ways_to(config, bucket, key), key=lambda way: (way.needs_signature, way.encoded))
    if not private:
        return [way for way in ways if not way.encoded][:1]
    return [*ways[:WAYS], *[way for way in ways[WAYS:] if not way.encoded][:1]]


def _behaviors(distribution: Distribution, files: Files) -> Iterator[Question]:
    """Each behavior without signatures. Those that lead to the distribution's own files open what should not open; what
    else a behavior shows is told, and nobody's to say here.
    """
    base, config, bucket = distribution_url(distribution), distribution.config_at_aws, distribution.own_bucket.name
    opening = {way.pattern: way for way in unsigned_ways(config, bucket, distribution.prefix)}
    unsigned = [each for each in behaviors_of(config) if not behavior_needs_signature(each)]
    for behavior in sorted(unsigned, key=lambda each: pattern_of(each) not in opening)[:BEHAVIORS]:
        pattern = pattern_of(behavior)
        wanted = REFUSED if pattern in opening else NOBODYS
        known = _file_under(distribution, files, pattern) if wanted else None
        path = known or opening[pattern].path if wanted else "/" + pattern.removeprefix("/").replace("*", MADE_UP)
        yield Question(Way.BEHAVIOR, pattern, f"{base}{path}", wanted, made_up=known is None)


def _file_under(distribution: Distribution, files: Files, pattern: str) -> str | None:
    """The path of a file that the behavior opens without a signature, if one is found where the pattern begins."""
    begins = pattern.removeprefix("/").partition("*")[0].partition("?")[0]
    key = files.find(f"{distribution.prefix}{begins}")
    ways = ways_to(distribution.config_at_aws, distribution.own_bucket.name, key) if key else ()
    return next((way.path for way in ways if way.pattern == pattern and not way.needs_signature), None)


def _at_s3(distribution: Distribution, files: Files, private: set[str]) -> Iterator[Question]:
    model = distribution.access_model
    unknown = model == Distribution.AccessModel.OPEN and not distribution.is_private
    public = model == Distribution.AccessModel.PUBLIC_ACL
    bucket = distribution.own_bucket
    for key in files.keys:
        wanted = REFUSED if key in private else NOBODYS if unknown else OPEN if public else REFUSED
        yield Question(Way.S3, key, f"{s3_address(bucket)}/{plainly(key)}", wanted)
    if not files.keys:
        # S3 refuses a stranger what is not there, whether it would be open or not.
        yield Question(Way.S3, "", "", NOBODYS if unknown else REFUSED, because=files.none_because)
    yield Question(Way.LISTING, bucket.name, f"{s3_address(bucket)}/?list-type=2&max-keys=1", NOBODYS if unknown else REFUSED)


def _through_others(distribution: Distribution, files: Files, private: set[str]) -> Iterator[Question]:
    bucket = distribution.own_bucket.name
    asked, more = 0, 0
    for other, prefixes in neighbours_of(distribution):
        if not other.is_served or not other.answers_viewers or not other.domain_name:
            continue
        if asked == OTHERS:
            more += 1
            continue
        keys = files.keys
        if not any(key.startswith(prefix) for key in keys for prefix in prefixes):
            found = files.find(max(*prefixes, distribution.prefix, key=len))
            keys = [found] if found else []
        ways = [(key, way) for key in keys for way in _ways(other.config_at_aws, bucket, key, private=True)]
        ways.sort(key=lambda each: each[1].needs_signature)
        for key, way in ways[:1]:
            wanted = REFUSED if distribution.is_private or key in private else NOBODYS
            yield Question(Way.OTHER, other.name, f"{distribution_url(other)}{way.path}", wanted)
        asked += bool(ways)
    if more and distribution.is_private:
        because = f"{more} more distributions show this part of the bucket: so many are not asked at once."
        yield Question(Way.OTHER, "", "", REFUSED, because=because)


def s3_address(bucket: Bucket) -> str:
    """Where S3 answers for the bucket: its own host name at AWS, a path at an end point of another kind, and where its name
    has dots, which S3's certificate does not cover.
    """
    account = bucket.account
    if account.endpoint_url:
        return f"{account.endpoint_url.rstrip('/')}/{bucket.name}"
    server = f"s3.{bucket.region or account.region}.amazonaws.com"
    return f"https://{server}/{bucket.name}" if "." in bucket.name else f"https://{bucket.name}.{server}"
