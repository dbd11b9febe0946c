"""Policies by id, AWS's managed ones and the account's own: what behaviors name, and what the edge goes by."""

from __future__ import annotations

from typing import Any

from cdnadmin.sandbox.cloudfront import managed
from cdnadmin.sandbox.cloudfront.store import Store

CACHE, ORIGIN_REQUEST, RESPONSE_HEADERS = "CachePolicy", "OriginRequestPolicy", "ResponseHeadersPolicy"
MANAGED: dict[str, dict[str, dict[str, Any]]] = {
    CACHE: managed.CACHE_POLICY_CONFIGS,
    ORIGIN_REQUEST: managed.ORIGIN_REQUEST_POLICY_CONFIGS,
    RESPONSE_HEADERS: managed.RESPONSE_HEADERS_POLICY_CONFIGS,
}


def policy_config(store: Store, kind: str, policy_id: str) -> dict[str, Any] | None:
    """A policy's configuration as the edges have it by now; None where no policy of the kind has this id.

    `kind`: CACHE, ORIGIN_REQUEST or RESPONSE_HEADERS.
    """
    if config := MANAGED[kind].get(policy_id):
        return config
    thing = store.get(kind, policy_id)
    return (thing.at_edges or thing.config) if thing else None


def cache_ttls(store: Store, policy_id: str) -> tuple[str, int, int, int] | None:
    """A cache policy's name, and its minimum, default and maximum TTL in seconds; None where there is no such policy.

    What was left out is a day and a year, or as much as the value below it. Source: API Reference, "CachePolicyConfig".
    """
    config = policy_config(store, CACHE, policy_id)
    if config is None:
        return None
    least = config["MinTTL"]
    usual = config.get("DefaultTTL", max(86_400, least))
    return config["Name"], least, usual, config.get("MaxTTL", max(31_536_000, usual))


def forwards_origin(store: Store, policy_id: str) -> bool:
    """Whether an origin request policy passes the viewer's Origin on to the origin."""
    config = policy_config(store, ORIGIN_REQUEST, policy_id)
    return config is not None and managed.sends_origin(config)


def response_headers(store: Store, policy_id: str) -> dict[str, Any] | None:
    """A ResponseHeadersPolicyConfig by its policy's id; None where there is no such policy."""
    return policy_config(store, RESPONSE_HEADERS, policy_id)
