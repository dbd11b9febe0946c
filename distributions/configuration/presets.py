"""Beginnings for what media teams publish: each sets caching, compression and CORS as that needs.

Sources: CloudFront Developer Guide, "Use managed cache policies", "Use managed origin request policies", "Use managed
response headers policies", "Video on demand and live streaming video with CloudFront".
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from distributions.configuration.edits import listed
from distributions.configuration.fields import Config, items_of

CACHING_OPTIMIZED = "658327ea-f89d-4fab-a63d-7e88639e58f6"
CACHING_OPTIMIZED_UNCOMPRESSED = "b2884449-e4de-46a7-ac36-70bc7f1ddd6d"
# For manifests, the only managed policy that fits. Amplify and UseOriginCacheControlHeaders have shorter times too, but
# their cache key has the viewer's Host in it, which S3 takes for a bucket's name; Elemental-MediaPackage keeps for a day
# what says nothing about itself.
CACHING_DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
CORS_S3_ORIGIN = "88a5eaf4-2fd4-4709-b370-b4c650ea3fcf"
CORS_WITH_PREFLIGHT = "5cc3b908-e619-4b99-88e5-2cf7f45965bd"
SIMPLE_CORS = "60669652-455b-4ae9-85a4-c4c02393f86c"
# A playlist names segments: kept for a day, it would name those of yesterday.
MANIFESTS = ("*.m3u8", "*.mpd")


@dataclass(frozen=True)
class Preset:
    """`sentence` says for what it is; `sets` what it does, in words."""

    key: str
    name: str
    sentence: str
    sets: tuple[str, ...]
    private: bool = False


PRESETS = (
    Preset(
        "video",
        "Video and downloads",
        "Large files that do not change: kept at the edges for long, sent as they are.",
        ("Kept for a day unless the file says otherwise", "Not compressed: video and archives are so already"),
    ),
    Preset(
        "images",
        "Web images",
        "Pictures and web files for pages of any site: compressed where it helps, open to other sites.",
        ("Kept for a day unless the file says otherwise", "Text and SVG compressed", "Other sites may use them (CORS)"),
    ),
    Preset(
        "private",
        "Private media",
        "Cuts and rushes for who is meant to see them: every request needs a signature.",
        ("Only signed addresses open", "Not compressed"),
        private=True,
    ),
    Preset(
        "hls",
        "HLS streaming",
        "Streams for players on your pages: segments stay for long, playlists are always the newest.",
        (
            "Segments kept for a day unless the file says otherwise",
            "Playlists (*.m3u8, *.mpd) not kept: each request asks the bucket",
            "Players of other sites may load them (CORS)",
        ),
    ),
)


def find_preset(key: str) -> Preset | None:
    return next((preset for preset in PRESETS if preset.key == key), None)


def apply_preset(config: Config, key: str, *, key_group_ids: Sequence[str] = ()) -> Config:
    """A copy of `config` with the preset's caching. With `key_group_ids`, signatures on all that the preset touches.

    An unknown key changes nothing.
    """
    changed = copy.deepcopy(config)
    if find_preset(key) is None:
        return changed
    default: dict[str, Any] = changed["DefaultCacheBehavior"]
    if key_group_ids:
        default["TrustedKeyGroups"] = {"Enabled": True, **listed(list(key_group_ids))}
    if key in {"video", "private"}:
        default |= {"CachePolicyId": CACHING_OPTIMIZED_UNCOMPRESSED, "Compress": False}
    elif key == "images":
        default |= {"CachePolicyId": CACHING_OPTIMIZED, "Compress": True, "ResponseHeadersPolicyId": SIMPLE_CORS}
    elif key == "hls":
        default |= {
            "CachePolicyId": CACHING_OPTIMIZED_UNCOMPRESSED,
            "Compress": False,
            "OriginRequestPolicyId": CORS_S3_ORIGIN,
            "ResponseHeadersPolicyId": CORS_WITH_PREFLIGHT,
        }
        there = items_of(changed.get("CacheBehaviors") or {})
        patterns = {behavior["PathPattern"] for behavior in there}
        # The policy leaves compression off.
        manifest = {**copy.deepcopy(default), "CachePolicyId": CACHING_DISABLED, "Compress": False}
        added = [{**copy.deepcopy(manifest), "PathPattern": pattern} for pattern in MANIFESTS if pattern not in patterns]
        changed["CacheBehaviors"] = listed([*added, *there])
    return changed
