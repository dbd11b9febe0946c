"""Who may read and list at S3, rule by rule, and the sentence that says so."""

from __future__ import annotations

from typing import Any

import pytest

from distributions.reach.acls import ALL_USERS, AUTHENTICATED_USERS
from distributions.reach.s3 import may_list, may_read
from distributions.reach.state import BucketState, ObjectState
from distributions.reach.visitors import Control, Identity, Stranger, Visitor

ACCOUNT = "123456789012"
OWNER, FOREIGNER, CANONICAL = "e" * 64, "f" * 64, "a" * 64
ARN = f"arn:aws:cloudfront::{ACCOUNT}:distribution/E1"
EVERYBODY, MINE, OTHER, OLD = Stranger(), Control(ARN, ACCOUNT), Control(f"{ARN}X", ACCOUNT), Identity("E2", CANONICAL)
OPEN = {"Sid": "PublicRead", "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::press/*"}
FOR_MINE = {
    "Sid": "cdnadmin",
    "Effect": "Allow",
    "Principal": {"Service": "cloudfront.amazonaws.com"},
    "Action": "s3:GetObject",
    "Resource": "arn:aws:s3:::press/kit/*",
    "Condition": {"StringEquals": {"AWS:SourceArn": ARN}},
}
FOR_OLD = {"Effect": "Allow", "Principal": {"AWS": OLD.arn}, "Action": ["s3:GetObject"], "Resource": ["arn:aws:s3:::press/*"]}
LOGO = ObjectState("kit/logo.png")


def bucket(*statements: Any, on: str = "", ownership: str = "BucketOwnerEnforced", **more: Any) -> BucketState:
    policy = {"Version": "2012-10-17", "Statement": list(statements)} if statements else None
    return BucketState("press", ACCOUNT, policy, ownership, frozenset(on.split()), OWNER, **more)


def reads(state: BucketState, visitor: Visitor = EVERYBODY, object: ObjectState = LOGO) -> tuple[bool | None, str]:
    verdict = may_read(state, object, visitor)
    return verdict.allowed, verdict.reason


def test_a_public_statement_lets_everybody_in_and_is_named() -> None:
    verdict = may_read(bucket(OPEN), LOGO, EVERYBODY)
    assert (
        verdict.sentence
        == "Anyone can read it straight from S3: the statement “PublicRead” of the bucket’s policy lets everybody in."
    )
    assert (verdict.allowed, verdict.reason) == (True, "policy-allows")
    assert reads(bucket(OPEN), MINE) == reads(bucket(OPEN), OLD) == (True, "policy-allows")
    without_sid = may_read(bucket(FOR_MINE, {**OPEN, "Sid": ""}), LOGO, EVERYBODY)
    assert "statement 2 of the bucket’s policy" in without_sid.sentence
    assert reads(bucket()) == (False, "nothing-allows")
    assert may_read(bucket(), LOGO, EVERYBODY).sentence == (
        "Without credentials nobody can read it straight from S3: the bucket has no policy, and its ACLs are off."
    )


def test_the_distributions_statement_lets_only_it_in_and_only_there() -> None:
    state = bucket(FOR_MINE)
    assert reads(state, MINE) == (True, "policy-allows")
    assert may_read(state, LOGO, MINE).sentence.startswith(
        "CloudFront can read it for the distribution E1: the statement “cdnadmin”"
    )
    refused = (False, "nothing-allows")
    assert reads(state, OTHER) == reads(state, OLD) == reads(state) == refused
    assert reads(state, MINE, ObjectState("other/logo.png")) == reads(state, MINE, ObjectState("kit")) == refused
    old = bucket(FOR_OLD)
    assert reads(old, OLD) == (True, "policy-allows")
    assert reads(old, Identity("E3", "b" * 64)) == reads(old, MINE) == reads(old) == refused
    by_canonical = bucket({**FOR_OLD, "Principal": {"CanonicalUser": CANONICAL}})
    assert reads(by_canonical, OLD) == (True, "policy-allows")
    assert may_read(by_canonical, LOGO, OLD).sentence.startswith("CloudFront can read it as the origin access identity E2: ")


