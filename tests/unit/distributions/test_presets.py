"""Presets: what each sets, and that none opens what is private."""

from __future__ import annotations

from typing import Any

import pytest

from cdnadmin.aws.distribution_config import build_distribution_config
from distributions.configuration.checks import check_configuration
from distributions.configuration.presets import CACHING_DISABLED, PRESETS, apply_preset


def built(**given: Any) -> dict[str, Any]:
    return build_distribution_config(
        caller_reference="x", bucket="media", region="us-east-1", origin_access_control_id="E1", **given
    )


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.key)
@pytest.mark.parametrize("groups", [(), ("g1",)])
def test_each_gives_a_configuration_that_cloudfront_takes(preset: Any, groups: tuple[str, ...]) -> None:
    config = apply_preset(built(key_group_ids=groups), preset.key, key_group_ids=groups)
    assert check_configuration(config) == []
    behaviors = [config["DefaultCacheBehavior"], *config.get("CacheBehaviors", {}).get("Items", [])]
    assert {behavior["TrustedKeyGroups"]["Enabled"] for behavior in behaviors} == {bool(groups)}


def test_streaming_never_keeps_playlists_and_lets_other_sites_play() -> None:
    config = apply_preset(built(), "hls")
    manifests = {item["PathPattern"]: item for item in config["CacheBehaviors"]["Items"]}
    assert set(manifests) == {"*.m3u8", "*.mpd"}
    assert {item["CachePolicyId"] for item in manifests.values()} == {CACHING_DISABLED}
    assert config["DefaultCacheBehavior"]["CachePolicyId"] != CACHING_DISABLED
    assert config["DefaultCacheBehavior"]["ResponseHeadersPolicyId"]
    assert apply_preset(config, "hls") == config, "twice is once"


def test_an_unknown_one_changes_nothing() -> None:
    assert apply_preset(built(), "nothing") == built()
