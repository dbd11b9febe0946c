"""What follows from a change: said to whom it concerns, true of what the configuration says."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given, settings

from distributions.configuration.consequences import consequences
from distributions.configuration.lasting import stay
from tests.unit.distributions.configuration.drawn import DISABLED, OPTIMIZED, WRITE, Config, configs, listed
from tests.unit.distributions.configuration.test_merging import changed, made

DEFAULT = "DefaultCacheBehavior"
OPEN = "Anyone who knows an address can open what lies under this distribution, without a signature."


def said(before: Config, after: Config) -> list[str]:
    return [f"{each.tone}: {each.sentence}" for each in consequences(before, after)]


@given(before=configs(), after=configs())
@settings(max_examples=40, deadline=None)
def test_every_change_can_be_explained_gravest_first_and_once(before: Config, after: Config) -> None:
    found = consequences(before, after)
    assert [each.tone for each in found] == sorted((each.tone for each in found), key=["error", "warning", "info"].index)
    assert len(set(found)) == len(found)
    assert consequences(before, before) == []


@pytest.mark.parametrize(
    ("path", "value", "sentence"),
    [
        ("Enabled", False, "error: Nobody can open its files"),
        (f"{DEFAULT}.TrustedKeyGroups", {"Enabled": False, "Quantity": 0}, f"error: {OPEN}"),
        (f"{DEFAULT}.TrustedKeyGroups", {"Enabled": True, **listed(["g1", "g3"])}, "warning: Signatures by keys"),
        (f"{DEFAULT}.ViewerProtocolPolicy", "redirect-to-https", "info: Viewers who come by plain HTTP are sent on"),
        (f"{DEFAULT}.ViewerProtocolPolicy", "allow-all", "warning: Viewers may come by plain HTTP"),
        (f"{DEFAULT}.AllowedMethods", {**listed(WRITE), "CachedMethods": listed(["GET", "HEAD"])}, "info: DELETE, OPTIONS, PATCH"),
        (f"{DEFAULT}.CachePolicyId", DISABLED, "info: Copies are kept by other rules"),
        ("Aliases", listed(["a.example.org"]), "error: Addresses under b.example.org stop working"),
        (
            "Restrictions.GeoRestriction",
            {"RestrictionType": "none", "Quantity": 0},
            "warning: Viewers of every country are let in.",
        ),
        ("Restrictions.GeoRestriction", {"RestrictionType": "blacklist", **listed(["DE"])}, "warning: Viewers there get 403: DE"),
        ("PriceClass", "PriceClass_100", "info: Viewers outside these regions are served from farther away."),
        ("HttpVersion", "http1.1", "info: Viewers who came by HTTP/2 come by another version"),
        ("IsIPV6Enabled", False, "info: Viewers come by IPv4 only"),
        ("DefaultRootObject", "index.html", "info: Viewers who open “/” see index.html."),
        ("WebACLId", "arn:waf", "info: Requests pass through WAF first"),
        ("Logging.Enabled", False, "info: No more access logs are written"),
        ("ViewerCertificate", {"CloudFrontDefaultCertificate": True}, "warning: Viewers meet CloudFront’s own certificate"),
        ("ViewerCertificate.MinimumProtocolVersion", "TLSv1.2_2021", "warning: Viewers whose browser or player knows only"),
        ("CustomErrorResponses", listed([{"ErrorCode": 404, "ErrorCachingMinTTL": 60}]), "info: What viewers see on a 404"),
        ("Origins.0.OriginAccessControlId", "", "warning: CloudFront asks the bucket without credentials"),
        ("Origins.0.OriginAccessControlId", "E2", "warning: The bucket lets the new one in before"),
    ],
)
def test_a_change_says_what_follows(path: str, value: Any, sentence: str) -> None:
    base = made(HttpVersion="http2", ViewerCertificate={**made()["ViewerCertificate"], "MinimumProtocolVersion": "TLSv1"})
    base["IsIPV6Enabled"] = True
    found = said(base, changed(base, path, value))
    assert [each for each in found if each.startswith(sentence)], found


def test_the_way_back_says_its_own() -> None:
    base = made()
    unsigned = changed(base, f"{DEFAULT}.TrustedKeyGroups", {"Enabled": False, "Quantity": 0})
    assert "error: Viewers without a signature will get 403 under this distribution." in said(unsigned, base)
    filtered = {**base, "WebACLId": "arn:waf"}
    assert "warning: Requests are no longer filtered by WAF." in said(filtered, base)
    assert "warning: “/” leads to no file any more." in said({**base, "DefaultRootObject": "index.html"}, base)


def test_ipv6_is_warned_of_only_where_signatures_are_asked_for() -> None:
    signed = made(IsIPV6Enabled=False)
    assert "warning: Signatures bound to an IPv4 address refuse viewers who come by IPv6." in said(signed, made(IsIPV6Enabled=True))
    unsigned = changed(signed, f"{DEFAULT}.TrustedKeyGroups", {"Enabled": False, "Quantity": 0})
    assert said(unsigned, {**unsigned, "IsIPV6Enabled": True}) == ["info: Viewers can come by IPv6, too."]


def test_how_long_copies_stay_is_told_by_the_behaviors_that_fetched_them() -> None:
    base = made()
    spare = {
        "Id": "spare",
        "DomainName": "spare.example.org",
        "OriginPath": "",
        "CustomOriginConfig": {"HTTPPort": 80, "HTTPSPort": 443},
    }
    base["Origins"] = listed([*base["Origins"]["Items"], spare])
    base["CacheBehaviors"]["Items"][0]["TargetOriginId"] = "spare"
    (found,) = said(base, changed(base, "Origins.1.OriginPath", "/x"))
    assert "stay up to 60 s, or as long as the origin’s Cache-Control says, 2 min at most" in found
    (found,) = said(base, changed(base, "Origins.0.OriginPath", "/x"))
    assert "copies at the edges stay up to 24 h" in found
    base["CacheBehaviors"] = listed([])
    assert said(base, changed(base, "Origins.1.OriginPath", "/x")) == [], "nothing is fetched from it"


def test_times_come_from_the_policy_or_are_not_made_up() -> None:
    assert stay([{"CachePolicyId": DISABLED}]) == ""
    assert stay([{"CachePolicyId": OPTIMIZED}]).startswith("stay up to 24 h")
    assert stay([{"CachePolicyId": "83da9c7e-98b4-4e11-a168-04f0df8e2c65"}]).endswith("Cache-Control says, 365 days at most")
    assert stay([{"CachePolicyId": "one of the account’s own"}]) == "stay as long as the cache policy and the origin say"
    assert stay([{"CachePolicyId": DISABLED}, {"CachePolicyId": OPTIMIZED}]).startswith("stay up to 24 h")
    assert stay([{"ForwardedValues": {}, "MinTTL": 3_600, "DefaultTTL": 60, "MaxTTL": 3_600}]) == "stay up to 1 h"


def test_an_order_that_opens_what_was_closed_says_so() -> None:
    base = made()
    rule = {**base["CacheBehaviors"]["Items"][0], "TrustedKeyGroups": {"Enabled": False, "Quantity": 0}}
    private = {**rule, "PathPattern": "/private/*", "TrustedKeyGroups": {"Enabled": True, **listed(["g1"])}}
    clips, pages = {**rule, "PathPattern": "*.mp4"}, {**rule, "PathPattern": "/pages/*"}
    before = {**base, "CacheBehaviors": listed([private, clips, pages])}
    after = copy.deepcopy({**base, "CacheBehaviors": listed([pages, clips, private])})
    errors = [each for each in said(before, after) if each.startswith("error")]
    assert errors == ["error: What fits both *.mp4 and /private/* can be opened without a signature: *.mp4 stands first now."], (
        "/pages/* and /private/* have no path in common"
    )
    assert [each for each in said(after, before) if each.startswith("error: What fits both /private/* and *.mp4 needs a signature")]
