"""A cache behavior as Terraform's block."""

from __future__ import annotations

from typing import Any

from distributions.configuration.export.hcl import Block, Raw
from distributions.configuration.fields import items_of


def behavior_block(kind: str, behavior: dict[str, Any], references: dict[str, str]) -> Block:
    """`kind`: default_cache_behavior or ordered_cache_behavior."""
    methods = behavior.get("AllowedMethods") or {}
    groups = [Raw(references[id]) if id in references else id for id in items_of(behavior.get("TrustedKeyGroups") or {})]
    legacy = "ForwardedValues" in behavior
    block = Block(kind)
    block.attributes = {
        "path_pattern": behavior.get("PathPattern"),
        "target_origin_id": behavior["TargetOriginId"],
        "viewer_protocol_policy": behavior["ViewerProtocolPolicy"],
        "allowed_methods": items_of(methods) or ["GET", "HEAD"],
        "cached_methods": items_of(methods.get("CachedMethods") or {}) or ["GET", "HEAD"],
        "compress": behavior.get("Compress", False),
        "smooth_streaming": behavior.get("SmoothStreaming") or None,
        "field_level_encryption_id": behavior.get("FieldLevelEncryptionId") or None,
        "realtime_log_config_arn": behavior.get("RealtimeLogConfigArn") or None,
        "cache_policy_id": behavior.get("CachePolicyId") or None,
        "origin_request_policy_id": behavior.get("OriginRequestPolicyId") or None,
        "response_headers_policy_id": behavior.get("ResponseHeadersPolicyId") or None,
        "trusted_key_groups": groups or None,
        "trusted_signers": items_of(behavior.get("TrustedSigners") or {}) or None,
        "min_ttl": behavior.get("MinTTL") if legacy else None,
        "default_ttl": behavior.get("DefaultTTL") if legacy else None,
        "max_ttl": behavior.get("MaxTTL") if legacy else None,
    }
    if legacy:
        block.blocks.append(_forwarded(behavior["ForwardedValues"]))
    for item in items_of(behavior.get("FunctionAssociations") or {}):
        values = {"event_type": item["EventType"], "function_arn": item["FunctionARN"]}
        block.blocks.append(Block("function_association", attributes=values))
    for item in items_of(behavior.get("LambdaFunctionAssociations") or {}):
        values = {
            "event_type": item["EventType"],
            "lambda_arn": item["LambdaFunctionARN"],
            "include_body": item.get("IncludeBody", False),
        }
        block.blocks.append(Block("lambda_function_association", attributes=values))
    if (behavior.get("GrpcConfig") or {}).get("Enabled"):
        block.blocks.append(Block("grpc_config", attributes={"enabled": True}))
    return block


def _forwarded(values: dict[str, Any]) -> Block:
    cookies = values.get("Cookies") or {}
    names = items_of(cookies.get("WhitelistedNames") or {})
    inner = Block("cookies", attributes={"forward": cookies.get("Forward", "none"), "whitelisted_names": names or None})
    attributes = {
        "query_string": values.get("QueryString", False),
        "query_string_cache_keys": items_of(values.get("QueryStringCacheKeys") or {}) or None,
        "headers": items_of(values.get("Headers") or {}) or None,
    }
    return Block("forwarded_values", attributes=attributes, blocks=[inner])
