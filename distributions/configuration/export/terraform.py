"""A distribution and what belongs to it as Terraform, with the import blocks that take over what exists.

Source: the AWS provider's documentation of `aws_cloudfront_distribution`, `aws_cloudfront_origin_access_control`,
`aws_cloudfront_origin_access_identity`, `aws_cloudfront_public_key`, `aws_cloudfront_key_group`, `aws_s3_bucket_policy`.
"""

from __future__ import annotations

import json
from typing import Any

from distributions.configuration.export.behaviors import behavior_block
from distributions.configuration.export.bundle import Bundle
from distributions.configuration.export.hcl import Block, Raw, identifier
from distributions.configuration.fields import items_of

# What this export has words for; the rest is named at its top, so that nobody takes it for whole.
_TOP = {
    "CallerReference",
    "Aliases",
    "DefaultRootObject",
    "Origins",
    "OriginGroups",
    "DefaultCacheBehavior",
    "CacheBehaviors",
    "CustomErrorResponses",
    "Comment",
    "Logging",
    "PriceClass",
    "Enabled",
    "ViewerCertificate",
    "Restrictions",
    "WebACLId",
    "HttpVersion",
    "IsIPV6Enabled",
    "ContinuousDeploymentPolicyId",
    "Staging",
}


def to_terraform(bundle: Bundle) -> str:
    """One file. Values of headers to origins are sensitive variables: they may be secrets."""
    taken: set[str] = set()
    references: dict[str, str] = {}
    blocks: list[Block] = [_required()]
    for id, (type, name) in bundle.accesses.items():
        blocks += _access(id, type, name, identifier(name, taken), references)
    for id, (name, pem) in bundle.keys.items():
        blocks += _named("aws_cloudfront_public_key", id, identifier(name, taken), references, {"name": name, "encoded_key": pem})
    for id, (name, keys) in bundle.groups.items():
        items = [Raw(references[key]) if key in references else key for key in keys]
        blocks += _named("aws_cloudfront_key_group", id, identifier(name, taken), references, {"name": name, "items": items})
    for bucket, statements in bundle.policies.items():
        document = {"Version": "2012-10-17", "Statement": statements}
        values = {"bucket": bucket, "policy": json.dumps(document)}
        blocks += _named("aws_s3_bucket_policy", bucket, identifier(f"{bucket} policy", taken), {}, values)
    own = identifier(bundle.name, taken)
    variables: list[Block] = []
    blocks.append(_distribution(bundle, own, references, variables, taken))
    blocks.append(_import(f"aws_cloudfront_distribution.{own}", bundle.id))
    return _preface(bundle) + "\n\n".join(block.text() for block in [*blocks, *variables]) + "\n"


def _preface(bundle: Bundle) -> str:
    lines = [f"# {' '.join(bundle.name.split())}, as AWS has it ({bundle.id})."]
    unsaid = sorted(name for name, value in bundle.config.items() if name not in _TOP and value not in ("", None, {"Quantity": 0}))
    if unsaid:
        lines.append(f"# Not in this file, and to be added by hand: {', '.join(unsaid)}.")
    if bundle.policies:
        lines.append("# A bucket policy here is this distribution's part alone: merge it with what else the bucket's policy says.")
    return "\n".join(lines) + "\n\n"


def _required() -> Block:
    provider = {"source": "hashicorp/aws", "version": ">= 5.80"}
    return Block("terraform", blocks=[Block("required_providers", attributes={"aws": provider})])


def _import(to: str, id: str) -> Block:
    return Block("import", attributes={"to": Raw(to), "id": id})


def _named(kind: str, id: str, name: str, references: dict[str, str], values: dict[str, Any]) -> list[Block]:
    references[id] = f"{kind}.{name}.id"
    return [Block("resource", (kind, name), values), _import(f"{kind}.{name}", id)]


def _access(id: str, type: str, label: str, name: str, references: dict[str, str]) -> list[Block]:
    if type == "oac":
        values = {
            "name": label,
            "origin_access_control_origin_type": "s3",
            "signing_behavior": "always",
            "signing_protocol": "sigv4",
        }
        return _named("aws_cloudfront_origin_access_control", id, name, references, values)
    made = _named("aws_cloudfront_origin_access_identity", id, name, references, {"comment": label})
    references[id] = f"aws_cloudfront_origin_access_identity.{name}.cloudfront_access_identity_path"
    return made


def _distribution(bundle: Bundle, name: str, references: dict[str, str], variables: list[Block], taken: set[str]) -> Block:
    config = bundle.config
    block = Block("resource", ("aws_cloudfront_distribution", name))
    block.attributes = {
        "enabled": config["Enabled"],
        "comment": config.get("Comment") or None,
        "aliases": items_of(config.get("Aliases") or {}) or None,
        "default_root_object": config.get("DefaultRootObject") or None,
        "http_version": config.get("HttpVersion", "http2").lower(),
        "is_ipv6_enabled": config.get("IsIPV6Enabled", True),
        "price_class": config.get("PriceClass", "PriceClass_All"),
        "web_acl_id": config.get("WebACLId") or None,
        "staging": config.get("Staging") or None,
        "continuous_deployment_policy_id": config.get("ContinuousDeploymentPolicyId") or None,
        "tags": {key: value for key, value in sorted(bundle.tags.items()) if not key.startswith("aws:")} or None,
    }
    block.blocks = [
        *(_origin(origin, references, variables, taken) for origin in items_of(config.get("Origins") or {})),
        *(_group(group) for group in items_of(config.get("OriginGroups") or {})),
        behavior_block("default_cache_behavior", config["DefaultCacheBehavior"], references),
        *(
            behavior_block("ordered_cache_behavior", behavior, references)
            for behavior in items_of(config.get("CacheBehaviors") or {})
        ),
        *(_error(error) for error in items_of(config.get("CustomErrorResponses") or {})),
        *_logging(config.get("Logging") or {}),
        _restrictions(config.get("Restrictions") or {}),
        _certificate(config.get("ViewerCertificate") or {}),
    ]
    return block


