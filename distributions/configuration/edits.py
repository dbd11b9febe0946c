"""Edits of a configuration as pure functions: each answers a changed copy, and leaves what it does not model as it is."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

from cdnadmin.errors import InvalidInput
from distributions.configuration.fields import Config, items_of


def listed(items: Sequence[Any]) -> dict[str, Any]:
    """A list as CloudFront takes it."""
    return {"Quantity": len(items), "Items": list(items)} if items else {"Quantity": 0}


def set_general(
    config: Config,
    *,
    comment: str,
    enabled: bool,
    price_class: str,
    http_version: str,
    ipv6: bool,
    default_root_object: str,
    web_acl_id: str,
) -> Config:
    values = {
        "Comment": comment,
        "Enabled": enabled,
        "PriceClass": price_class,
        "HttpVersion": http_version,
        "IsIPV6Enabled": ipv6,
        "DefaultRootObject": default_root_object,
        "WebACLId": web_acl_id,
    }
    return {**copy.deepcopy(config), **values}


def set_viewers(
    config: Config,
    *,
    aliases: Sequence[str],
    certificate_arn: str,
    minimum_protocol_version: str,
    geo_kind: str,
    countries: Sequence[str],
) -> Config:
    """Host names, their certificate, and from where viewers may come. A certificate in IAM stays where none is chosen."""
    changed = copy.deepcopy(config)
    changed["Aliases"] = listed(aliases)
    certificate = changed.get("ViewerCertificate") or {}
    if certificate_arn:
        method = certificate.get("SSLSupportMethod") if certificate.get("ACMCertificateArn") else None
        changed["ViewerCertificate"] = {
            **(certificate if certificate.get("ACMCertificateArn") == certificate_arn else {}),
            "ACMCertificateArn": certificate_arn,
            # "vip" costs 600 dollars a month; every browser of the last ten years sends the host name.
            "SSLSupportMethod": method or "sni-only",
            "MinimumProtocolVersion": minimum_protocol_version,
        }
    elif not certificate.get("IAMCertificateId"):
        changed["ViewerCertificate"] = {"CloudFrontDefaultCertificate": True}
    geo = {"RestrictionType": geo_kind, **listed(() if geo_kind == "none" else countries)}
    changed["Restrictions"] = {**(changed.get("Restrictions") or {}), "GeoRestriction": geo}
    return changed


def set_logging(config: Config, *, enabled: bool, bucket: str, prefix: str, include_cookies: bool) -> Config:
    changed = copy.deepcopy(config)
    changed["Logging"] = {
        **(changed.get("Logging") or {}),
        "Enabled": enabled,
        "IncludeCookies": include_cookies and enabled,
        "Bucket": bucket if enabled else "",
        "Prefix": prefix if enabled else "",
    }
    return changed


def s3_origin(
    *,
    id: str,
    domain: str,
    path: str,
    oac_id: str = "",
    oai_id: str = "",
    headers: Sequence[tuple[str, str]] | None = None,
    existing: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """A bucket as origin. `headers` None: those of `existing` stay, as does all else that these do not name.

    Raises InvalidInput where `existing` is one in a VPC.
    """
    origin = _copy_outside_vpc(existing)
    origin.pop("CustomOriginConfig", None)
    identity = f"origin-access-identity/cloudfront/{oai_id}" if oai_id else ""
    origin |= {"Id": id, "DomainName": domain, "OriginPath": path, "OriginAccessControlId": oac_id}
    origin["S3OriginConfig"] = {**origin.get("S3OriginConfig", {}), "OriginAccessIdentity": identity}
    return _with_headers(origin, headers)


def custom_origin(
    *,
    id: str,
    domain: str,
    path: str,
    protocol_policy: str,
    http_port: int,
    https_port: int,
    read_timeout: int,
    keepalive_timeout: int,
    headers: Sequence[tuple[str, str]] | None = None,
    existing: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Any HTTP server as origin; TLS 1.2 towards it unless it has other versions already.

    Raises InvalidInput where `existing` is one in a VPC.
    """
    origin = _copy_outside_vpc(existing)
    origin.pop("S3OriginConfig", None)
    old = origin.get("CustomOriginConfig", {})
    origin |= {"Id": id, "DomainName": domain, "OriginPath": path, "OriginAccessControlId": origin.get("OriginAccessControlId", "")}
    origin["CustomOriginConfig"] = {
        **old,
        "HTTPPort": http_port,
        "HTTPSPort": https_port,
        "OriginProtocolPolicy": protocol_policy,
        "OriginSslProtocols": old.get("OriginSslProtocols") or listed(["TLSv1.2"]),
        "OriginReadTimeout": read_timeout,
        "OriginKeepaliveTimeout": keepalive_timeout,
    }
    return _with_headers(origin, headers)


