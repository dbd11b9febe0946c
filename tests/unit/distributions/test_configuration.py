"""Configurations compared, merged three ways, explained: nothing of either side is lost."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdnadmin.aws.distribution_config import build_distribution_config
from cdnadmin.errors import InvalidInput
from cdnadmin.sandbox.cloudfront.rules import with_defaults
from distributions.configuration.behavior_edits import (
    behavior_values,
    move_behavior,
    put_behavior,
    put_error_response,
    remove_behavior,
)
from distributions.configuration.consequences import consequences
from distributions.configuration.differences import compare
from distributions.configuration.edits import custom_origin, put_origin
from distributions.configuration.fields import fields_of, split_path
from distributions.configuration.merging import join, merge, three_way

Config = dict[str, Any]


def built(**given: Any) -> Config:
    return with_defaults(
        build_distribution_config(caller_reference="x", bucket="media", region="us-east-1", origin_access_control_id="E1", **given)
    )


def server(id: str, **given: Any) -> Config:
    values: Config = {"domain": f"{id}.example.org", "path": "", "protocol_policy": "https-only", **given}
    return custom_origin(id=id, http_port=80, https_port=443, read_timeout=30, keepalive_timeout=5, **values)


def behaves(config: Config, pattern: str) -> Config:
    """With a behavior more, which is the same whatever else was edited."""
    return put_behavior(config, pattern=pattern, values=behavior_values(built(), None))


def large() -> Config:
    """25 behaviors, 100 aliases, a comment of other scripts."""
    aliases = [f"a{n}.example.org" for n in range(100)]
    arn = "arn:aws:acm:us-east-1:123456789012:certificate/12345678-1234-1234-1234-123456789012"
    config = built(aliases=aliases, certificate_arn=arn, comment="Größe – 東京 – العربية")
    for number in range(25):
        config = behaves(config, f"/part{number}/*")
    return config


# --- what differs -----------------------------------------------------------------------------


def test_what_aws_adds_or_orders_otherwise_is_no_difference() -> None:
    bare = build_distribution_config(
        caller_reference="x", bucket="media", region="us-east-1", aliases=["b.example.org", "a.example.org"], certificate_arn="arn"
    )
    full = with_defaults(
        {**bare, "CallerReference": "another", "Aliases": {"Quantity": 2, "Items": ["a.example.org", "b.example.org"]}}
    )
    assert compare(bare, full) == []


def test_items_are_matched_by_what_they_are_not_by_their_place() -> None:
    one = put_origin(put_origin(built(), server("b")), server("c"))
    other = copy.deepcopy(one)
    other["Origins"]["Items"].reverse()
    assert compare(one, other) == []
    other["Origins"]["Items"][0]["OriginPath"] = "/new"
    (found,) = compare(one, other)
    assert (found.path, found.section, found.label, found.after_words) == ("Origins[c].OriginPath", "Origin c", "Path", "/new")


def test_the_order_of_behaviors_is_one_difference() -> None:
    one = behaves(behaves(built(), "/a/*"), "/b/*")
    assert [each.path for each in compare(one, move_behavior(one, "/b/*", up=True))] == ["CacheBehaviors.order"]
    assert [each.path for each in compare(one, remove_behavior(one, "/a/*"))] == ["CacheBehaviors[/a/*]"]


def test_what_may_be_a_secret_is_never_told() -> None:
    one = put_origin(built(), server("api", headers=[("X-Origin-Verify", "first-secret")]))
    other = put_origin(one, server("api", headers=[("X-Origin-Verify", "second-secret")]), replaces="api")
    found = compare(one, other)
    assert [each.path for each in found] == ["Origins[api].CustomHeaders[X-Origin-Verify].HeaderValue"]
    rows = three_way(one, other, one)
    assert "secret" not in repr(found).lower().replace("is_secret", "") + repr(rows).lower()
    assert (found[0].before_words, found[0].after_words) == ("set", "changed")


def test_a_field_without_words_is_told_in_its_own() -> None:
    one, other = built(), {**built(), "CacheTagConfig": {"HeaderName": "x-tag"}}
    (found,) = compare(one, other)
    assert (found.path, found.label) == ("CacheTagConfig.HeaderName", "Header name")


def test_names_stand_beside_ids() -> None:
    one, other = built(), built(cache_policy_id="4135ea2d-6df8-44a3-9df3-4b5a84be39ad")
    (found,) = compare(one, other, names={"4135ea2d-6df8-44a3-9df3-4b5a84be39ad": "CachingDisabled"})
    assert found.after_words == "CachingDisabled (4135ea2d…)"


def test_paths_with_dots_and_brackets_are_split_and_joined() -> None:
    for path in fields_of(large()):
        assert join(split_path(path)) == path
    assert split_path("CacheBehaviors[/a.b[1]/*].Compress") == ["CacheBehaviors", "[/a.b[1]/*]", "Compress"]


# --- three sides ------------------------------------------------------------------------------

CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/12345678-1234-1234-1234-123456789012"
EDITS: dict[str, Callable[[Config], Config]] = {
    "comment": lambda c: {**c, "Comment": "changed"},
    "off": lambda c: {**c, "Enabled": False},
    "edges": lambda c: {**c, "PriceClass": "PriceClass_100"},
    "root": lambda c: {**c, "DefaultRootObject": "index.html"},
    "origin": lambda c: put_origin(c, server("spare")),
    "path": lambda c: put_origin(c, {**c["Origins"]["Items"][0], "OriginPath": "/x"}, replaces="media"),
    "behavior": lambda c: behaves(c, "/hls/*"),
    "behavior first": lambda c: move_behavior(behaves(c, "/dash/*"), "/dash/*", up=True),
    "compress": lambda c: {**c, "DefaultCacheBehavior": {**c["DefaultCacheBehavior"], "Compress": False}},
    "signatures": lambda c: {
        **c,
        "DefaultCacheBehavior": {**c["DefaultCacheBehavior"], "TrustedKeyGroups": {"Enabled": True, "Quantity": 1, "Items": ["g"]}},
    },
    "error": lambda c: put_error_response(c, code=404, page_path="/404.html", response_code="404", min_ttl=5),
    "names": lambda c: {
        **c,
        "Aliases": {"Quantity": 1, "Items": ["a.example.org"]},
        "ViewerCertificate": {"ACMCertificateArn": CERTIFICATE, "SSLSupportMethod": "sni-only"},
    },
    "countries": lambda c: {
        **c,
        "Restrictions": {"GeoRestriction": {"RestrictionType": "whitelist", "Quantity": 1, "Items": ["DE"]}},
    },
}
some_edits = st.lists(st.sampled_from(sorted(EDITS)), unique=True, max_size=6)


def edited(config: Config, names: list[str]) -> Config:
    for name in names:
        config = EDITS[name](config)
    return config


@given(mine=some_edits, theirs=some_edits)
@settings(max_examples=150, deadline=None)
def test_no_edit_of_either_side_is_lost(mine: list[str], theirs: list[str]) -> None:
    base = built()
    a, b = edited(base, mine), edited(base, theirs)
    merged = merge(base, b, a, choices={})  # the same edit on both sides is alike: nobody need choose
    both = edited(edited(base, theirs), [name for name in mine if name not in theirs])
    # Of two behaviors that both sides added at the end, either may stand first.
    assert {each.path for each in compare(merged, both)} <= {"CacheBehaviors.order"}
    for path in ("Origins", "CacheBehaviors", "CustomErrorResponses", "Aliases"):
        assert merged[path]["Quantity"] == len(merged[path].get("Items", []))


@given(mine=some_edits)
@settings(max_examples=60, deadline=None)
def test_with_nobody_else_mine_is_taken_and_without_mine_theirs(mine: list[str]) -> None:
    base = built()
    changed = edited(base, mine)
    assert compare(merge(base, base, changed, choices={}), changed) == []
    assert compare(merge(base, changed, base, choices={}), changed) == []
    assert compare(changed, changed) == []
    assert three_way(base, base, base) == []


def test_what_both_changed_must_be_chosen() -> None:
    base = built()
    mine, theirs = {**base, "Comment": "mine"}, {**base, "Comment": "theirs"}
    with pytest.raises(InvalidInput, match="both of you") as refused:
        merge(base, theirs, mine, choices={})
    assert refused.value.field == "Comment"
    assert merge(base, theirs, mine, choices={"Comment": "theirs"})["Comment"] == "theirs"
    assert merge(base, theirs, mine, choices={"Comment": "mine"})["Comment"] == "mine"


def test_what_only_makes_sense_together_is_decided_together() -> None:
    base = built()
    other = CERTIFICATE.replace("9012:certificate", "9013:certificate")
    mine = {**base, "ViewerCertificate": {"ACMCertificateArn": CERTIFICATE, "SSLSupportMethod": "sni-only"}}
    theirs = {**base, "ViewerCertificate": {"ACMCertificateArn": other, "SSLSupportMethod": "vip"}}
    paths = [row.path for row in three_way(base, theirs, mine) if row.state == "conflict"]
    assert paths
    assert all(path.startswith("ViewerCertificate.") for path in paths)
    merged = merge(base, theirs, mine, choices=dict.fromkeys(paths, "mine"))
    assert merged["ViewerCertificate"] == mine["ViewerCertificate"]
    if len(paths) > 1:
        with pytest.raises(InvalidInput, match="neighbours"):
            merge(base, theirs, mine, choices={**dict.fromkeys(paths, "mine"), paths[0]: "theirs"})


@pytest.mark.parametrize(
    "add",
    [
        lambda c, on: put_behavior(c, pattern="/hls/*", values=replace(behavior_values(built(), None), compress=on)),
        lambda c, on: put_origin(c, server("spare", path="/on" if on else "/off")),
        lambda c, on: put_error_response(c, code=404, page_path="/404.html", response_code="404", min_ttl=5 if on else 50),
    ],
)
def test_what_both_added_under_one_name_and_differently_must_be_chosen(add: Callable[[Config, bool], Config]) -> None:
    base = built()
    theirs, mine = add(base, True), add(base, False)
    (row,) = [row for row in three_way(base, theirs, mine) if row.state == "conflict"]
    assert row.theirs_words != row.mine_words
    with pytest.raises(InvalidInput, match="both of you"):
        merge(base, theirs, mine, choices={})
    assert compare(merge(base, theirs, mine, choices={row.path: "mine"}), mine) == []
    assert compare(merge(base, theirs, mine, choices={row.path: "theirs"}), theirs) == []
    assert merge(base, theirs, theirs, choices={}) == theirs


def test_taking_out_and_changing_inside_is_one_conflict_about_the_whole() -> None:
    base = behaves(built(), "/hls/*")
    theirs = remove_behavior(base, "/hls/*")
    mine = copy.deepcopy(base)
    mine["CacheBehaviors"]["Items"][0]["Compress"] = False
    assert [(row.path, row.state) for row in three_way(base, theirs, mine)] == [("CacheBehaviors[/hls/*]", "conflict")]
    kept = merge(base, theirs, mine, choices={"CacheBehaviors[/hls/*]": "mine"})
    assert kept["CacheBehaviors"]["Items"][0]["Compress"] is False
    assert merge(base, theirs, mine, choices={"CacheBehaviors[/hls/*]": "theirs"})["CacheBehaviors"] == {"Quantity": 0}


# --- what follows -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("edit", "tone", "said"),
    [
        ("signatures", "error", "without a signature will get 403"),
        ("off", "error", "Nobody can open"),
        ("path", "warning", "copies at the edges stay up to 24 h"),
        ("countries", "warning", "only DE may watch"),
        ("edges", "info", "served from farther away"),
        ("names", "info", "a.example.org needs a DNS record"),
        ("behavior", "info", "under /hls/*"),
    ],
)
def test_a_change_says_what_follows_and_its_way_back_too(edit: str, tone: str, said: str) -> None:
    base = built()
    changed = EDITS[edit](base)
    found = consequences(base, changed)
    assert (tone, True) in [(each.tone, said in each.sentence) for each in found], found
    assert consequences(changed, base)
    assert consequences(base, base) == []


def test_taking_signatures_away_is_said_before_anything_else() -> None:
    base = built()
    private = EDITS["signatures"](base)
    first = consequences(private, EDITS["edges"](base))[0]
    assert (first.tone, "Anyone who knows an address" in first.sentence) == ("error", True)


def test_a_large_configuration_is_compared_in_one_walk_of_each() -> None:
    config = large()
    changed = {**config, "Comment": "short"}
    assert [each.path for each in compare(config, changed)] == ["Comment"]
    assert len(fields_of(config)) < 1_500
