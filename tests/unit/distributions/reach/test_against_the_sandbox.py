"""Two readings of S3's rules, ours and the sandbox's, written apart from each other: they never contradict."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cdnadmin.sandbox.permissions import Permissions
from cdnadmin.sandbox.principals import (
    ACCOUNT_ID,
    OWNER_CANONICAL_ID,
    Anonymous,
    CloudFrontService,
    OriginAccessIdentity,
    Principal,
)
from cdnadmin.sandbox.s3.engine import ALL_USERS, AUTHENTICATED_USERS, S3Engine
from cdnadmin.sandbox.s3.store import Bucket, StoredObject
from distributions.reach.s3 import may_list, may_read
from distributions.reach.state import SWITCHES, BucketState, ObjectState
from distributions.reach.visitors import Control, Identity, Stranger, Visitor

NAME = "press"
CANONICAL = "a" * 64
ARN = f"arn:aws:cloudfront::{ACCOUNT_ID}:distribution/E1MINE"
IDENTITY = Identity("E2OLD", CANONICAL)
OTHER_IDENTITY = Identity("E3ELSE", "b" * 64)
KEYS = ("kit/logo.png", "kit/Logo.png", "private/film.mp4", "a?b*c")

visitors = st.sampled_from(
    [
        Stranger(),
        Stranger(secure=False),
        Stranger(ip="192.0.2.7"),
        Stranger(ip="10.1.2.3"),
        Control(ARN, ACCOUNT_ID),
        Control(ARN.replace("MINE", "ELSE"), ACCOUNT_ID),
        IDENTITY,
        OTHER_IDENTITY,
    ]
)


def one_or_more(items: list[str]) -> st.SearchStrategy[Any]:
    return st.one_of(st.sampled_from(items), st.lists(st.sampled_from(items), min_size=1, max_size=2, unique=True))


principals = st.one_of(
    st.just("*"),
    st.sampled_from([{"AWS": "*"}, {"Service": "cloudfront.amazonaws.com"}, {"AWS": IDENTITY.arn}, {"CanonicalUser": CANONICAL}]),
    st.fixed_dictionaries(
        {},
        optional={
            "AWS": one_or_more(["*", IDENTITY.arn, OTHER_IDENTITY.arn, "123456789012", f"arn:aws:iam::{ACCOUNT_ID}:root"]),
            "Service": one_or_more(["cloudfront.amazonaws.com", "logging.s3.amazonaws.com"]),
            "CanonicalUser": one_or_more([CANONICAL, "c" * 64]),
        },
    ).filter(bool),
)
ACTIONS = [
    "s3:GetObject",
    "s3:*",
    "s3:GetObject",
    "s3:getobject",
    "s3:Get*",
    "s3:*",
    "*",
    "s3:ListBucket",
    "s3:Li?tBucket",
    "s3:PutObject",
]
RESOURCES = [
    f"arn:aws:s3:::{NAME}{rest}" for rest in ("", "/*", "*", "/kit/*", "/kit/logo.???", "/private/film.mp4", "*", "/*.png")
]
ARNS = [ARN, f"arn:aws:cloudfront::{ACCOUNT_ID}:distribution/*", "arn:aws:cloudfront::*:distribution/E1????", "*"]
OPERATORS = ["StringEquals", "StringNotEquals", "StringLike", "StringNotLike", "StringEqualsIgnoreCase", "StringEqualsIfExists"]
OPERATORS += ["StringNotLikeIfExists", "ArnLike", "ArnEquals", "ArnNotLike", "ArnNotEquals", "ArnLikeIfExists"]
conditions = st.one_of(
    *(
        st.builds(
            lambda operator, key, values: {operator: {key: values}}, st.sampled_from(operators), st.sampled_from(keys), values
        )
        for operators, keys, values in (
            (
                OPERATORS,
                ["aws:SourceArn", "AWS:SourceArn"],
                one_or_more(ARNS),
            ),
            (
                ["StringEquals", "StringNotEquals", "StringLike", "StringEqualsIfExists"],
                ["aws:SourceAccount", "aws:PrincipalOrgID", "aws:SourceVpce"],
                one_or_more([ACCOUNT_ID, "123456789012", "0*"]),
            ),
            (["Bool", "BoolIfExists"], ["aws:SecureTransport"], st.sampled_from(["true", "false", True, ["false"]])),
            (
                ["IpAddress", "NotIpAddress", "IpAddressIfExists"],
                ["aws:SourceIp"],
                one_or_more(["192.0.2.0/24", "10.0.0.0/8", "0.0.0.0/0"]),
            ),
            (["Null"], ["aws:SecureTransport", "aws:PrincipalArn", "aws:SourceArn"], st.sampled_from(["true", "false", True])),
            (["StringLike", "StringEquals"], ["s3:prefix"], one_or_more(["kit/*", "kit/", "*"])),
            (["StringLike", "StringNotLike"], ["aws:Referer", "aws:PrincipalArn"], one_or_more(["*", "https://example.com/*"])),
        )
    )
)


READS = ["s3:GetObject", "s3:ListBucket"]
PLACES = [f"arn:aws:s3:::{NAME}/*", f"arn:aws:s3:::{NAME}"]


@st.composite
def statements(draw: Any) -> dict[str, Any]:
    """Most have one thing that is out of the ordinary, so that this one thing decides."""
    odd = draw(st.sampled_from(["Principal", "Action", "Resource", "Condition", "Condition", "all"]))
    ordinary: dict[str, Any] = {"Principal": "*", "Action": READS, "Resource": PLACES}
    drawn = {"Principal": principals, "Action": one_or_more(ACTIONS), "Resource": one_or_more(RESOURCES)}
    found: dict[str, Any] = {"Effect": draw(st.sampled_from(["Allow", "Allow", "Deny"]))}
    for name, value in ordinary.items():
        if odd in {name, "all"}:
            found[draw(st.sampled_from([name, name, f"Not{name}"]))] = draw(drawn[name])
        else:
            found[name] = value
    if odd == "Condition" or (odd == "all" and draw(st.booleans())):
        found["Condition"] = draw(conditions)
    return found


documents = st.one_of(
    st.none(), st.lists(statements(), min_size=1, max_size=3).map(lambda found: {"Version": "2012-10-17", "Statement": found})
)
acls = st.lists(
    st.tuples(
        st.sampled_from([ALL_USERS, AUTHENTICATED_USERS, CANONICAL, "c" * 64, OWNER_CANONICAL_ID]),
        st.sampled_from(["READ", "FULL_CONTROL", "WRITE", "READ_ACP"]),
    ),
    max_size=2,
).map(tuple)
ownerships = st.sampled_from(["BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter"])
switches = st.sets(st.sampled_from(SWITCHES)).map(frozenset)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> S3Engine:
    return S3Engine(tmp_path_factory.mktemp("s3"), Permissions())


def as_sandbox(visitor: Visitor) -> Principal:
    match visitor:
        case Stranger():
            return Anonymous()
        case Control():
            return CloudFrontService(visitor.distribution_arn, visitor.account_id)
        case Identity():
            return OriginAccessIdentity(visitor.id, visitor.canonical_user_id)


def as_context(visitor: Visitor) -> dict[str, str]:
    secure = not isinstance(visitor, Stranger) or visitor.secure
    found = {"aws:securetransport": "true" if secure else "false"}
    if isinstance(visitor, Stranger) and visitor.ip:
        found["aws:sourceip"] = visitor.ip
    return found


def written(acl: tuple[tuple[str, str], ...]) -> list[dict[str, str]]:
    return [{"grantee": grantee, "permission": permission} for grantee, permission in acl]


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(documents, ownerships, switches, acls, acls, st.sampled_from(KEYS), visitors, st.sampled_from(["", "kit/", "kit/x"]))
def test_what_is_told_is_what_the_sandbox_does(
    engine: S3Engine,
    policy: Any,
    ownership: str,
    on: frozenset[str],
    bucket_acl: Any,
    acl: Any,
    key: str,
    visitor: Visitor,
    prefix: str,
) -> None:
    text = json.dumps(policy) if policy else ""
    bucket = Bucket(NAME, 0, ownership, dict.fromkeys(on, True), text, written(bucket_acl))
    engine.store.save_object(NAME, key, StoredObject(0, "", 0, {}, [], written(acl)))
    state = BucketState(NAME, ACCOUNT_ID, policy, ownership, on, OWNER_CANONICAL_ID, bucket_acl)
    reading = may_read(state, ObjectState(key, acl), visitor)
    if reading.allowed is not None:
        does = engine.may(as_sandbox(visitor), "s3:GetObject", bucket, key, as_context(visitor))
        assert reading.allowed is does, reading.sentence
    listing = may_list(state, visitor, prefix)
    if listing.allowed is not None:
        does = engine.may(as_sandbox(visitor), "s3:ListBucket", bucket, "", {**as_context(visitor), "s3:prefix": prefix})
        assert listing.allowed is does, listing.sentence
