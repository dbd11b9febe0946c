"""A Terraform export read back into the configuration that it says, by a table of the provider's names."""

from __future__ import annotations

import io
import json
from typing import Any

import hcl2

from distributions.configuration.edits import listed

Config = dict[str, Any]
REFERENCES = {
    "${aws_cloudfront_origin_access_control.press.id}": "E1",
    "${aws_cloudfront_origin_access_identity.old_site.cloudfront_access_identity_path}": "origin-access-identity/cloudfront/E2",
    "${aws_cloudfront_key_group.team.id}": "g",
}
# How the provider calls a field, block by block.
NAMES: dict[str, dict[str, str]] = {
    "top": {
        "Comment": "comment",
        "Enabled": "enabled",
        "DefaultRootObject": "default_root_object",
        "HttpVersion": "http_version",
        "IsIPV6Enabled": "is_ipv6_enabled",
        "PriceClass": "price_class",
        "WebACLId": "web_acl_id",
        "Staging": "staging",
        "ContinuousDeploymentPolicyId": "continuous_deployment_policy_id",
        "AnycastIpListId": "anycast_ip_list_id",
    },
    "origin": {
        "Id": "origin_id",
        "DomainName": "domain_name",
        "OriginPath": "origin_path",
        "ConnectionAttempts": "connection_attempts",
        "ConnectionTimeout": "connection_timeout",
        "ResponseCompletionTimeout": "response_completion_timeout",
        "OriginAccessControlId": "origin_access_control_id",
    },
    "custom": {
        "HTTPPort": "http_port",
        "HTTPSPort": "https_port",
        "OriginProtocolPolicy": "origin_protocol_policy",
        "OriginReadTimeout": "origin_read_timeout",
        "OriginKeepaliveTimeout": "origin_keepalive_timeout",
        "IpAddressType": "ip_address_type",
    },
    "vpc": {
        "VpcOriginId": "vpc_origin_id",
        "OwnerAccountId": "owner_account_id",
        "OriginReadTimeout": "origin_read_timeout",
        "OriginKeepaliveTimeout": "origin_keepalive_timeout",
    },
    "behavior": {
        "PathPattern": "path_pattern",
        "TargetOriginId": "target_origin_id",
        "ViewerProtocolPolicy": "viewer_protocol_policy",
        "Compress": "compress",
        "SmoothStreaming": "smooth_streaming",
        "FieldLevelEncryptionId": "field_level_encryption_id",
        "RealtimeLogConfigArn": "realtime_log_config_arn",
        "CachePolicyId": "cache_policy_id",
        "OriginRequestPolicyId": "origin_request_policy_id",
        "ResponseHeadersPolicyId": "response_headers_policy_id",
        "MinTTL": "min_ttl",
        "DefaultTTL": "default_ttl",
        "MaxTTL": "max_ttl",
    },
    "error": {
        "ErrorCode": "error_code",
        "ResponsePagePath": "response_page_path",
        "ResponseCode": "response_code",
        "ErrorCachingMinTTL": "error_caching_min_ttl",
    },
    "certificate": {
        "ACMCertificateArn": "acm_certificate_arn",
        "IAMCertificateId": "iam_certificate_id",
        "SSLSupportMethod": "ssl_support_method",
        "MinimumProtocolVersion": "minimum_protocol_version",
        "CloudFrontDefaultCertificate": "cloudfront_default_certificate",
    },
}


def read(value: Any) -> Any:
    """What Terraform would take the parsed text for: strings without quotes and escapes, references resolved."""
    if isinstance(value, dict):
        return {read(key): read(item) for key, item in value.items() if key != "__is_block__"}
    if isinstance(value, list):
        return [read(item) for item in value]
    if isinstance(value, str) and value.startswith('"'):
        return json.loads(value).replace("$${", "${").replace("%%{", "%{")
    return REFERENCES.get(value, value) if isinstance(value, str) else value


def parsed(text: str) -> Config:
    found: Config = read(hcl2.load(io.StringIO(text)))
    return found


def resource(document: Config, kind: str) -> Config:
    (found,) = [body for each in document["resource"] for name, named in each.items() if name == kind for body in named.values()]
    body: Config = found
    return body


def renamed(block: Config, names: dict[str, str]) -> Config:
    return {ours: block[theirs] for ours, theirs in names.items() if theirs in block}


def one(block: Config, name: str) -> Config:
    found: Config = (block.get(name) or [{}])[0]
    return found


def trusted(ids: list[str]) -> Config:
    return {"Enabled": bool(ids), **listed(ids)}


