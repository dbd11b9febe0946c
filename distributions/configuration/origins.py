"""The origins of a configuration: where its files lie, and as whom CloudFront fetches them. Nothing is asked of AWS."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Config = Mapping[str, Any]
# The id under which the one origin of a streaming distribution is known here.
ORIGIN_ID = "media"
_S3_HOST = re.compile(
    r"(?P<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])\.s3(?:[.-](?P<region>[a-z]{2}(?:-[a-z]+)+-\d))?\.amazonaws\.com"
)


@dataclass(frozen=True)
class S3Place:
    """Where an S3 origin's files lie: "bucket", its region ("" where the host name leaves it out), the path before keys."""

    bucket: str
    region: str
    path: str


def s3_place(origin: Config) -> S3Place | None:
    """None where the origin is no bucket (or a bucket's web site, which takes no identity)."""
    found = _S3_HOST.fullmatch(origin.get("DomainName", "").lower())
    if found is None or "CustomOriginConfig" in origin:
        return None
    return S3Place(found["bucket"], found["region"] or "", origin.get("OriginPath", ""))


def origins_of(config: Config) -> list[dict[str, Any]]:
    """The origins; a legacy streaming distribution has one, under another name."""
    if "S3Origin" in config:
        old = config["S3Origin"]
        identity = {"OriginAccessIdentity": old.get("OriginAccessIdentity", "")}
        return [{"Id": ORIGIN_ID, "DomainName": old["DomainName"], "OriginPath": "", "S3OriginConfig": identity}]
    return list(config.get("Origins", {}).get("Items", []))


def main_origin(config: Config) -> dict[str, Any]:
    """The origin of the distribution's own files: that of the default behavior, or the first member of its group."""
    origins = {origin["Id"]: origin for origin in origins_of(config)}
    target = config.get("DefaultCacheBehavior", {}).get("TargetOriginId", ORIGIN_ID)
    for group in config.get("OriginGroups", {}).get("Items", []):
        if group["Id"] == target:
            target = group["Members"]["Items"][0]["OriginId"]
    return origins.get(target) or next(iter(origins.values()), {})


def needs_signature(config: Config) -> bool:
    """Whether the default behavior (or the whole of a streaming distribution) asks for a signature."""
    return behavior_needs_signature(config.get("DefaultCacheBehavior", config))


def behavior_needs_signature(behavior: Config) -> bool:
    """Whether this behavior has trusted key groups or trusted signers switched on."""
    return any(behavior.get(name, {}).get("Enabled", False) for name in ("TrustedKeyGroups", "TrustedSigners"))


def access_of(origin: Config) -> tuple[str, str]:
    """("oac" | "oai" | "open", id at AWS)."""
    if origin.get("OriginAccessControlId"):
        return "oac", origin["OriginAccessControlId"]
    identity = origin.get("S3OriginConfig", {}).get("OriginAccessIdentity", "")
    return ("oai", identity.rpartition("/")[2]) if identity else ("open", "")
