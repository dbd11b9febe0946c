"""A configuration as fields: paths that stay the same however it is written."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from distributions.configuration.fields import MISSING, fields_of, is_default, is_set, join, split_path
from distributions.configuration.lasting import meet
from tests.unit.distributions.configuration.drawn import Config, configs, shuffled


@given(config=configs(), seed=st.integers(0, 9))
@settings(max_examples=40, deadline=None)
def test_every_path_is_taken_apart_and_put_together_and_stays_when_lists_are_mixed(config: Config, seed: int) -> None:
    fields = fields_of(config)
    assert all(join(split_path(path)) == path for path in fields)
    assert fields_of(shuffled(config, seed)) == fields


def test_quantities_and_the_caller_reference_are_no_fields() -> None:
    config = {"CallerReference": "x", "Aliases": {"Quantity": 1, "Items": ["a.example.org"]}}
    assert fields_of(config) == {"Aliases": ("a.example.org",)}


def test_a_default_that_is_no_emptiness_is_told_from_nothing() -> None:
    assert is_default("DefaultCacheBehavior.DefaultTTL", 86_400)
    assert not is_default("DefaultCacheBehavior.DefaultTTL", 0)
    assert is_default("DefaultCacheBehavior.MinTTL", 0)
    assert is_default("Origins[a].CustomOriginConfig.OriginReadTimeout", 30)
    assert not is_default("IsIPV6Enabled", False)


def test_an_origin_has_a_kind_even_where_its_structure_is_empty() -> None:
    origin = {"Id": "media", "DomainName": "x", "S3OriginConfig": {"OriginAccessIdentity": ""}}
    assert fields_of({"Origins": {"Quantity": 1, "Items": [origin]}})["Origins[media].kind"] == "s3"


def test_an_order_and_the_members_of_a_group_are_no_sets() -> None:
    assert is_set("Aliases", ("a",), MISSING)
    assert not is_set("CacheBehaviors.order", ("/a/*",), ("/b/*",))
    assert not is_set("OriginGroups[g].Members", ("a", "b"), ("b", "a"))
    assert not is_set("Aliases", MISSING, MISSING)


def test_patterns_meet_where_one_path_fits_both() -> None:
    for one, other in [("/a/*", "*.mp4"), ("/a?c", "/ab*"), ("a/*", "/a/b"), ("*", "/x")]:
        assert meet(one, other)
        assert meet(other, one)
    for one, other in [("/a/*", "/b/*"), ("*.mp4", "*.jpg"), ("/a?", "/a"), ("/A/*", "/a/*")]:
        assert not meet(one, other)
        assert not meet(other, one)
