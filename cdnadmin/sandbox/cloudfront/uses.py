"""What a configuration uses and by which names it is found: the keys under which the store keeps its things."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cdnadmin.sandbox.cloudfront.store import Thing

Key = tuple[str, ...]
_POLICIES = ("CachePolicy", "OriginRequestPolicy", "ResponseHeadersPolicy")


def behaviors(config: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield config["DefaultCacheBehavior"]
    yield from config.get("CacheBehaviors", {}).get("Items", [])


def key_groups_of(config: dict[str, Any]) -> set[str]:
    return {group for behavior in behaviors(config) for group in behavior.get("TrustedKeyGroups", {}).get("Items", [])}


def signers_of(config: dict[str, Any]) -> set[str]:
    return {signer for behavior in behaviors(config) for signer in behavior.get("TrustedSigners", {}).get("Items", [])}


def aliases_of(config: dict[str, Any] | None) -> list[str]:
    """The alternate domain names, in lower case."""
    return [alias.lower() for alias in (config or {}).get("Aliases", {}).get("Items", [])]


def uses_of(config: dict[str, Any]) -> set[Key]:
    """("oac", id), ("oai", id), ("key-group", id), (policy's kind, id) and ("function", name) that a distribution uses."""
    found: set[Key] = {("key-group", id) for id in key_groups_of(config)}
    for origin in config["Origins"].get("Items", []):
        found.add(("oac", origin.get("OriginAccessControlId", "")))
        found.add(("oai", origin.get("S3OriginConfig", {}).get("OriginAccessIdentity", "").rpartition("/")[2]))
    for behavior in behaviors(config):
        found |= {(kind, behavior.get(f"{kind}Id", "")) for kind in _POLICIES}
        for association in behavior.get("FunctionAssociations", {}).get("Items", []):
            found.add(("function", association["FunctionARN"].rpartition("/")[2]))
    return {key for key in found if key[1]}


def keys_of(thing: Thing) -> set[Key]:
    """Where a thing is found: by ("reference", kind, …), ("name", kind, …), ("alias", …), ("host", …), ("uses", kind, id),
    ("invalidations", distribution)."""
    config, keys = thing.config, set[Key]()
    if reference := config.get("CallerReference"):
        keys.add(("reference", thing.kind, *([thing.extra["distribution"]] if thing.kind == "invalidation" else []), reference))
    if name := config.get("Name"):
        keys.add(("name", thing.kind, name))
    match thing.kind:
        case "distribution":
            keys |= {("uses", *key) for key in uses_of(config)}
            # Edges may still have the names of the configuration before.
            keys |= {("host", host) for host in (thing.extra["domain"], *aliases_of(config), *aliases_of(thing.previous))}
            keys |= {("alias", alias) for alias in aliases_of(config)}
        case "streaming-distribution":
            identity = config["S3Origin"].get("OriginAccessIdentity", "").rpartition("/")[2]
            keys |= {("uses", "oai", identity)} if identity else set()
            keys |= {("alias", alias) for alias in aliases_of(config)}
        case "key-group":
            keys |= {("uses", "public-key", id) for id in config["Items"]}
        case "invalidation":
            keys.add(("invalidations", thing.extra["distribution"]))
    return keys
