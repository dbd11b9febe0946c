"""Three sides of one configuration: nothing of either is lost, and what comes out CloudFront would take."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdnadmin.errors import InvalidInput
from distributions.configuration.differences import compare
from distributions.configuration.fields import fields_of, is_default, members
from distributions.configuration.merging import merge, three_way
from tests.unit.distributions.configuration.drawn import CERTIFICATE, Config, configs, listed, shuffled, without_defaults


@pytest.fixture
def base() -> Config:
    return made()


def made(**changes: Any) -> Config:
    """One bucket, one behavior of each form, a certificate."""
    policy = {"CachePolicyId": "658327ea-f89d-4fab-a63d-7e88639e58f6", "Compress": True, "ViewerProtocolPolicy": "https-only"}
    trusted = {"TrustedKeyGroups": {"Enabled": True, **listed(["g1", "g2"])}}
    older: Config = {"ForwardedValues": {"QueryString": False, "Cookies": {"Forward": "none"}, "Headers": listed(["Origin"])}}
    older |= {"MinTTL": 0, "DefaultTTL": 60, "MaxTTL": 120, "ViewerProtocolPolicy": "https-only"}
    bucket = {"Id": "media", "DomainName": "media.s3.us-east-1.amazonaws.com", "OriginPath": "", "CustomHeaders": listed([])}
    config: Config = {
        "CallerReference": "x",
        "Comment": "",
        "Enabled": True,
        "Aliases": listed(["a.example.org", "b.example.org"]),
        "ViewerCertificate": {"ACMCertificateArn": CERTIFICATE, "SSLSupportMethod": "sni-only"},
        "Origins": listed([{**bucket, "OriginAccessControlId": "E1", "S3OriginConfig": {"OriginAccessIdentity": ""}}]),
        "DefaultCacheBehavior": {"TargetOriginId": "media", **policy, **trusted},
        "CacheBehaviors": listed([{"PathPattern": "/old/*", "TargetOriginId": "media", **older}]),
        "Restrictions": {"GeoRestriction": {"RestrictionType": "whitelist", **listed(["DE", "FR"])}},
        "Logging": {"Enabled": True, "IncludeCookies": False, "Bucket": "logs.s3.amazonaws.com", "Prefix": "one"},
    }
    return {**copy.deepcopy(config), **changes}


def changed(config: Config, path: str, value: Any) -> Config:
    """A copy with this value: "Origins.0.OriginPath"."""
    other = copy.deepcopy(config)
    *way, last = path.split(".")
    place: Any = other
    for step in way:
        place = place["Items"][int(step)] if step.isdigit() else place.setdefault(step, {})
    place[last] = value
    return other


def states(base: Config, theirs: Config, mine: Config) -> dict[str, str]:
    return {row.path: row.state for row in three_way(base, theirs, mine)}


def every(value: Any) -> Iterator[Config]:
    if isinstance(value, dict):
        yield value
        for each in value.values():
            yield from every(each)
    elif isinstance(value, list):
        for each in value:
            yield from every(each)


def require_sound(config: Config) -> None:
    """The rules that a merge of two sound configurations could break."""
    for each in every(config):
        if "Quantity" in each:
            assert each["Quantity"] == len(each.get("Items", []))
        if "Quantity" in each and "Enabled" in each:
            assert each["Enabled"] is bool(each["Quantity"])
        if "DomainName" in each:
            assert len({"S3OriginConfig", "CustomOriginConfig", "VpcOriginConfig"} & set(each)) == 1, each
            assert ("S3OriginConfig" in each) == (".s3." in each["DomainName"])
            identity = each.get("S3OriginConfig", {}).get("OriginAccessIdentity")
            assert not (identity and each.get("OriginAccessControlId"))
        if "ViewerProtocolPolicy" in each:
            assert ("CachePolicyId" in each) != ("ForwardedValues" in each)
            assert "CachePolicyId" not in each or "MaxTTL" not in each
        if "ResponsePagePath" in each:
            assert bool(each["ResponsePagePath"]) == bool(each["ResponseCode"])
        if "RestrictionType" in each:
            assert (each["RestrictionType"] == "none") == (each["Quantity"] == 0)
        if "Forward" in each:
            assert (each["Forward"] == "whitelist") == ("WhitelistedNames" in each)


# --- whatever the three are -------------------------------------------------------------------


@given(base=configs(), other=configs())
@settings(max_examples=25, deadline=None)
def test_what_one_side_alone_did_is_taken_whole(base: Config, other: Config) -> None:
    for merged in (
        merge(base, base, other, choices={}),
        merge(base, other, base, choices={}),
        merge(base, other, other, choices={}),
    ):
        assert compare(merged, other) == []
        require_sound(merged)


@given(base=configs(), theirs=configs(), mine=configs(), favoured=st.sampled_from(["mine", "theirs"]))
@settings(max_examples=60, deadline=None)
def test_each_field_is_as_the_side_that_touched_it_or_was_chosen(base: Config, theirs: Config, mine: Config, favoured: str) -> None:
    found = states(base, theirs, mine)
    merged = merge(base, theirs, mine, choices={path: favoured for path, state in found.items() if state == "conflict"})
    require_sound(merged)
    ours, sides = fields_of(merged), {"mine": fields_of(mine), "theirs": fields_of(theirs), "same": fields_of(theirs)}
    for path, state in found.items():
        if path.endswith(".order"):
            continue
        side = sides[favoured if state == "conflict" else state]
        if path in side or path in ours:
            assert same_there(path, ours, side), (path, state)
            continue
        # One string of a set, or an item or field that is in neither.
        whole, _, element = path.removesuffix("]").rpartition("[")
        assert (element in members(ours.get(whole))) == (element in members(side.get(whole))), (path, state)


def same_there(path: str, ours: dict[str, Any], side: dict[str, Any]) -> bool:
    one, other = ours.get(path), side.get(path)
    return one == other or all(value is None or is_default(path, value) for value in (one, other))


@given(base=configs(), theirs=configs(), mine=configs())
@settings(max_examples=25, deadline=None)
def test_three_sides_tell_the_same_however_they_are_written(base: Config, theirs: Config, mine: Config) -> None:
    bare = [without_defaults(shuffled(each, seed)) for seed, each in enumerate((base, theirs, mine))]
    assert states(*bare) == states(base, theirs, mine)


@given(base=configs(), theirs=configs(), mine=configs())
@settings(max_examples=25, deadline=None)
def test_behaviors_keep_the_order_of_whoever_ordered_them(base: Config, theirs: Config, mine: Config) -> None:
    found = states(base, theirs, mine)
    merged = merge(base, theirs, mine, choices={path: "mine" for path, state in found.items() if state == "conflict"})
    order = list(fields_of(merged).get("CacheBehaviors.order", ()))
    lead = mine if found.get("CacheBehaviors.order") in {"mine", "conflict"} else theirs
    wanted = fields_of(lead).get("CacheBehaviors.order", ())
    assert [each for each in order if each in wanted] == [each for each in wanted if each in order]


# --- what both sides did to one thing ---------------------------------------------------------


def test_two_who_add_to_one_set_both_have_their_way(base: Config) -> None:
    theirs = changed(base, "Aliases", listed(["b.example.org", "theirs.example.org"]))
    mine = changed(base, "Aliases", listed(["a.example.org", "b.example.org", "mine.example.org"]))
    rows = {row.path: row for row in three_way(base, theirs, mine)}
    assert {path: row.state for path, row in rows.items()} == {
        "Aliases[a.example.org]": "theirs",
        "Aliases[mine.example.org]": "mine",
        "Aliases[theirs.example.org]": "theirs",
    }
    row = rows["Aliases[a.example.org]"]
    assert (row.section, row.label) == ("Viewers", "Host name a.example.org")
    assert (row.base_words, row.theirs_words, row.mine_words) == ("a.example.org", "not there", "a.example.org")
    merged = merge(base, theirs, mine, choices={})
    assert merged["Aliases"] == listed(["b.example.org", "theirs.example.org", "mine.example.org"])
    kept = merge(base, theirs, mine, choices={"Aliases[a.example.org]": "mine", "Aliases[mine.example.org]": "theirs"})
    assert set(kept["Aliases"]["Items"]) == {"a.example.org", "b.example.org", "theirs.example.org"}


def test_key_groups_of_both_are_trusted_and_never_none(base: Config) -> None:
    at = "DefaultCacheBehavior.TrustedKeyGroups"
    theirs = changed(base, at, {"Enabled": True, **listed(["g1", "g2", "g3"])})
    mine = changed(base, at, {"Enabled": True, **listed(["g2", "g4"])})
    merged = merge(base, theirs, mine, choices={})["DefaultCacheBehavior"]["TrustedKeyGroups"]
    assert (set(merged["Items"]), merged["Quantity"]) == ({"g2", "g3", "g4"}, 3)
    # One took the first away and the other the second: together nobody would be trusted, so it must be chosen.
    theirs = changed(base, at, {"Enabled": True, **listed(["g1"])})
    mine = changed(base, at, {"Enabled": True, **listed(["g2"])})
    assert states(base, theirs, mine) == {f"{at}.Items": "conflict"}


def test_countries_follow_what_they_are_named_for(base: Config) -> None:
    at = "Restrictions.GeoRestriction"
    theirs = changed(base, at, {"RestrictionType": "whitelist", **listed(["DE", "FR", "JP"])})
    mine = changed(base, at, {"RestrictionType": "blacklist", **listed(["DE", "FR"])})
    assert set(states(base, theirs, mine).values()) == {"conflict"}, "JP let in is not JP shut out"


def test_all_headers_are_not_one_header_more(base: Config) -> None:
    at = "CacheBehaviors.0.ForwardedValues.Headers"
    theirs, mine = changed(base, at, listed(["*"])), changed(base, at, listed(["Origin", "Accept"]))
    assert states(base, theirs, mine) == {"CacheBehaviors[/old/*].ForwardedValues.Headers": "conflict"}


def test_a_behavior_that_both_added_is_decided_inside(base: Config) -> None:
    added = {"PathPattern": "/new/*", "TargetOriginId": "media", "ViewerProtocolPolicy": "https-only", "CachePolicyId": "p"}
    old = base["CacheBehaviors"]["Items"]
    theirs = changed(base, "CacheBehaviors", listed([*old, {**added, "Compress": False}]))
    mine = changed(base, "CacheBehaviors", listed([*old, {**added, "Compress": True}]))
    assert states(base, theirs, mine) == {"CacheBehaviors[/new/*]": "same", "CacheBehaviors[/new/*].Compress": "conflict"}
    with pytest.raises(InvalidInput, match="Compression"):
        merge(base, theirs, mine, choices={})
    merged = merge(base, theirs, mine, choices={"CacheBehaviors[/new/*].Compress": "mine"})
    assert [each.get("Compress") for each in merged["CacheBehaviors"]["Items"]] == [None, True]


# --- what belongs together --------------------------------------------------------------------


def test_an_origin_changes_its_kind_whole(base: Config) -> None:
    server: Config = {
        "HTTPPort": 80,
        "HTTPSPort": 443,
        "OriginProtocolPolicy": "https-only",
        "OriginSslProtocols": listed(["TLSv1.2"]),
    }
    origin = {"Id": "media", "DomainName": "www.example.org", "OriginPath": "", "CustomHeaders": listed([])}
    mine = changed(base, "Origins", listed([{**origin, "CustomOriginConfig": server}]))
    theirs = changed(base, "Comment", "theirs")
    merged = merge(base, theirs, mine, choices={})
    assert merged["Origins"] == mine["Origins"]
    assert merge(mine, {**mine, "Comment": "theirs"}, base, choices={})["Origins"] == base["Origins"]
    identity = changed(base, "Origins.0.S3OriginConfig.OriginAccessIdentity", "origin-access-identity/cloudfront/E7")
    identity = changed(identity, "Origins.0.OriginAccessControlId", "")
    conflicts = {path for path, state in states(base, identity, mine).items() if state == "conflict"}
    assert {"Origins[media].kind", "Origins[media].S3OriginConfig.OriginAccessIdentity"} <= conflicts
    require_sound(merge(base, identity, mine, choices=dict.fromkeys(states(base, identity, mine), "mine")))


def test_an_identity_and_a_control_are_never_both_taken(base: Config) -> None:
    theirs = changed(base, "Origins.0.OriginAccessControlId", "")
    theirs = changed(theirs, "Origins.0.S3OriginConfig.OriginAccessIdentity", "origin-access-identity/cloudfront/E7")
    mine = changed(base, "Origins.0.OriginAccessControlId", "E2")
    assert set(states(base, theirs, mine).values()) == {"conflict"}


def test_a_cache_policy_stands_against_all_that_it_replaces(base: Config) -> None:
    mine = copy.deepcopy(base)
    behavior = mine["CacheBehaviors"]["Items"][0]
    for name in ("ForwardedValues", "MinTTL", "DefaultTTL", "MaxTTL"):
        del behavior[name]
    behavior["CachePolicyId"] = "658327ea-f89d-4fab-a63d-7e88639e58f6"
    theirs = changed(base, "CacheBehaviors.0.ForwardedValues.QueryString", True)
    found = states(base, theirs, mine)
    assert set(found.values()) == {"conflict"}
    assert merge(base, theirs, mine, choices=dict.fromkeys(found, "mine"))["CacheBehaviors"] == mine["CacheBehaviors"]
    assert merge(base, theirs, mine, choices=dict.fromkeys(found, "theirs")) == theirs
    with pytest.raises(InvalidInput, match="neighbours"):
        merge(base, theirs, mine, choices={**dict.fromkeys(found, "mine"), next(iter(found)): "theirs"})


@pytest.mark.parametrize(
    ("theirs", "mine"),
    [
        (("Logging.Prefix", "two"), ("Logging.IncludeCookies", True)),
        (("CacheBehaviors.0.ForwardedValues.QueryString", True), ("CacheBehaviors.0.MaxTTL", 300)),
        (("Origins.0.OriginPath", "/x"), ("Origins.0.OriginAccessControlId", "E2")),
        (("DefaultCacheBehavior.Compress", False), ("DefaultCacheBehavior.CachePolicyId", "other")),
        (("DefaultCacheBehavior.TrustedKeyGroups", {"Enabled": False, "Quantity": 0}), ("DefaultCacheBehavior.Compress", False)),
    ],
)
def test_neighbours_that_get_on_are_no_conflict(base: Config, theirs: tuple[str, Any], mine: tuple[str, Any]) -> None:
    a, b = changed(base, *theirs), changed(base, *mine)
    assert set(states(base, a, b).values()) == {"mine", "theirs"}
    merged = merge(base, a, b, choices={})
    assert compare(merged, changed(a, *mine)) == []


def test_a_structure_that_i_dropped_keeps_what_they_put_in_it(base: Config) -> None:
    older, theirs = {**base, "Newer": {"One": 1}}, {**base, "Newer": {"One": 1, "Two": 2}}
    assert merge(older, theirs, base, choices={})["Newer"] == {"Two": 2}
    assert "Newer" not in merge(older, older, base, choices={})
    # They dropped it whole, and one field of it is mine by choice: the other does not come back with it.
    mine = {**base, "Newer": {"One": 3, "Two": 2}}
    assert merge(theirs, base, mine, choices={"Newer.One": "mine"})["Newer"] == {"One": 3}


def test_what_both_did_alike_asks_for_nothing_and_cannot_undo_a_neighbour(base: Config) -> None:
    theirs = changed(changed(base, "Logging.Bucket", "new.s3.amazonaws.com"), "Logging.Prefix", "theirs")
    mine = changed(changed(base, "Logging.Bucket", "new.s3.amazonaws.com"), "Logging.Prefix", "mine")
    assert states(base, theirs, mine) == {"Logging.Bucket": "same", "Logging.Prefix": "conflict"}
    merged = merge(base, theirs, mine, choices={"Logging.Bucket": "mine", "Logging.Prefix": "theirs"})
    assert merged["Logging"]["Prefix"] == "theirs"


def test_of_a_large_set_the_sides_say_what_they_changed(base: Config) -> None:
    many = [f"n{number:02}.example.org" for number in range(40)]
    base = changed(base, "Aliases", listed(many))
    mine = changed(base, "Aliases", listed([*many[1:], "new.example.org"]))
    (row,) = three_way(base, base, mine)
    assert row.base_words == row.theirs_words == "n00.example.org, n01.example.org, n02.example.org and 37 more"
    assert row.mine_words == "with new.example.org (beside 39 that stay); without n00.example.org"
