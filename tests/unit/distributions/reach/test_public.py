"""The meaning of "public", as S3 has it for policies."""

from __future__ import annotations

from typing import Any

import pytest

from distributions.reach.s3 import is_public_policy

ACCOUNT = "123456789012"
ARN = f"arn:aws:cloudfront::{ACCOUNT}:distribution/E1"
IDENTITY = "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E2"
OPEN = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::press/*"}
FOR_MINE = {**OPEN, "Principal": {"Service": "cloudfront.amazonaws.com"}, "Condition": {"StringEquals": {"AWS:SourceArn": ARN}}}


@pytest.mark.parametrize(
    ("changed", "public"),
    [
        ({}, True),
        ({"Effect": "Deny"}, False),
        ({"Principal": {"AWS": "*"}}, True),
        ({"Principal": {"AWS": ACCOUNT}}, False),
        ({"Principal": {"AWS": IDENTITY}}, False),
        ({"Principal": {"Service": "cloudfront.amazonaws.com"}}, False),
        ({"Principal": {"Service": "cloudfront.amazonaws.com", "AWS": "*"}}, True),
        ({"Principal": {"Federated": "graph.facebook.com"}}, True),
        ({"Principal": None, "NotPrincipal": {"AWS": ACCOUNT}}, True),
        ({"Condition": {"StringLike": {"aws:SourceVpc": "vpc-*"}}}, True),
        ({"Condition": {"StringEquals": {"aws:SourceVpc": "vpc-91237329"}}}, False),
        ({"Condition": {"StringNotEquals": {"aws:SourceVpc": "vpc-91237329"}}}, True),
        ({"Condition": {"StringEqualsIfExists": {"aws:SourceVpc": "vpc-91237329"}}}, True),
        ({"Condition": {"StringEquals": {"aws:SourceVpc": ["vpc-1", "vpc-*"]}}}, True),
        ({"Condition": {"Null": {"aws:SourceArn": "true"}}}, True),
        ({"Condition": {"StringLike": {"aws:Referer": "https://example.com/x"}}}, True),
        ({"Condition": {"ArnLike": {"aws:SourceArn": ARN}}}, False),
        ({"Condition": {"ArnLike": {"aws:SourceArn": "${aws:userid}"}}}, True),
        ({"Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}}, False),
        ({"Condition": {"IpAddress": {"aws:SourceIp": ["192.0.2.0/24", "0.0.0.0/1"]}}}, True),
        ({"Condition": {"IpAddress": {"aws:SourceIp": "2001::/16"}}}, True),
        ({"Condition": {"IpAddress": {"aws:SourceIp": "2001:db8::/32"}}}, False),
        ({"Condition": {"StringLike": {"s3:DataAccessPointArn": f"arn:aws:s3:us-west-2:{ACCOUNT}:accesspoint/*"}}}, False),
        ({"Condition": {"StringLike": {"s3:DataAccessPointArn": "arn:aws:s3:us-west-2:*:accesspoint/*"}}}, True),
        ({"Condition": {"StringLike": {"aws:userid": "AROAEXAMPLE:*"}}}, True),
    ],
)
def test_the_meaning_of_public(changed: dict[str, Any], public: bool) -> None:
    statement = {name: value for name, value in {**OPEN, **changed}.items() if value is not None}
    assert is_public_policy({"Statement": statement}) is public
    assert is_public_policy({"Statement": [FOR_MINE, statement]}) is public


def test_no_policy_is_not_public() -> None:
    assert is_public_policy(None) is False
