"""A DistributionConfig as CloudFront answers it: what was left out is there with its default.

Source: CloudFront API Reference, "DistributionConfig" and what it holds.
"""

from __future__ import annotations

import copy
from typing import Any

from cdnadmin.sandbox.cloudfront.uses import behaviors

_NONE: dict[str, Any] = {"Quantity": 0}
_OFF: dict[str, Any] = {"Enabled": False, "Quantity": 0}
_READ = {"Quantity": 2, "Items": ["HEAD", "GET"]}
_TOP: dict[str, Any] = {
    "Aliases": _NONE,
    "DefaultRootObject": "",
    "OriginGroups": _NONE,
    "CacheBehaviors": _NONE,
    "CustomErrorResponses": _NONE,
    "Logging": {"Enabled": False, "IncludeCookies": False, "Bucket": "", "Prefix": ""},
    "PriceClass": "PriceClass_All",
    "ViewerCertificate": {
        "CloudFrontDefaultCertificate": True,
        "SSLSupportMethod": "vip",
        "MinimumProtocolVersion": "TLSv1",
        "CertificateSource": "cloudfront",
    },
    "Restrictions": {"GeoRestriction": {"RestrictionType": "none", "Quantity": 0}},
    "WebACLId": "",
    "HttpVersion": "http2",
    "IsIPV6Enabled": True,
    "Staging": False,
}
_ORIGIN: dict[str, Any] = {
    "OriginPath": "",
    "CustomHeaders": _NONE,
    "ConnectionAttempts": 3,
    "ConnectionTimeout": 10,
    "OriginShield": {"Enabled": False},
    "OriginAccessControlId": "",
}
_CUSTOM_ORIGIN: dict[str, Any] = {
    "OriginSslProtocols": {"Quantity": 3, "Items": ["TLSv1", "TLSv1.1", "TLSv1.2"]},
    "OriginReadTimeout": 30,
    "OriginKeepaliveTimeout": 5,
}
_BEHAVIOR: dict[str, Any] = {
    "TrustedSigners": _OFF,
    "TrustedKeyGroups": _OFF,
    "SmoothStreaming": False,
    "Compress": False,
    "LambdaFunctionAssociations": _NONE,
    "FunctionAssociations": _NONE,
    "FieldLevelEncryptionId": "",
    "AllowedMethods": {**_READ, "CachedMethods": _READ},
}


def _fill(into: dict[str, Any], defaults: dict[str, Any]) -> None:
    for name, default in defaults.items():
        into.setdefault(name, copy.deepcopy(default))


def with_defaults(config: dict[str, Any]) -> dict[str, Any]:
    full = copy.deepcopy(config)
    _fill(full, _TOP)
    for origin in full["Origins"]["Items"]:
        _fill(origin, _ORIGIN)
        if "CustomOriginConfig" in origin:
            _fill(origin["CustomOriginConfig"], _CUSTOM_ORIGIN)
    for behavior in behaviors(full):
        _fill(behavior, _BEHAVIOR)
        behavior["AllowedMethods"].setdefault("CachedMethods", copy.deepcopy(_READ))
    return full
