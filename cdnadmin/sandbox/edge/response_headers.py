"""Response headers policies: what is taken off an answer on its way to the viewer, and what is put on.

Source: Developer Guide, "Understand response headers policies". They work on what comes from the cache or an origin,
not on what the edge itself refuses.
"""

from __future__ import annotations

import secrets
from typing import Any

from cdnadmin.sandbox.http import Request, Response
from cdnadmin.sandbox.s3.policies import matches

_ALL_METHODS = ["GET", "DELETE", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"]


def change_headers(policy: dict[str, Any], request: Request, response: Response, *, pop: str, request_id: str) -> None:
    """Change `response` as the policy's config says: first what it removes, then what it adds."""
    headers = response.headers
    for removed in policy.get("RemoveHeadersConfig", {}).get("Items", []):
        headers.pop(removed["Header"].lower(), None)
    if "CorsConfig" in policy and "origin" in request.headers:
        override = policy["CorsConfig"].get("OriginOverride", False)
        added = _cors(policy["CorsConfig"], request)
        if "vary" in added:
            before = [part.strip() for part in headers.get("vary", "").split(",") if part.strip()]
            there = "origin" in {part.lower() for part in before}
            headers["vary"] = ", ".join(before if there else [*before, added.pop("vary")])
        for name, value in added.items():
            if name != "vary":
                _set(headers, name, value, override=override)
    for name, (value, override) in _security(policy.get("SecurityHeadersConfig", {})).items():
        _set(headers, name, value, override=override)
    for custom in policy.get("CustomHeadersConfig", {}).get("Items", []):
        _set(headers, custom["Header"].lower(), custom["Value"], override=custom["Override"])
    timing = policy.get("ServerTimingHeadersConfig", {})
    if timing.get("Enabled") and secrets.randbelow(10_000) < timing.get("SamplingRate", 0) * 100:
        cache = "cdn-cache-hit" if headers.get("x-cache", "").startswith("Hit") else "cdn-cache-miss"
        own = f'{cache},cdn-pop;desc="{pop}",cdn-rid;desc="{request_id}"'
        headers["server-timing"] = f"{own},{headers['server-timing']}" if "server-timing" in headers else own


def _set(headers: dict[str, str], name: str, value: str, *, override: bool) -> None:
    if override or name not in headers:
        headers[name] = value


def _cors(config: dict[str, Any], request: Request) -> dict[str, str]:
    origin = request.headers["origin"]
    allowed = config["AccessControlAllowOrigins"].get("Items", [])
    if "*" in allowed:
        added = {"access-control-allow-origin": "*"}
    elif any(matches(pattern, origin) or matches(pattern, origin.partition("://")[2]) for pattern in allowed):
        added = {"access-control-allow-origin": origin, "vary": "Origin"}
    else:
        return {}
    if config.get("AccessControlAllowCredentials"):
        added["access-control-allow-credentials"] = "true"
    if exposed := config.get("AccessControlExposeHeaders", {}).get("Items", []):
        added["access-control-expose-headers"] = ",".join(exposed)
    if request.method == "OPTIONS":
        methods = config["AccessControlAllowMethods"].get("Items", [])
        added["access-control-allow-methods"] = ",".join(_ALL_METHODS if "ALL" in methods else methods)
        if names := config["AccessControlAllowHeaders"].get("Items", []):
            added["access-control-allow-headers"] = ",".join(names)
        if "AccessControlMaxAgeSec" in config:
            added["access-control-max-age"] = str(config["AccessControlMaxAgeSec"])
    return added


def _security(config: dict[str, Any]) -> dict[str, tuple[str, bool]]:
    """Each header's value, and whether it goes before the origin's own."""
    found: dict[str, str] = {}
    if "StrictTransportSecurity" in config:
        given = config["StrictTransportSecurity"]
        found["StrictTransportSecurity"] = f"max-age={given['AccessControlMaxAgeSec']}"
        found["StrictTransportSecurity"] += "; includeSubDomains" if given.get("IncludeSubdomains") else ""
        found["StrictTransportSecurity"] += "; preload" if given.get("Preload") else ""
    if "XSSProtection" in config:
        given = config["XSSProtection"]
        found["XSSProtection"] = "1" if given["Protection"] else "0"
        if given["Protection"] and given.get("ModeBlock"):
            found["XSSProtection"] += "; mode=block"
        elif given["Protection"] and given.get("ReportUri"):
            found["XSSProtection"] += f"; report={given['ReportUri']}"
    if "ContentTypeOptions" in config:
        found["ContentTypeOptions"] = "nosniff"
    for kind, member in _PLAIN.items():
        if kind in config:
            found[kind] = config[kind][member]
    return {_NAMES[kind]: (value, config[kind]["Override"]) for kind, value in found.items()}


_PLAIN = {
    "FrameOptions": "FrameOption",
    "ReferrerPolicy": "ReferrerPolicy",
    "ContentSecurityPolicy": "ContentSecurityPolicy",
}
_NAMES = {
    "StrictTransportSecurity": "strict-transport-security",
    "XSSProtection": "x-xss-protection",
    "ContentTypeOptions": "x-content-type-options",
    "FrameOptions": "x-frame-options",
    "ReferrerPolicy": "referrer-policy",
    "ContentSecurityPolicy": "content-security-policy",
}
