"""Edits of behaviors and error responses: what the forms do not model of one stays as it is."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cdnadmin.errors import InvalidInput
from distributions.configuration.behavior_checks import METHOD_SETS
from distributions.configuration.edits import index_of, listed
from distributions.configuration.fields import Config, items_of


@dataclass(frozen=True)
class BehaviorValues:
    """What the forms model of a behavior. `methods`: read, options or all. TTLs only where it has the older settings."""

    target_origin_id: str
    viewer_protocol_policy: str
    methods: str
    compress: bool
    cache_policy_id: str
    origin_request_policy_id: str = ""
    response_headers_policy_id: str = ""
    key_group_ids: tuple[str, ...] = ()
    trusted_signers: tuple[str, ...] = ()
    min_ttl: int | None = None
    default_ttl: int | None = None
    max_ttl: int | None = None


def find_behavior(config: Config, pattern: str | None) -> dict[str, Any]:
    """The default behavior for None. Raises InvalidInput."""
    if pattern is None:
        return dict(config["DefaultCacheBehavior"])
    items = items_of(config.get("CacheBehaviors") or {})
    return dict(items[index_of(items, "PathPattern", pattern, "behavior")])


def behavior_values(config: Config, pattern: str | None) -> BehaviorValues:
    behavior = find_behavior(config, pattern)
    methods = frozenset(items_of(behavior.get("AllowedMethods") or {})) or METHOD_SETS["read"]
    legacy = "ForwardedValues" in behavior
    return BehaviorValues(
        target_origin_id=behavior["TargetOriginId"],
        viewer_protocol_policy=behavior["ViewerProtocolPolicy"],
        methods=next((name for name, known in METHOD_SETS.items() if known == methods), "read"),
        compress=behavior.get("Compress", False),
        cache_policy_id=behavior.get("CachePolicyId", ""),
        origin_request_policy_id=behavior.get("OriginRequestPolicyId", ""),
        response_headers_policy_id=behavior.get("ResponseHeadersPolicyId", ""),
        key_group_ids=tuple(items_of(behavior.get("TrustedKeyGroups") or {})),
        trusted_signers=tuple(items_of(behavior.get("TrustedSigners") or {})),
        min_ttl=behavior.get("MinTTL", 0) if legacy else None,
        default_ttl=behavior.get("DefaultTTL", 86_400) if legacy else None,
        max_ttl=behavior.get("MaxTTL", 31_536_000) if legacy else None,
    )


# What an update must name although nobody chooses it ("Required fields for creating and updating distributions").
_NEW: Config = {"SmoothStreaming": False, "LambdaFunctionAssociations": listed([]), "FieldLevelEncryptionId": ""}


def put_behavior(config: Config, *, pattern: str | None, values: BehaviorValues, replaces: str | None = None) -> Config:
    """Set the default behavior (pattern None), change the one called `replaces`, or add one at the end of the order."""
    changed = copy.deepcopy(config)
    if pattern is None:
        changed["DefaultCacheBehavior"] = _behavior(changed["DefaultCacheBehavior"], values)
        return changed
    items = items_of(changed.get("CacheBehaviors") or {})
    if any(
        item["PathPattern"].removeprefix("/") == pattern.removeprefix("/") != (replaces or "/").removeprefix("/") for item in items
    ):
        raise InvalidInput(f"A behavior has the pattern {pattern} already.", field="pattern")
    if replaces is not None:
        at = index_of(items, "PathPattern", replaces, "behavior")
        items[at] = {**_behavior(items[at], values), "PathPattern": pattern}
    else:
        items.append({**_behavior(_NEW, values), "PathPattern": pattern})
    changed["CacheBehaviors"] = listed(items)
    return changed


def _behavior(old: Mapping[str, Any], values: BehaviorValues) -> dict[str, Any]:
    """The behavior with these values; what they do not model (functions, Lambda, encryption, logs) stays."""
    behavior = dict(old)
    behavior |= {
        "TargetOriginId": values.target_origin_id,
        "ViewerProtocolPolicy": values.viewer_protocol_policy,
        "Compress": values.compress,
        "TrustedKeyGroups": _trusted(values.key_group_ids),
        "TrustedSigners": _trusted(values.trusted_signers),
    }
    methods = METHOD_SETS[values.methods]
    there = behavior.get("AllowedMethods") or {}
    if frozenset(items_of(there)) != methods:
        behavior["AllowedMethods"] = {**listed(sorted(methods)), "CachedMethods": listed(["GET", "HEAD"])}
    for name, value in (
        ("OriginRequestPolicyId", values.origin_request_policy_id),
        ("ResponseHeadersPolicyId", values.response_headers_policy_id),
    ):
        if value:
            behavior[name] = value
        else:
            behavior.pop(name, None)
    if values.cache_policy_id:
        behavior["CachePolicyId"] = values.cache_policy_id
        for name in ("ForwardedValues", "MinTTL", "DefaultTTL", "MaxTTL"):
            behavior.pop(name, None)
    elif "ForwardedValues" in behavior:
        ttls = {"MinTTL": values.min_ttl, "DefaultTTL": values.default_ttl, "MaxTTL": values.max_ttl}
        behavior |= {name: value for name, value in ttls.items() if value is not None}
    return behavior


def _trusted(ids: Sequence[str]) -> dict[str, Any]:
    return {"Enabled": bool(ids), **listed(ids)}


def remove_behavior(config: Config, pattern: str) -> Config:
    changed = copy.deepcopy(config)
    items = items_of(changed.get("CacheBehaviors") or {})
    del items[index_of(items, "PathPattern", pattern, "behavior")]
    changed["CacheBehaviors"] = listed(items)
    return changed


def move_behavior(config: Config, pattern: str, *, up: bool) -> Config:
    """One place up or down; the first that fits answers."""
    changed = copy.deepcopy(config)
    items = items_of(changed.get("CacheBehaviors") or {})
    at = index_of(items, "PathPattern", pattern, "behavior")
    to = at - 1 if up else at + 1
    if 0 <= to < len(items):
        items[at], items[to] = items[to], items[at]
    changed["CacheBehaviors"] = listed(items)
    return changed


def put_error_response(
    config: Config, *, code: int, page_path: str, response_code: str, min_ttl: int, replaces: int | None = None
) -> Config:
    """Add the page for `code`, or put it in the place of that for `replaces`."""
    changed = copy.deepcopy(config)
    errors = [item for item in items_of(changed.get("CustomErrorResponses") or {}) if item["ErrorCode"] != replaces]
    if any(item["ErrorCode"] == code for item in errors):
        raise InvalidInput(f"There is a page for {code} already.", field="code")
    errors.append({"ErrorCode": code, "ResponsePagePath": page_path, "ResponseCode": response_code, "ErrorCachingMinTTL": min_ttl})
    changed["CustomErrorResponses"] = listed(sorted(errors, key=lambda item: int(item["ErrorCode"])))
    return changed


def remove_error_response(config: Config, code: int) -> Config:
    changed = copy.deepcopy(config)
    errors = [item for item in items_of(changed.get("CustomErrorResponses") or {}) if item["ErrorCode"] != code]
    changed["CustomErrorResponses"] = listed(errors)
    return changed
