"""A distribution and what belongs to it as Terraform, with the import blocks that take over what exists.

Source: the AWS provider's documentation of `aws_cloudfront_distribution`, `aws_cloudfront_origin_access_control`,
`aws_cloudfront_origin_access_identity`, `aws_cloudfront_public_key`, `aws_cloudfront_key_group`, `aws_s3_bucket_policy`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from distributions.configuration.export.behaviors import behavior_block
from distributions.configuration.export.bundle import Bundle
from distributions.configuration.export.coverage import unsaid
from distributions.configuration.export.hcl import Block, Raw, identifier
from distributions.configuration.export.origins import origin_block
from distributions.configuration.fields import items_of

# The AWS provider's release that has every argument written here, and the older one that has all but these.
PROVIDER, OLDER_PROVIDER = "6.62", "5.100"
NEWER_NAMES = {
    "anycast_ip_list_id",
    "cache_tag_config",
    "connection_function_association",
    "ip_address_type",
    "origin_mtls_config",
    "owner_account_id",
    "response_completion_timeout",
    "viewer_mtls_config",
}


def to_terraform(bundle: Bundle) -> str:
    """One file. Values of headers to origins are sensitive variables: they may be secrets.

    What is imported and not known here is kept from being changed: `ignore_changes`.
    """
    taken: set[str] = set()
    references: dict[str, str] = {}
    blocks: list[Block] = []
    for id, (type, name) in bundle.accesses.items():
        blocks += _access(id, type, name, identifier(name, taken), references, bundle.controls.get(id))
    for id, (name, pem) in bundle.keys.items():
        values: dict[str, Any] = {"name": name, "encoded_key": pem, "comment": bundle.comments.get(id)}
        # A line break more or less in the PEM would replace the key, and with it every signature.
        kept = ["encoded_key"] if id in bundle.comments else ["encoded_key", "comment"]
        blocks += _named("aws_cloudfront_public_key", id, identifier(name, taken), references, values, kept)
    for id, (name, keys) in bundle.groups.items():
        items = [Raw(references[key]) if key in references else key for key in keys]
        values = {"name": name, "items": items, "comment": bundle.comments.get(id)}
        kept = [] if id in bundle.comments else ["comment"]
        blocks += _named("aws_cloudfront_key_group", id, identifier(name, taken), references, values, kept)
    for bucket, policy in bundle.policies.items():
        values = {"bucket": bucket, "policy": json.dumps(dict(policy), ensure_ascii=False)}
        blocks += _named("aws_s3_bucket_policy", bucket, identifier(f"{bucket} policy", taken), {}, values)
    own = identifier(bundle.name, taken)
    variables: list[Block] = []
    blocks.append(_distribution(bundle, own, references, variables, taken))
    blocks.append(_import(f"aws_cloudfront_distribution.{own}", bundle.id))
    newer = any(name in NEWER_NAMES for block in blocks for name in block.names())
    blocks.insert(0, _required(PROVIDER if newer else OLDER_PROVIDER))
    return _preface(bundle) + "\n\n".join(block.text() for block in [*blocks, *variables]) + "\n"


def _preface(bundle: Bundle) -> str:
    lines = [f"# {' '.join(bundle.name.split())}, as AWS has it ({bundle.id})."]
    missing = unsaid(bundle.config)
    if missing:
        lines.append(f"# Not in this file, and to be added by hand: {', '.join(missing)}.")
    return "\n".join(lines) + "\n\n"


def _required(provider: str) -> Block:
    aws = {"source": "hashicorp/aws", "version": f">= {provider}"}
    # Import blocks came with 1.5.
    return Block("terraform", (), {"required_version": ">= 1.5"}, [Block("required_providers", attributes={"aws": aws})])


def _import(to: str, id: str) -> Block:
    return Block("import", attributes={"to": Raw(to), "id": id})


def _named(
    kind: str, id: str, name: str, references: dict[str, str], values: dict[str, Any], kept: Sequence[str] = ()
) -> list[Block]:
    """The resource and its import. `kept`: attributes that Terraform leaves as it finds them."""
    references[id] = f"{kind}.{name}.id"
    lifecycle = [Block("lifecycle", attributes={"ignore_changes": [Raw(each) for each in kept]})] if kept else []
    return [Block("resource", (kind, name), values, lifecycle), _import(f"{kind}.{name}", id)]


def _access(
    id: str, type: str, label: str, name: str, references: dict[str, str], control: Mapping[str, Any] | None
) -> list[Block]:
    if type == "oac":
        known = control or {}
        values = {
            "name": label,
            "description": known.get("Description", "") if control else None,
            "origin_access_control_origin_type": known.get("OriginAccessControlOriginType", "s3"),
            "signing_behavior": known.get("SigningBehavior", "always"),
            "signing_protocol": known.get("SigningProtocol", "sigv4"),
        }
        kept = () if control else ("description", "origin_access_control_origin_type", "signing_behavior")
        return _named("aws_cloudfront_origin_access_control", id, name, references, values, kept)
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
        "anycast_ip_list_id": config.get("AnycastIpListId") or None,
        "tags": {key: value for key, value in sorted(bundle.tags.items()) if not key.startswith("aws:")} or None,
    }
    block.blocks = [
        *(origin_block(origin, references, variables, taken) for origin in items_of(config.get("Origins") or {})),
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
        *_viewer_mtls(config.get("ViewerMtlsConfig") or {}),
        *_single("connection_function_association", "id", (config.get("ConnectionFunctionAssociation") or {}).get("Id")),
        *_single("cache_tag_config", "header_name", (config.get("CacheTagConfig") or {}).get("HeaderName")),
    ]
    return block


def _single(kind: str, name: str, value: str | None) -> list[Block]:
    return [Block(kind, attributes={name: value})] if value else []


def _viewer_mtls(mtls: dict[str, Any]) -> list[Block]:
    if not mtls:
        return []
    block = Block("viewer_mtls_config", attributes={"mode": mtls.get("Mode")})
    store = mtls.get("TrustStoreConfig")
    if store:
        values = {
            "trust_store_id": store["TrustStoreId"],
            "advertise_trust_store_ca_names": store.get("AdvertiseTrustStoreCaNames"),
            "ignore_certificate_expiry": store.get("IgnoreCertificateExpiry"),
        }
        block.blocks.append(Block("trust_store_config", attributes=values))
    return [block]


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
