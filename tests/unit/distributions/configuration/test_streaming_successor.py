"""The configuration of a successor: what is kept of RTMP's, and that nothing is open that was not."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from distributions.configuration.checks import check_configuration
from distributions.configuration.edits import all_behaviors
from distributions.configuration.presets import CACHING_DISABLED, MANIFESTS
from distributions.configuration.streaming_successor import (
    aliases_of,
    build_successor,
    succession_lines,
    unsigned_paths,
    with_aliases,
    without_aliases,
)

OLD: dict[str, Any] = {
    "CallerReference": "of-2010",
    "S3Origin": {
        "DomainName": "talks.s3.amazonaws.com",
        "OriginAccessIdentity": "origin-access-identity/cloudfront/E2OAI",
    },
    "Aliases": {"Quantity": 2, "Items": ["Talks.example.org", "films.example.org"]},
    "Comment": "Talks of 2010",
    "Logging": {"Enabled": True, "Bucket": "logs.s3.amazonaws.com", "Prefix": "talks/"},
    "TrustedSigners": {"Enabled": True, "Quantity": 2, "Items": ["self", "123456789012"]},
    "PriceClass": "PriceClass_100",
    "Enabled": True,
}
CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/12345678-1234-1234-1234-123456789012"


def build(**given: Any) -> dict[str, Any]:
    old = {**copy.deepcopy(OLD), **given}
    return build_successor(
        old, caller_reference="cdnadmin-new", viewer_protocol_policy="redirect-to-https", certificate_arn=CERTIFICATE, comment="New"
    )


def test_what_rtmp_had_is_kept() -> None:
    new = build()
    assert check_configuration(new) == []
    (origin,) = new["Origins"]["Items"]
    assert (origin["DomainName"], origin["OriginPath"], origin["OriginAccessControlId"]) == ("talks.s3.amazonaws.com", "", "")
    assert origin["S3OriginConfig"]["OriginAccessIdentity"] == OLD["S3Origin"]["OriginAccessIdentity"]
    assert new["Logging"] == {**OLD["Logging"], "IncludeCookies": False}
    assert (new["PriceClass"], new["Comment"], new["Enabled"]) == ("PriceClass_100", "Talks of 2010", True)
    assert new["CallerReference"] == "cdnadmin-new"


def test_every_path_asks_for_the_same_signers() -> None:
    new = build()
    assert [each.get("PathPattern") for each in all_behaviors(new)] == [None, *MANIFESTS]
    assert all(each["TrustedSigners"] == OLD["TrustedSigners"] for each in all_behaviors(new))
    assert all(each["CachePolicyId"] == CACHING_DISABLED for each in new["CacheBehaviors"]["Items"])
    assert unsigned_paths(OLD, new) == []
    del new["CacheBehaviors"]["Items"][1]["TrustedSigners"]
    assert unsigned_paths(OLD, new) == [MANIFESTS[1]]
    assert unsigned_paths({**OLD, "TrustedSigners": {"Enabled": False, "Quantity": 0}}, new) == []


def test_its_names_stay_with_the_old_one_and_its_certificate_is_there_before_them() -> None:
    new = build()
    assert new["Aliases"] == {"Quantity": 0}
    assert new["ViewerCertificate"]["ACMCertificateArn"] == CERTIFICATE
    assert with_aliases(new, ["talks.example.org"])["Aliases"] == {"Quantity": 1, "Items": ["talks.example.org"]}
    given = with_aliases(with_aliases(new, ["talks.example.org"]), ["talks.example.org", "films.example.org"])
    assert aliases_of(given) == ["talks.example.org", "films.example.org"]
    assert without_aliases(OLD, ["talks.example.org"])["Aliases"] == {"Quantity": 1, "Items": ["films.example.org"]}
    assert without_aliases(OLD, aliases_of(OLD))["Aliases"] == {"Quantity": 0}
    assert OLD["Aliases"]["Quantity"] == 2


def test_what_rtmp_had_not_is_not_made_up() -> None:
    bare = build(
        S3Origin={"DomainName": "open.s3.eu-west-1.amazonaws.com", "OriginAccessIdentity": ""},
        TrustedSigners={"Enabled": False, "Quantity": 0},
        Logging={"Enabled": False, "Bucket": "", "Prefix": ""},
        Comment="",
        Enabled=False,
    )
    assert check_configuration(bare) == []
    assert bare["Origins"]["Items"][0]["S3OriginConfig"]["OriginAccessIdentity"] == ""
    assert not any("TrustedSigners" in each for each in all_behaviors(bare))
    assert "Logging" not in bare
    assert (bare["Comment"], bare["Enabled"]) == ("New", False)


@pytest.mark.parametrize(
    ("given", "label", "after", "note"),
    [
        ({}, "Signatures", "by this account, 123456789012, on every path", "signed anew"),
        ({}, "CloudFront comes as", "E2OAI", "nothing has to change at the bucket"),
        ({}, "Access logs", "logs.s3.amazonaws.com/talks", "other columns"),
        ({}, "Host names", "those that you choose below", "never have the same one"),
        ({}, "Tags", "team=press", ""),
        ({"Enabled": False}, "State", "disabled", "Enable it"),
        ({"Aliases": {"Quantity": 0}}, "Host names", "none", ""),
        (
            {"S3Origin": {"DomainName": "o.s3.amazonaws.com", "OriginAccessIdentity": ""}},
            "CloudFront comes as",
            "nobody",
            "must let",
        ),
    ],
)
def test_the_lines_say_what_becomes_of_each(given: dict[str, Any], label: str, after: str, note: str) -> None:
    lines = succession_lines({**OLD, **given}, domain="s1.cloudfront.net", tags={"team": "press"}, price_class="Cheapest")
    (line,) = [each for each in lines if each.label == label]
    assert line.after == after
    assert note in line.note
    assert bool(note) == bool(line.note)
