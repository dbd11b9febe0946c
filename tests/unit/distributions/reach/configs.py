"""Small configurations, as CloudFront answers them."""

from __future__ import annotations

from typing import Any


def listed(items: list[Any]) -> dict[str, Any]:
    return {"Quantity": len(items), "Items": items} if items else {"Quantity": 0}


def origin(id: str, bucket: str = "", path: str = "", *, oac: str = "", oai: str = "") -> dict[str, Any]:
    """An origin in a bucket; a server of somebody's without one."""
    if not bucket:
        return {"Id": id, "DomainName": "www.example.com", "OriginPath": path, "CustomOriginConfig": {"HTTPPort": 80}}
    identity = f"origin-access-identity/cloudfront/{oai}" if oai else ""
    place = {"Id": id, "DomainName": f"{bucket}.s3.eu-central-1.amazonaws.com", "OriginPath": path}
    return {**place, "OriginAccessControlId": oac, "S3OriginConfig": {"OriginAccessIdentity": identity}}


def behavior(target: str, pattern: str = "", *, signed: bool = False, **more: Any) -> dict[str, Any]:
    found = {"TargetOriginId": target, "TrustedSigners": {"Enabled": False}, "TrustedKeyGroups": {"Enabled": signed}, **more}
    return {"PathPattern": pattern, **found} if pattern else found


def group(id: str, first: str, second: str, *statuses: int) -> dict[str, Any]:
    members = listed([{"OriginId": first}, {"OriginId": second}])
    return {"Id": id, "FailoverCriteria": {"StatusCodes": listed(list(statuses))}, "Members": members}


def config(
    default: dict[str, Any], *behaviors: dict[str, Any], origins: list[Any], groups: list[Any] | None = None, **more: Any
) -> dict[str, Any]:
    return {
        "Enabled": True,
        "DefaultRootObject": "",
        "Origins": listed(origins),
        "OriginGroups": listed(groups or []),
        "DefaultCacheBehavior": default,
        "CacheBehaviors": listed(list(behaviors)),
        **more,
    }
