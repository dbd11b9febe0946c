"""Edits of a configuration: what is used stays, and what forms do not model is left as it is."""

from __future__ import annotations

import pytest

from cdnadmin.errors import InvalidInput
from distributions.configuration.behavior_edits import behavior_values, put_behavior
from distributions.configuration.differences import compare
from distributions.configuration.edits import put_origin, put_origin_group, remove_origin
from tests.unit.distributions.test_configuration import built, server


def test_renaming_an_origin_is_followed_by_who_uses_it_and_a_used_one_stays() -> None:
    config = put_origin_group(
        put_origin(built(), server("spare")), id="both", primary="media", secondary="spare", status_codes=[500]
    )
    renamed = put_origin(config, {**config["Origins"]["Items"][1], "Id": "second"}, replaces="spare")
    assert renamed["OriginGroups"]["Items"][0]["Members"]["Items"][1]["OriginId"] == "second"
    with pytest.raises(InvalidInput, match="the group both"):
        remove_origin(renamed, "second")
    with pytest.raises(InvalidInput, match="the default behavior"):
        remove_origin(renamed, "media")


def test_what_forms_do_not_model_stays() -> None:
    config = built()
    functions = {"Quantity": 1, "Items": [{"EventType": "viewer-request", "FunctionARN": "arn:aws:cloudfront::1:function/f"}]}
    config["DefaultCacheBehavior"] |= {
        "FunctionAssociations": functions,
        "RealtimeLogConfigArn": "arn:logs",
        "NewerThing": {"On": True},
    }
    values = behavior_values(config, None)
    changed = put_behavior(config, pattern=None, values=values)
    assert compare(config, changed) == []
    assert changed["DefaultCacheBehavior"]["NewerThing"] == {"On": True}
    legacy = built()
    behavior = legacy["DefaultCacheBehavior"]
    behavior.pop("CachePolicyId")
    behavior |= {
        "ForwardedValues": {"QueryString": True, "Cookies": {"Forward": "none"}},
        "MinTTL": 5,
        "DefaultTTL": 10,
        "MaxTTL": 20,
    }
    assert compare(legacy, put_behavior(legacy, pattern=None, values=behavior_values(legacy, None))) == []
