"""Lists of policies: AWS's managed ones, which are all that the sandbox has."""

from __future__ import annotations

from typing import Any

from cdnadmin.sandbox.cloudfront import managed
from cdnadmin.sandbox.cloudfront.distributions import Given
from cdnadmin.sandbox.cloudfront.store import Store

_AUTOMATIC = {"HeadersConfig": {"HeaderBehavior": "none"}, "CookiesConfig": {"CookieBehavior": "none"}}


def _listed(kind: str, given: Given, configs: dict[str, dict[str, Any]]) -> Given:
    items = [
        {"Type": "managed", kind: {"Id": id, "LastModifiedTime": 0.0, f"{kind}Config": config}} for id, config in configs.items()
    ]
    if given.get("Type") == "custom":
        items = []
    return {f"{kind}List": {"MaxItems": 100, "Quantity": len(items), **({"Items": items} if items else {})}}


def list_cache_policies(store: Store, given: Given) -> Given:
    configs = {
        id: {"Name": name, "MinTTL": least, "DefaultTTL": usual, "MaxTTL": most}
        for id, (name, least, usual, most) in managed.CACHE_POLICIES.items()
    }
    return _listed("CachePolicy", given, configs)


def list_origin_request_policies(store: Store, given: Given) -> Given:
    """Their names; of what they pass on only what the edge goes by: whether the viewer's Origin is among it."""
    configs: dict[str, dict[str, Any]] = {}
    for id, name in managed.ORIGIN_REQUEST_POLICIES.items():
        headers = {"HeaderBehavior": "whitelist", "Headers": {"Quantity": 1, "Items": ["origin"]}}
        passed = headers if id in managed.FORWARDS_ORIGIN else {"HeaderBehavior": "none"}
        configs[id] = {"Name": name, **_AUTOMATIC, "HeadersConfig": passed, "QueryStringsConfig": {"QueryStringBehavior": "none"}}
    return _listed("OriginRequestPolicy", given, configs)


def list_response_headers_policies(store: Store, given: Given) -> Given:
    return _listed("ResponseHeadersPolicy", given, {id: {"Name": name} for id, name in managed.RESPONSE_HEADERS_POLICIES.items()})