@pytest.mark.parametrize(
    ("changed", "applies"),
    [
        ({"Action": "S3:getobject"}, True),
        ({"Action": "s3:Get*"}, True),
        ({"Action": ["s3:PutObject", "*"]}, True),
        ({"Action": "s3:GetObjectVersion"}, False),
        ({"Resource": "*"}, True),
        ({"Resource": "arn:aws:s3:::pres?/kit/*.png"}, True),
        ({"Resource": "arn:aws:s3:::press/KIT/*"}, False),
        ({"Resource": "arn:aws:s3:::press"}, False),
        ({"Principal": {"AWS": ["111122223333", "*"]}}, True),
        ({"Principal": {"AWS": ACCOUNT}}, False),
        ({"Principal": {"Federated": "accounts.google.com"}}, False),
        ({"Principal": None, "NotPrincipal": {"AWS": OLD.arn}}, True),
        ({"Principal": None, "NotPrincipal": "*"}, False),
        ({"Action": None, "NotAction": "s3:Put*"}, True),
        ({"Action": None, "NotAction": ["s3:ListBucket", "s3:Get*"]}, False),
        ({"Resource": None, "NotResource": "arn:aws:s3:::press/private/*"}, True),
        ({"Resource": None, "NotResource": "arn:aws:s3:::press/kit/*"}, False),
        ({"Condition": {"Bool": {"aws:SecureTransport": "true"}}}, True),
        ({"Condition": {"Bool": {"aws:SecureTransport": [False]}}}, False),
        ({"Condition": {"StringEquals": {"aws:SourceArn": ARN}}}, False),
        ({"Condition": {"StringNotEquals": {"aws:SourceArn": ARN}}}, True),
        ({"Condition": {"StringEqualsIfExists": {"aws:SourceArn": ARN}}}, True),
        ({"Condition": {"Null": {"aws:SourceArn": "true"}}}, True),
        ({"Condition": {"Null": {"aws:SourceArn": "false"}}}, False),
        ({"Condition": {"StringLike": {"aws:PrincipalArn": "*"}}}, False),  # strangers have no ARN
        ({"Condition": {"StringEquals": {"aws:PrincipalAccount": "anonymous"}}}, True),
        ({"Condition": {"StringEquals": {"aws:SourceVpce": "vpce-1"}}}, False),
        ({"Condition": {"Bool": {"aws:SecureTransport": "true"}, "Null": {"aws:SourceArn": "false"}}}, False),
        # What can't be known decides nothing where something else refuses.
        ({"Condition": {"StringLike": {"aws:Referer": "*"}, "Null": {"aws:SourceArn": "false"}}}, False),
        ({"Condition": {"StringLike": {"aws:Referer": "*"}}}, None),
        ({"Condition": {"NumericLessThan": {"s3:TlsVersion": "1.2"}}}, None),
        ({"Condition": {"ForAnyValue:StringLike": {"aws:SourceArn": "*"}}}, None),
        ({"Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}}, None),
        ({"Condition": {"StringEquals": {"aws:PrincipalAccount": "${aws:userid}"}}}, None),
        ({"Condition": ["nonsense"]}, None),
        ({"Principal": {"Alien": "x"}}, None),
        ({"Resource": "arn:aws:s3:::press/${aws:userid}/*"}, None),
        ({"Resource": None}, None),
    ],
)
def test_whether_a_statement_applies(changed: dict[str, Any], applies: bool | None) -> None:
    statement = {name: value for name, value in {**OPEN, **changed}.items() if value is not None}
    assert reads(bucket(statement))[0] is applies
    forbids = bucket(OPEN, {**statement, "Effect": "Deny"})
    assert reads(forbids)[0] is (None if applies is None else not applies)
    if applies is None:
        verdict = may_read(bucket(statement), LOGO, EVERYBODY)
        assert verdict.reason == "unknown-condition"
        assert verdict.sentence.startswith("Whether anyone can read it straight from S3 can’t be told: the statement “PublicRead”")
    # Where nothing allows, what may forbid changes nothing.
    assert reads(bucket({**statement, "Effect": "Deny"}))[0] is False


@pytest.mark.parametrize(
    ("operator", "value", "fits"),
    [
        ("StringEquals", ARN, True),
        ("StringEquals", [f"{ARN}X", ARN], True),
        ("StringEquals", "arn:aws:cloudfront::*:distribution/E1", False),
        ("StringEquals", ARN.lower(), False),
        ("StringEqualsIgnoreCase", ARN.lower(), True),
        ("StringNotEqualsIgnoreCase", ARN.lower(), False),
        ("StringNotEquals", [f"{ARN}X", ARN], False),
        ("StringNotEquals", f"{ARN}X", True),
        ("StringLike", "arn:aws:cloudfront::*", True),
        ("StringNotLike", "*/E1", False),
        ("ArnLike", f"arn:aws:cloudfront::{ACCOUNT}:distribution/*", True),
        ("ArnEquals", "arn:*:cloudfront::*:distribution/E?", True),
        ("ArnLike", "arn:aws:*:*:distribution/E1:", False),
        ("ArnLike", "arn:aws:cloudfront*", None),
        ("ArnNotEquals", ARN, False),
        ("ArnNotLike", f"{ARN}*", False),
    ],
)
def test_operators_on_the_distribution_that_asks(operator: str, value: Any, fits: bool | None) -> None:
    state = bucket({**FOR_MINE, "Condition": {operator: {"aws:SourceArn": value}}})
    assert reads(state, MINE)[0] is fits


def test_addresses_and_plain_http() -> None:
    office = bucket({**OPEN, "Condition": {"IpAddress": {"aws:SourceIp": ["192.0.2.0/24", "2001:db8::/32"]}}})
    assert [reads(office, Stranger(ip=ip))[0] for ip in ("192.0.2.9", "198.51.100.1", "2001:db8::1")] == [True, False, True]
    assert may_read(office, LOGO, Stranger(ip="192.0.2.9")).sentence.startswith(
        "Anyone at 192.0.2.9 can read it straight from S3: "
    )
    assert reads(office, MINE)[0] is None  # from where CloudFront asks is not known
    elsewhere = bucket(OPEN, {**OPEN, "Effect": "Deny", "Condition": {"NotIpAddress": {"aws:SourceIp": "192.0.2.0/24"}}})
    assert reads(elsewhere, Stranger(ip="192.0.2.9"))[0] is True
    assert reads(elsewhere, Stranger(ip="198.51.100.1")) == (False, "policy-denies")
    assert reads(bucket({**OPEN, "Condition": {"IpAddress": {"aws:SourceIp": "nowhere"}}}), Stranger(ip="192.0.2.9"))[0] is None
    https = bucket(OPEN, {**OPEN, "Sid": "Https", "Effect": "Deny", "Condition": {"Bool": {"aws:SecureTransport": "false"}}})
    assert reads(https) == (True, "policy-allows")
    assert reads(https, Stranger(secure=False)) == (False, "policy-denies")
    assert "by plain HTTP: the statement “Https”" in may_read(https, LOGO, Stranger(secure=False)).sentence


def test_variables_are_a_matter_of_the_policys_version() -> None:
    literal = {**OPEN, "Resource": "arn:aws:s3:::press/${x}/*"}
    old = BucketState("press", ACCOUNT, {"Version": "2008-10-17", "Statement": literal}, "ObjectWriter", frozenset())
    assert reads(old)[0] is False
    assert reads(old, EVERYBODY, ObjectState("${x}/logo.png"))[0] is True


def test_a_denial_is_stronger_than_policy_and_acl() -> None:
    deny = {**OPEN, "Sid": "Closed", "Effect": "Deny"}
    public = ObjectState("kit/logo.png", ((ALL_USERS, "READ"),))
    state = bucket(deny, OPEN, FOR_MINE, ownership="ObjectWriter")
    assert reads(state, EVERYBODY, public) == reads(state, MINE) == reads(state, OLD) == (False, "policy-denies")
    assert "“Closed” of the bucket’s policy forbids it." in may_read(state, public, EVERYBODY).sentence


@pytest.mark.parametrize(
    ("grant", "visitor", "told"),
    [
        ((ALL_USERS, "READ"), EVERYBODY, (True, "acl-grants")),
        ((ALL_USERS, "READ"), MINE, (True, "acl-grants")),
        ((ALL_USERS, "FULL_CONTROL"), OLD, (True, "acl-grants")),
        ((ALL_USERS, "WRITE"), EVERYBODY, (False, "nothing-allows")),
        ((AUTHENTICATED_USERS, "READ"), EVERYBODY, (False, "nothing-allows")),
        ((AUTHENTICATED_USERS, "READ"), MINE, (None, "acl-unknown")),
        ((CANONICAL, "READ"), OLD, (True, "acl-grants")),
        ((CANONICAL, "READ_ACP"), OLD, (False, "nothing-allows")),
        ((CANONICAL, "READ"), EVERYBODY, (False, "nothing-allows")),
        ((CANONICAL, "READ"), MINE, (False, "nothing-allows")),
    ],
)
def test_acls(grant: tuple[str, str], visitor: Visitor, told: tuple[bool | None, str]) -> None:
    object = ObjectState("kit/logo.png", ((OWNER, "FULL_CONTROL"), grant))
    assert reads(bucket(ownership="BucketOwnerPreferred"), visitor, object) == told
    # An ACL counts nothing where the bucket has them off; that it would, is said.
    off = (False, "nothing-allows" if told[0] is False else "acls-off")
    assert reads(bucket(ownership="BucketOwnerEnforced"), visitor, object) == off
    ignored = told if told[0] is False or grant[0] == CANONICAL else (False, "public-acls-ignored")
    assert reads(bucket(ownership="ObjectWriter", on="IgnorePublicAcls"), visitor, object) == ignored
    # These only keep such things from being written.
    assert reads(bucket(ownership="ObjectWriter", on="BlockPublicAcls BlockPublicPolicy"), visitor, object) == told


def test_an_acl_that_is_not_known_is_not_taken_for_empty() -> None:
    unknown = ObjectState("kit/logo.png", None)
    assert reads(bucket(ownership="ObjectWriter"), EVERYBODY, unknown) == (None, "acl-unknown")
    assert reads(bucket(ownership="ObjectWriter", on="IgnorePublicAcls"), EVERYBODY, unknown)[0] is False
    assert reads(bucket(ownership="ObjectWriter", on="IgnorePublicAcls"), OLD, unknown)[0] is None
    assert reads(bucket(ownership="BucketOwnerEnforced"), OLD, unknown)[0] is False
    assert reads(bucket(OPEN, ownership="ObjectWriter"), EVERYBODY, unknown) == (True, "policy-allows")


def test_ownership_that_is_not_known_is_not_guessed() -> None:
    public, theirs = ObjectState("kit/logo.png", ((ALL_USERS, "READ"),)), ObjectState("kit/logo.png", owner=FOREIGNER)
    assert reads(bucket(ownership=""), EVERYBODY, public) == (None, "ownership-unknown")
    assert reads(bucket(ownership=""), EVERYBODY, LOGO)[0] is False
    assert reads(bucket(OPEN, ownership=""), EVERYBODY, theirs) == (None, "owner-unknown")
    assert reads(bucket(OPEN, ownership=""), EVERYBODY, LOGO)[0] is True


def test_the_policy_opens_only_what_the_buckets_owner_owns() -> None:
    theirs = ObjectState("kit/logo.png", owner=FOREIGNER)
    assert reads(bucket(OPEN, ownership="ObjectWriter"), EVERYBODY, theirs) == (False, "other-owner")
    assert reads(bucket(OPEN, ownership="ObjectWriter"), EVERYBODY, ObjectState("kit/logo.png", owner=OWNER))[0] is True
    assert reads(bucket(OPEN), EVERYBODY, theirs)[0] is True  # the bucket's owner owns all there
    nameless = BucketState("press", ACCOUNT, {"Statement": OPEN}, "ObjectWriter", frozenset())
    assert reads(nameless, EVERYBODY, theirs) == (None, "owner-unknown")
    assert reads(bucket({**OPEN, "Effect": "Deny"}, ownership="ObjectWriter"), EVERYBODY, theirs) == (False, "policy-denies")


def test_a_restricted_bucket_with_a_public_policy_serves_only_services_of_aws() -> None:
    both = bucket(FOR_MINE, FOR_OLD, OPEN, on="RestrictPublicBuckets", ownership="ObjectWriter")
    assert reads(both) == reads(both, OLD) == (False, "restricted-public-bucket")
    assert reads(both, MINE) == reads(both, OTHER) == (True, "policy-allows")
    private = bucket(FOR_MINE, FOR_OLD, on="RestrictPublicBuckets")
    assert reads(private, OLD) == (True, "policy-allows")
    public = ObjectState("kit/logo.png", ((ALL_USERS, "READ"),))
    elsewhere = bucket({**OPEN, "Resource": "arn:aws:s3:::press/x/*"}, on="RestrictPublicBuckets", ownership="ObjectWriter")
    assert reads(elsewhere, EVERYBODY, public) == (None, "restricted-public-bucket")
    perhaps = {**OPEN, "Condition": {"StringEquals": {"aws:PrincipalAccount": "anonymous"}}}
    assert reads(bucket(perhaps, on="RestrictPublicBuckets"))[0] is None


def test_what_a_key_of_kms_encrypts() -> None:
    state = bucket(OPEN, FOR_MINE, FOR_OLD)
    encrypted = {allows: ObjectState("kit/logo.png", kms=True, kms_allows=allows) for allows in (True, False, None)}
    assert reads(state, MINE, encrypted[True]) == (True, "policy-allows")
    assert reads(state, MINE, encrypted[False]) == (False, "kms-refuses")
    assert reads(state, MINE, encrypted[None]) == (None, "kms-unknown")
    assert reads(state, OLD, encrypted[True]) == (False, "kms-refuses-identities")
    assert reads(state, EVERYBODY, encrypted[True]) == (False, "kms-refuses-strangers")
    assert reads(bucket(), MINE, encrypted[None]) == (False, "nothing-allows")


def test_what_is_missing_is_hidden_from_who_may_not_list() -> None:
    gone = ObjectState("kit/gone.png", exists=False)
    lists = {"Effect": "Allow", "Principal": "*", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::press"}
    assert reads(bucket(OPEN), EVERYBODY, gone) == (False, "missing-hidden")
    assert reads(bucket(OPEN, lists), EVERYBODY, gone) == (False, "missing")
    assert reads(bucket(OPEN, ownership="ObjectWriter"), EVERYBODY, gone) == (False, "missing-or-hidden")


def test_listing() -> None:
    lists = {"Sid": "L", "Effect": "Allow", "Principal": "*", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::press"}
    verdict = may_list(bucket(lists), EVERYBODY)
    assert (
        verdict.sentence
        == "Anyone can list the bucket straight from S3: the statement “L” of the bucket’s policy lets everybody in."
    )
    assert may_list(bucket(OPEN), EVERYBODY).allowed is False
    assert may_list(bucket({**lists, "Resource": "arn:aws:s3:::press/*"}), EVERYBODY).allowed is False
    under = bucket({**lists, "Condition": {"StringLike": {"s3:prefix": "kit/*"}}})
    assert [may_list(under, EVERYBODY, prefix).allowed for prefix in ("kit/", "kit/a", "", "private/")] == [
        True,
        True,
        False,
        False,
    ]
    by_acl = bucket(ownership="ObjectWriter", grants=((ALL_USERS, "READ"),))
    assert (may_list(by_acl, EVERYBODY).allowed, may_list(by_acl, EVERYBODY).reason) == (True, "acl-grants")
    assert may_list(bucket(ownership="ObjectWriter", grants=()), EVERYBODY).sentence == (
        "Without credentials nobody can list the bucket straight from S3: the bucket has no policy, and its ACL does not allow it."
    )
    assert may_list(bucket(ownership="ObjectWriter"), EVERYBODY).reason == "acl-unknown"