def _copy_outside_vpc(existing: Mapping[str, Any] | None) -> dict[str, Any]:
    """An origin in a VPC made a bucket or a server would be two at once, which CloudFront refuses."""
    if existing and "VpcOriginConfig" in existing:
        raise InvalidInput(f"“{existing['Id']}” lies in a VPC. It is kept as it is, and changed in CloudFront’s console.")
    return copy.deepcopy(dict(existing or {}))


def _with_headers(origin: dict[str, Any], headers: Sequence[tuple[str, str]] | None) -> dict[str, Any]:
    """A header without a value keeps the one it has: values are not shown to be typed again."""
    old = {item["HeaderName"].lower(): item["HeaderValue"] for item in items_of(origin.get("CustomHeaders") or {})}
    if headers is not None:
        found = [{"HeaderName": name, "HeaderValue": value or old.get(name.lower(), "")} for name, value in headers]
        origin["CustomHeaders"] = listed(found)
    origin.setdefault("CustomHeaders", {"Quantity": 0})
    return origin


def put_origin(config: Config, origin: Mapping[str, Any], *, replaces: str = "") -> Config:
    """Add it, or put it in the place of the origin called `replaces`; who used that one uses this one."""
    changed = copy.deepcopy(config)
    origins = items_of(changed.get("Origins") or {})
    if any(item["Id"] == origin["Id"] and item["Id"] != replaces for item in origins):
        raise InvalidInput(f"An origin is called “{origin['Id']}” already.", field="id")
    if replaces:
        at = index_of(origins, "Id", replaces, "origin")
        origins[at] = dict(origin)
        if origin["Id"] != replaces:
            _rename_target(changed, replaces, origin["Id"])
    else:
        origins.append(dict(origin))
    changed["Origins"] = listed(origins)
    return changed


def index_of(items: Sequence[Mapping[str, Any]], key: str, value: Any, what: str) -> int:
    for index, item in enumerate(items):
        if item[key] == value:
            return index
    raise InvalidInput(f"There is no {what} “{value}” any more: somebody took it out of this plan.")


def all_behaviors(config: Config) -> list[dict[str, Any]]:
    return [config["DefaultCacheBehavior"], *items_of(config.get("CacheBehaviors") or {})]


def _rename_target(config: Config, old: str, new: str) -> None:
    for behavior in all_behaviors(config):
        if behavior["TargetOriginId"] == old:
            behavior["TargetOriginId"] = new
    for group in items_of(config.get("OriginGroups") or {}):
        for member in items_of(group["Members"]):
            if member["OriginId"] == old:
                member["OriginId"] = new


def users_of(config: Config, id: str) -> list[str]:
    """Who sends viewers to this origin or group: "the default behavior", "/hls/*", "the group failover"."""
    users = []
    for behavior in all_behaviors(config):
        if behavior["TargetOriginId"] == id:
            users.append(behavior.get("PathPattern") or "the default behavior")
    for group in items_of(config.get("OriginGroups") or {}):
        if any(member["OriginId"] == id for member in items_of(group["Members"])):
            users.append(f"the group {group['Id']}")
    return users


def remove_origin(config: Config, id: str) -> Config:
    """Raises InvalidInput while something uses it."""
    return _remove_target(config, "Origins", id, "origin")


def remove_origin_group(config: Config, id: str) -> Config:
    return _remove_target(config, "OriginGroups", id, "origin group")


def _remove_target(config: Config, name: str, id: str, what: str) -> Config:
    changed = copy.deepcopy(config)
    items = items_of(changed.get(name) or {})
    at = index_of(items, "Id", id, what)
    users = users_of(changed, id)
    if users:
        raise InvalidInput(f"“{id}” is used by {', '.join(users)}: give these another origin first.")
    del items[at]
    changed[name] = listed(items)
    return changed


def put_origin_group(
    config: Config, *, id: str, primary: str, secondary: str, status_codes: Sequence[int], replaces: str = ""
) -> Config:
    changed = copy.deepcopy(config)
    groups = items_of(changed.get("OriginGroups") or {})
    if any(item["Id"] == id and id != replaces for item in groups):
        raise InvalidInput(f"A group is called “{id}” already.", field="id")
    old = groups[index_of(groups, "Id", replaces, "origin group")] if replaces else {}
    group = {
        **old,
        "Id": id,
        "FailoverCriteria": {"StatusCodes": listed(sorted(status_codes))},
        "Members": listed([{"OriginId": primary}, {"OriginId": secondary}]),
    }
    if replaces:
        groups[index_of(groups, "Id", replaces, "origin group")] = group
        if id != replaces:
            _rename_target(changed, replaces, id)
    else:
        groups.append(group)
    changed["OriginGroups"] = listed(groups)
    return changed
