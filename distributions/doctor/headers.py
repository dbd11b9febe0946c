"""Which of a viewer's headers CloudFront passes on to an origin, by policies or by a behavior's own old settings.

Sources: CloudFront Developer Guide, "Control origin requests with a policy", "Configure CloudFront to forward the
Authorization header"; API Reference, "OriginRequestPolicyHeadersConfig", "CachePolicyHeadersConfig", "ForwardedValues".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from distributions.configuration.fields import items_of


def passes_on(config: Mapping[str, Any], header: str) -> bool:
    """Whether a cache policy's or an origin request policy's configuration passes the header on."""
    whole = config.get("ParametersInCacheKeyAndForwardedToOrigin", config)
    headers = whole.get("HeadersConfig") or {}
    names = {str(name).lower() for name in items_of(headers.get("Headers") or {})}
    match headers.get("HeaderBehavior", "none"):
        case "whitelist":
            return header.lower() in names
        case "allExcept":
            return header.lower() not in names
        case behavior:
            return str(behavior).startswith("allViewer")


def behavior_passes_on(behavior: Mapping[str, Any], header: str, policies: tuple[str, ...]) -> bool:
    """`policies`: ids of those that pass the header on."""
    if behavior.get("CachePolicyId") in policies or behavior.get("OriginRequestPolicyId") in policies:
        return True
    names = {str(name).lower() for name in items_of((behavior.get("ForwardedValues") or {}).get("Headers") or {})}
    return bool(names & {"*", header.lower()})
