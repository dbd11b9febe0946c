"""Statements of a policy, in words."""

from __future__ import annotations

from typing import Any

import pytest

from distributions.reach.s3 import explain_statement

ARN = "arn:aws:cloudfront::123456789012:distribution/E1"
IDENTITY = "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E2"
CLOUDFRONT = {"Service": "cloudfront.amazonaws.com"}


def said(effect: str, principal: Any, action: Any, resource: Any, condition: Any = None) -> str:
    statement = {"Effect": effect, "Principal": principal, "Action": action, "Resource": resource}
    return explain_statement({**statement, "Condition": condition} if condition else statement)


EVERYTHING = "arn:aws:s3:::b/*"
BOTH = ["arn:aws:s3:::b", EVERYTHING]
NO_HTTPS = {"Bool": {"aws:SecureTransport": "false"}}
PREFIXES = {"StringLike": {"s3:prefix": ["a/*", "b/*"]}}
OURS = {"ArnLike": {"aws:SourceArn": [ARN, ARN.replace("E1", "*")]}}
ELSEWHERE = {"NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}}
REFERER = {"StringLike": {"aws:Referer": "https://x/*"}}
PEOPLE = {"AWS": ["arn:aws:iam::123456789012:root", "arn:aws:iam::1:role/x"]}


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        (("Allow", "*", "s3:GetObject", EVERYTHING), "Lets everybody read everything."),
        (("Allow", {"AWS": "*"}, ["s3:GetObject", "s3:ListBucket"], BOTH), "Lets everybody read and list everything."),
        (("Allow", "*", "s3:ListBucket", BOTH[0], PREFIXES), "Lets everybody list the bucket under “a/*” or “b/*”."),
        (
            ("Allow", CLOUDFRONT, "s3:GetObject", "arn:aws:s3:::b/press-kit/*", {"StringEquals": {"AWS:SourceArn": ARN}}),
            "Lets CloudFront read press-kit/* for the distribution E1.",
        ),
        (
            ("Allow", CLOUDFRONT, "s3:GetObject", EVERYTHING, OURS),
            "Lets CloudFront read everything for the distribution E1 or every distribution of the account 123456789012.",
        ),
        (("Allow", {"AWS": IDENTITY}, "s3:GetObject", "arn:aws:s3:::b/a/*"), "Lets the origin access identity E2 read a/*."),
        (
            ("Allow", PEOPLE, "s3:PutObject", "arn:aws:s3:::b/a"),
            "Lets the account 123456789012 and arn:aws:iam::1:role/x write a.",
        ),
        (("Deny", "*", "s3:*", BOTH, NO_HTTPS), "Forbids everybody to do anything unless by HTTPS."),
        (("Deny", "*", "s3:GetObject", EVERYTHING, ELSEWHERE), "Forbids everybody to read anything unless from 10.0.0.0/8."),
        (
            ("Allow", "*", "s3:GetObject", "*", REFERER),
            "Lets everybody read everything where aws:Referer is by StringLike “https://x/*”.",
        ),
        (("Allow", "*", "s3:RestoreObject", "arn:aws:s3:::b/x"), "Lets everybody do s3:RestoreObject with x."),
    ],
)
def test_a_statement_in_words(statement: tuple[Any, ...], words: str) -> None:
    assert said(*statement) == words


def test_all_but() -> None:
    statement = {
        "Effect": "Deny",
        "NotPrincipal": {"AWS": IDENTITY},
        "NotAction": "s3:ListBucket",
        "NotResource": "arn:aws:s3:::b/a/*",
    }
    words = "Forbids everybody but the origin access identity E2 to do everything but s3:ListBucket with everything but a/*."
    assert explain_statement(statement) == words


@pytest.mark.parametrize("nonsense", [None, "x", {}, {"Effect": "Perhaps"}])
def test_nonsense_is_said_to_be_such(nonsense: Any) -> None:
    assert explain_statement(nonsense) == "Says nothing that S3 would understand."
    assert explain_statement({"Effect": "Allow", "Condition": 3}).startswith("Lets ")
