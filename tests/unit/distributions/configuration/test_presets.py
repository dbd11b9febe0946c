"""Presets over S3: what they set works there, and private stays private."""

from __future__ import annotations

from typing import Any

import pytest

from cdnadmin.aws.distribution_config import build_distribution_config
from distributions.configuration.fields import items_of
from distributions.configuration.presets import PRESETS, apply_preset

# Managed cache policies whose key has the viewer's Host in it ("Use managed cache policies"). It is passed on to the
# origin then, and S3 takes it for a bucket's name.
KEYED_BY_HOST = {
    "2e54312d-136d-493c-8eb9-b001f22f67d2",
    "83da9c7e-98b4-4e11-a168-04f0df8e2c65",
    "4cc15a8a-d715-48a4-82b8-cc0b614638fe",
}


def built() -> dict[str, Any]:
    return build_distribution_config(caller_reference="x", bucket="media", region="us-east-1", origin_access_control_id="E1")


def behaviors(config: dict[str, Any]) -> list[dict[str, Any]]:
    return [config["DefaultCacheBehavior"], *items_of(config.get("CacheBehaviors") or {})]


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.key)
def test_no_behavior_over_a_bucket_is_cached_by_host(preset: Any) -> None:
    assert {each["CachePolicyId"] for each in behaviors(apply_preset(built(), preset.key))}.isdisjoint(KEYED_BY_HOST)


def test_a_playlist_is_never_older_than_the_origins() -> None:
    config = apply_preset(built(), "hls")
    default, *manifests = behaviors(config)
    assert [each["PathPattern"] for each in manifests] == ["*.m3u8", "*.mpd"]
    assert {each["CachePolicyId"] for each in manifests} == {"4135ea2d-6df8-44a3-9df3-4b5a84be39ad"}, "CachingDisabled"
    assert {each["ResponseHeadersPolicyId"] for each in manifests} == {default["ResponseHeadersPolicyId"]}


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.key)
def test_key_groups_close_every_behavior_that_the_preset_touches(preset: Any) -> None:
    config = apply_preset(built(), preset.key, key_group_ids=("g",))
    assert all(each["TrustedKeyGroups"] == {"Enabled": True, "Quantity": 1, "Items": ["g"]} for each in behaviors(config))


def test_what_is_given_stays_as_it_was() -> None:
    config = built()
    for preset in PRESETS:
        apply_preset(config, preset.key, key_group_ids=("g",))
    assert config == built()