def behavior_from(block: Config) -> Config:
    behavior = renamed(block, NAMES["behavior"])
    behavior["AllowedMethods"] = {**listed(block["allowed_methods"]), "CachedMethods": listed(block["cached_methods"])}
    behavior["TrustedKeyGroups"] = trusted(block.get("trusted_key_groups", []))
    behavior["TrustedSigners"] = trusted(block.get("trusted_signers", []))
    behavior["GrpcConfig"] = {"Enabled": one(block, "grpc_config").get("enabled", False)}
    functions = [{"EventType": f["event_type"], "FunctionARN": f["function_arn"]} for f in block.get("function_association", [])]
    lambdas = [
        {"EventType": f["event_type"], "LambdaFunctionARN": f["lambda_arn"], "IncludeBody": f["include_body"]}
        for f in block.get("lambda_function_association", [])
    ]
    behavior |= {"FunctionAssociations": listed(functions), "LambdaFunctionAssociations": listed(lambdas)}
    forwarded = one(block, "forwarded_values")
    if forwarded:
        cookies = one(forwarded, "cookies")
        behavior["ForwardedValues"] = {
            "QueryString": forwarded["query_string"],
            "QueryStringCacheKeys": listed(forwarded.get("query_string_cache_keys", [])),
            "Headers": listed(forwarded.get("headers", [])),
            "Cookies": {"Forward": cookies["forward"], "WhitelistedNames": listed(cookies.get("whitelisted_names", []))},
        }
    return behavior


def origin_from(block: Config) -> Config:
    origin = renamed(block, NAMES["origin"])
    # Terraform has the value in a variable: for the comparison it is the variable's name.
    headers = [{"HeaderName": each["name"], "HeaderValue": each["value"]} for each in block.get("custom_header", [])]
    origin["CustomHeaders"] = listed(headers)
    shield = one(block, "origin_shield")
    if shield:
        origin["OriginShield"] = {"Enabled": shield["enabled"], "OriginShieldRegion": shield["origin_shield_region"]}
    custom, vpc = one(block, "custom_origin_config"), one(block, "vpc_origin_config")
    if custom:
        origin["CustomOriginConfig"] = renamed(custom, NAMES["custom"])
        origin["CustomOriginConfig"]["OriginSslProtocols"] = listed(custom["origin_ssl_protocols"])
        mtls = one(custom, "origin_mtls_config")
        if mtls:
            origin["CustomOriginConfig"]["OriginMtlsConfig"] = {"ClientCertificateArn": mtls["client_certificate_arn"]}
    elif vpc:
        origin["VpcOriginConfig"] = renamed(vpc, NAMES["vpc"])
    else:
        origin["S3OriginConfig"] = {"OriginAccessIdentity": one(block, "s3_origin_config").get("origin_access_identity", "")}
    return origin


def config_from(text: str) -> Config:
    block = resource(parsed(text), "aws_cloudfront_distribution")
    config = renamed(block, NAMES["top"])
    config["Aliases"] = listed(block.get("aliases", []))
    config["Origins"] = listed([origin_from(each) for each in block["origin"]])
    groups = [
        {
            "Id": each["origin_id"],
            "FailoverCriteria": {"StatusCodes": listed(one(each, "failover_criteria")["status_codes"])},
            "Members": listed([{"OriginId": member["origin_id"]} for member in each["member"]]),
        }
        for each in block.get("origin_group", [])
    ]
    config["OriginGroups"] = listed(groups)
    config["DefaultCacheBehavior"] = behavior_from(one(block, "default_cache_behavior"))
    config["CacheBehaviors"] = listed([behavior_from(each) for each in block.get("ordered_cache_behavior", [])])
    errors = [renamed(each, NAMES["error"]) for each in block.get("custom_error_response", [])]
    config["CustomErrorResponses"] = listed(
        [{**each, "ResponseCode": str(each.get("response_code") or each.get("ResponseCode", ""))} for each in errors]
    )
    logs = one(block, "logging_config")
    if logs:
        config["Logging"] = {
            "Enabled": True,
            "Bucket": logs["bucket"],
            "Prefix": logs.get("prefix", ""),
            "IncludeCookies": logs["include_cookies"],
        }
    geo = one(one(block, "restrictions"), "geo_restriction")
    config["Restrictions"] = {"GeoRestriction": {"RestrictionType": geo["restriction_type"], **listed(geo["locations"])}}
    config["ViewerCertificate"] = renamed(one(block, "viewer_certificate"), NAMES["certificate"])
    mtls = one(block, "viewer_mtls_config")
    if mtls:
        store = one(mtls, "trust_store_config")
        config["ViewerMtlsConfig"] = {
            "Mode": mtls["mode"],
            "TrustStoreConfig": {
                "TrustStoreId": store["trust_store_id"],
                "AdvertiseTrustStoreCaNames": store["advertise_trust_store_ca_names"],
                "IgnoreCertificateExpiry": store["ignore_certificate_expiry"],
            },
        }
    if "connection_function_association" in block:
        config["ConnectionFunctionAssociation"] = {"Id": one(block, "connection_function_association")["id"]}
    if "cache_tag_config" in block:
        config["CacheTagConfig"] = {"HeaderName": one(block, "cache_tag_config")["header_name"]}
    return config
