"""What differs, and only that."""

from __future__ import annotations

import copy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from distributions.configuration import fields
from distributions.configuration.differences import MISSING, compare
from tests.unit.distributions.configuration.drawn import CERTIFICATE, Config, configs, listed, shuffled, without_defaults


@given(config=configs(), seed=st.integers(0, 9))
@settings(max_examples=40, deadline=None)
def test_a_configuration_differs_from_itself_in_nothing_however_it_is_written(config: Config, seed: int) -> None:
    other = without_defaults(shuffled(config, seed))
    assert compare(config, other) == compare(other, config) == []


@given(one=configs(), other=configs())
@settings(max_examples=40, deadline=None)
def test_both_ways_tell_of_the_same_fields(one: Config, other: Config) -> None:
    there, back = compare(one, other), compare(other, one)
    assert {each.path for each in there} == {each.path for each in back}
    turned = {"added": "removed", "removed": "added", "changed": "changed"}
    assert {each.path: turned[each.kind] for each in there} == {each.path: each.kind for each in back}


def test_what_cloudfront_says_again_of_a_certificate_is_no_difference() -> None:
    sent = {"ViewerCertificate": {"ACMCertificateArn": CERTIFICATE, "SSLSupportMethod": "sni-only"}}
    echoed = {"CloudFrontDefaultCertificate": False, "Certificate": CERTIFICATE, "CertificateSource": "acm"}
    answered = {"ViewerCertificate": {**sent["ViewerCertificate"], **echoed, "MinimumProtocolVersion": "TLSv1"}}
    assert compare(sent, answered) == []
    oldest = {"ViewerCertificate": {**echoed, "SSLSupportMethod": "sni-only"}}
    assert compare(sent, oldest) == []
    own = {"CloudFrontDefaultCertificate": True, "SSLSupportMethod": "vip", "MinimumProtocolVersion": "TLSv1"}
    assert compare({}, {"ViewerCertificate": {**own, "CertificateSource": "cloudfront"}}) == []


def test_a_certificate_with_addresses_of_its_own_is_told_for_it_costs() -> None:
    own = {"ViewerCertificate": {"CloudFrontDefaultCertificate": True, "SSLSupportMethod": "vip"}}
    bought = {"ViewerCertificate": {"ACMCertificateArn": CERTIFICATE, "SSLSupportMethod": "vip"}}
    assert {each.path.rpartition(".")[2] for each in compare(own, bought)} == {"ACMCertificateArn", "SSLSupportMethod"}


def test_of_a_set_only_what_came_and_went_is_shown() -> None:
    many = [f"n{number:02}.example.org" for number in range(100)]
    before = {"Aliases": listed(many)}
    (swapped,) = compare(before, {"Aliases": listed([*many[1:], "new.example.org"])})
    assert (swapped.before_words, swapped.after_words) == ("n00.example.org", "new.example.org (beside 99 that stay)")
    (taken,) = compare(before, {"Aliases": listed(many[1:])})
    assert (taken.kind, taken.before_words, taken.after_words) == ("removed", "n00.example.org (of 100)", "")
    (first,) = compare({"Aliases": listed([])}, {"Aliases": listed(many[:1])})
    assert (first.kind, first.before_words, first.after_words) == ("added", "", "n00.example.org")


def test_a_secret_is_in_nothing_that_is_kept() -> None:
    def origin(value: str) -> Config:
        headers = listed([{"HeaderName": "X-Origin-Verify", "HeaderValue": value}])
        return {"Origins": listed([{"Id": "a", "DomainName": "a.example.org", "CustomOriginConfig": {}, "CustomHeaders": headers}])}

    (found,) = compare(origin("hunter1"), origin("hunter2"))
    assert found.is_secret
    assert found.before is found.after is MISSING
    assert "hunter" not in str(vars(found))
    bare = copy.deepcopy(origin("x"))
    bare["Origins"]["Items"][0]["CustomHeaders"] = listed([])
    (added,) = compare(bare, origin("hunter3"))
    assert (added.path, added.after_words) == ("Origins[a].CustomHeaders[X-Origin-Verify]", "set")
    assert "hunter" not in str(vars(added))


def test_another_kind_of_origin_is_said() -> None:
    bucket = {"Id": "a", "DomainName": "a.s3.us-east-1.amazonaws.com", "S3OriginConfig": {"OriginAccessIdentity": ""}}
    server = {"Id": "a", "DomainName": "a.example.org", "CustomOriginConfig": {"HTTPPort": 80, "HTTPSPort": 443}}
    found = {each.label: each for each in compare({"Origins": listed([bucket])}, {"Origins": listed([server])})}
    assert (found["Kind of origin"].before_words, found["Kind of origin"].after_words) == ("S3 bucket", "HTTP server")


@pytest.mark.parametrize(("behaviors", "aliases"), [(25, 100), (50, 200)])
def test_comparing_walks_each_configuration_once(behaviors: int, aliases: int, monkeypatch: pytest.MonkeyPatch) -> None:
    config: Config = {"Comment": "Größe – 東京 – العربية", "Aliases": listed([f"{n}.example.org" for n in range(aliases)])}
    rule = {"TargetOriginId": "a", "CachePolicyId": "p", "Compress": True, "ViewerProtocolPolicy": "https-only"}
    config["CacheBehaviors"] = listed([{"PathPattern": f"/{n}/*", **rule} for n in range(behaviors)])
    asked = 0
    default = fields.is_default

    def counted(path: str, value: object) -> bool:
        nonlocal asked
        asked += 1
        return default(path, value)

    monkeypatch.setattr("distributions.configuration.differences.is_default", counted)
    other = copy.deepcopy(config)
    for each in other["CacheBehaviors"]["Items"]:
        each["Compress"] = False
    assert len(compare(config, other)) == behaviors
    assert asked <= 2 * len(fields.fields_of(config))