def _origin(origin: dict[str, Any], references: dict[str, str], variables: list[Block], taken: set[str]) -> Block:
    control = origin.get("OriginAccessControlId", "")
    block = Block("origin")
    block.attributes = {
        "origin_id": origin["Id"],
        "domain_name": origin["DomainName"],
        "origin_path": origin.get("OriginPath") or None,
        "connection_attempts": origin.get("ConnectionAttempts"),
        "connection_timeout": origin.get("ConnectionTimeout"),
        "response_completion_timeout": origin.get("ResponseCompletionTimeout"),
        "origin_access_control_id": (Raw(references[control]) if control in references else control) or None,
    }
    for header in items_of(origin.get("CustomHeaders") or {}):
        variable = identifier(f"{origin['Id']} {header['HeaderName']}", taken)
        variables.append(Block("variable", (variable,), {"type": Raw("string"), "sensitive": True}))
        block.blocks.append(Block("custom_header", attributes={"name": header["HeaderName"], "value": Raw(f"var.{variable}")}))
    shield = origin.get("OriginShield") or {}
    if shield.get("Enabled"):
        block.blocks.append(
            Block("origin_shield", attributes={"enabled": True, "origin_shield_region": shield["OriginShieldRegion"]})
        )
    identity = (origin.get("S3OriginConfig") or {}).get("OriginAccessIdentity", "")
    if identity:
        id = identity.rpartition("/")[2]
        value = Raw(references[id]) if id in references else identity
        block.blocks.append(Block("s3_origin_config", attributes={"origin_access_identity": value}))
    custom = origin.get("CustomOriginConfig")
    if custom:
        values = {
            "http_port": custom["HTTPPort"],
            "https_port": custom["HTTPSPort"],
            "origin_protocol_policy": custom["OriginProtocolPolicy"],
            "origin_ssl_protocols": items_of(custom.get("OriginSslProtocols") or {}) or ["TLSv1.2"],
            "origin_read_timeout": custom.get("OriginReadTimeout"),
            "origin_keepalive_timeout": custom.get("OriginKeepaliveTimeout"),
        }
        block.blocks.append(Block("custom_origin_config", attributes=values))
    vpc = origin.get("VpcOriginConfig")
    if vpc:
        values = {
            "vpc_origin_id": vpc["VpcOriginId"],
            "origin_read_timeout": vpc.get("OriginReadTimeout"),
            "origin_keepalive_timeout": vpc.get("OriginKeepaliveTimeout"),
        }
        block.blocks.append(Block("vpc_origin_config", attributes=values))
    return block


def _group(group: dict[str, Any]) -> Block:
    codes = items_of(group["FailoverCriteria"]["StatusCodes"])
    members = [Block("member", attributes={"origin_id": member["OriginId"]}) for member in items_of(group["Members"])]
    criteria = Block("failover_criteria", attributes={"status_codes": codes})
    return Block("origin_group", attributes={"origin_id": group["Id"]}, blocks=[criteria, *members])


def _error(error: dict[str, Any]) -> Block:
    values = {
        "error_code": error["ErrorCode"],
        "response_page_path": error.get("ResponsePagePath") or None,
        "response_code": int(error["ResponseCode"]) if error.get("ResponseCode") else None,
        "error_caching_min_ttl": error.get("ErrorCachingMinTTL"),
    }
    return Block("custom_error_response", attributes=values)


def _logging(logs: dict[str, Any]) -> list[Block]:
    if not logs.get("Enabled"):
        return []
    values = {"bucket": logs["Bucket"], "prefix": logs.get("Prefix") or None, "include_cookies": logs.get("IncludeCookies", False)}
    return [Block("logging_config", attributes=values)]


def _restrictions(restrictions: dict[str, Any]) -> Block:
    geo = restrictions.get("GeoRestriction") or {}
    values = {"restriction_type": geo.get("RestrictionType", "none"), "locations": items_of(geo)}
    return Block("restrictions", blocks=[Block("geo_restriction", attributes=values)])


def _certificate(certificate: dict[str, Any]) -> Block:
    arn, iam = certificate.get("ACMCertificateArn"), certificate.get("IAMCertificateId")
    if not arn and not iam:
        return Block("viewer_certificate", attributes={"cloudfront_default_certificate": True})
    values = {
        "acm_certificate_arn": arn or None,
        "iam_certificate_id": iam or None,
        "ssl_support_method": certificate.get("SSLSupportMethod"),
        "minimum_protocol_version": certificate.get("MinimumProtocolVersion"),
    }
    return Block("viewer_certificate", attributes=values)
