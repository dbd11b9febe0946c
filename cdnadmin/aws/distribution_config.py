"""A DistributionConfig, built: pure dictionaries in the shape of CreateDistribution.

Source: Amazon CloudFront API Reference, "DistributionConfig".
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

ORIGIN_ID = "media"
# AWS's managed cache policies ("Use managed cache policies" in the Developer Guide).
CACHING_OPTIMIZED = "658327ea-f89d-4fab-a63d-7e88639e58f6"
CACHING_DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
# "Use managed origin request policies": passes on what S3 needs to answer CORS.
CORS_S3_ORIGIN = "88a5eaf4-2fd4-4709-b370-b4c650ea3fcf"


def bucket_host(bucket: str, region: str) -> str:
    """The regional host name of a bucket: the global one answers redirects for hours after its making (S3 User Guide,
    "Methods for accessing a general purpose bucket").
    """
    return f"{bucket}.s3.{region}.amazonaws.com"


def build_distribution_config(
    *,
    caller_reference: str,
    bucket: str,
    region: str,
    origin_path: str = "",
    comment: str = "",
    enabled: bool = True,
    price_class: str = "PriceClass_All",
    default_root_object: str = "",
    aliases: Sequence[str] = (),
    certificate_arn: str = "",
    viewer_protocol_policy: str = "redirect-to-https",
    origin_access_control_id: str = "",
    origin_access_identity_id: str = "",
    key_group_ids: Sequence[str] = (),
    cache_policy_id: str = CACHING_OPTIMIZED,
) -> dict[str, Any]:
    """The configuration of a distribution over one bucket. With `key_group_ids`, every request needs a signature."""
    origin = {
        "Id": ORIGIN_ID,
        "DomainName": bucket_host(bucket, region),
        "OriginPath": origin_path,
        "CustomHeaders": {"Quantity": 0},
    }
    behavior = {
        "TargetOriginId": ORIGIN_ID,
        "ViewerProtocolPolicy": viewer_protocol_policy,
        "CachePolicyId": cache_policy_id,
        "OriginRequestPolicyId": CORS_S3_ORIGIN,
        "Compress": True,
        "AllowedMethods": {
            "Quantity": 3,
            "Items": ["GET", "HEAD", "OPTIONS"],
            "CachedMethods": {"Quantity": 2, "Items": ["GET", "HEAD"]},
        },
        "TrustedKeyGroups": _trusted(key_group_ids),
    }
    config: dict[str, Any] = {
        "CallerReference": caller_reference,
        "Comment": comment[:128],
        "Enabled": enabled,
        "PriceClass": price_class,
        "DefaultRootObject": default_root_object,
        "HttpVersion": "http2and3",
        "IsIPV6Enabled": True,
        "Aliases": {"Quantity": len(aliases), "Items": list(aliases)} if aliases else {"Quantity": 0},
        "Origins": {"Quantity": 1, "Items": [origin]},
        "DefaultCacheBehavior": behavior,
    }
    if certificate_arn:
        # "vip" costs 600 dollars a month; every browser of the last ten years sends the host name.
        config["ViewerCertificate"] = {
            "ACMCertificateArn": certificate_arn,
            "SSLSupportMethod": "sni-only",
            "MinimumProtocolVersion": "TLSv1.2_2021",
        }
    return replace_origin_access(
        config, origin_access_control_id=origin_access_control_id, origin_access_identity_id=origin_access_identity_id
    )


def _trusted(ids: Sequence[str]) -> dict[str, Any]:
    if not ids:
        return {"Enabled": False, "Quantity": 0}
    return {"Enabled": True, "Quantity": len(ids), "Items": list(ids)}


def replace_origin_access(
    config: dict[str, Any], *, origin_access_control_id: str = "", origin_access_identity_id: str = ""
) -> dict[str, Any]:
    """A copy of `config` whose S3 origins use this origin access control, or else this identity, or neither.

    With an origin access control, the identity is the empty string.
    """
    changed = copy.deepcopy(config)
    identity = f"origin-access-identity/cloudfront/{origin_access_identity_id}" if origin_access_identity_id else ""
    for origin in changed["Origins"]["Items"]:
        if "CustomOriginConfig" in origin:
            continue
        origin["S3OriginConfig"] = {**origin.get("S3OriginConfig", {}), "OriginAccessIdentity": identity}
        origin["OriginAccessControlId"] = origin_access_control_id
    return changed
