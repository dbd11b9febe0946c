"""What CloudFront refuses in a DistributionConfig, and what it adds to one.

Sources: Amazon CloudFront API Reference, "CreateDistribution", "UpdateDistribution", "DistributionConfig";
Developer Guide, "Quotas".
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from cdnadmin.sandbox.cloudfront.managed import CACHE_POLICIES, ORIGIN_REQUEST_POLICIES, RESPONSE_HEADERS_POLICIES
from cdnadmin.sandbox.cloudfront.store import Store
from cdnadmin.sandbox.http import Fault

KEY_GROUPS_PER_BEHAVIOR = 4
ALIASES_PER_DISTRIBUTION = 100
ORIGINS_PER_DISTRIBUTION = 25
DISTRIBUTIONS_PER_CONTROL = 100
_NONE: dict[str, Any] = {"Quantity": 0}
_OFF: dict[str, Any] = {"Enabled": False, "Quantity": 0}


def behaviors(config: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield config["DefaultCacheBehavior"]
    yield from config.get("CacheBehaviors", {}).get("Items", [])


def with_defaults(config: dict[str, Any]) -> dict[str, Any]:
    """The configuration as CloudFront answers it: what was left out is there with its default."""
    full = copy.deepcopy(config)
    top: dict[str, Any] = {
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
    for name, default in top.items():
        full.setdefault(name, copy.deepcopy(default))
    for origin in full["Origins"]["Items"]:
        for name, default in {
            "OriginPath": "",
            "CustomHeaders": _NONE,
            "ConnectionAttempts": 3,
            "ConnectionTimeout": 10,
            "OriginShield": {"Enabled": False},
            "OriginAccessControlId": "",
        }.items():
            origin.setdefault(name, copy.deepcopy(default))
    for behavior in behaviors(full):
        for name, default in {
            "TrustedSigners": _OFF,
            "TrustedKeyGroups": _OFF,
            "SmoothStreaming": False,
            "Compress": False,
            "LambdaFunctionAssociations": _NONE,
            "FunctionAssociations": _NONE,
            "FieldLevelEncryptionId": "",
            "AllowedMethods": {"Quantity": 2, "Items": ["HEAD", "GET"], "CachedMethods": {"Quantity": 2, "Items": ["HEAD", "GET"]}},
        }.items():
            behavior.setdefault(name, copy.deepcopy(default))
    return full


def check_config(store: Store, config: dict[str, Any], *, id: str = "") -> None:
    """Refuse what CloudFront refuses. `id`: the distribution that is being changed."""
    origins = config["Origins"]["Items"]
    ids = [origin["Id"] for origin in origins]
    if len(ids) != len(set(ids)):
        raise Fault(400, "InvalidArgument", "The parameter Origin Id must be unique.")
    if len(ids) > ORIGINS_PER_DISTRIBUTION:
        raise Fault(400, "TooManyOrigins", "Your request contains too many origins.")
    for origin in origins:
        _check_origin(store, origin, id)
    known = set(ids) | {group["Id"] for group in config.get("OriginGroups", {}).get("Items", [])}
    for behavior in behaviors(config):
        if behavior["TargetOriginId"] not in known:
            raise Fault(404, "NoSuchOrigin", "One or more of your origins or origin groups do not exist.")
        _check_behavior(store, behavior)
    if config.get("DefaultRootObject", "").startswith("/"):
        raise Fault(400, "InvalidDefaultRootObject", "The parameter DefaultRootObject is invalid: it begins with a slash.")
    if len(config["Comment"]) > 128:
        raise Fault(400, "InvalidArgument", "The parameter Comment is too big.")
    _check_aliases(store, config, id)


def _check_origin(store: Store, origin: dict[str, Any], id: str) -> None:
    kinds = [name for name in ("S3OriginConfig", "CustomOriginConfig") if name in origin]
    if len(kinds) != 1:
        raise Fault(400, "InvalidOrigin", "An origin needs either S3OriginConfig or CustomOriginConfig.")
    path = origin.get("OriginPath", "")
    if path and (not path.startswith("/") or path.endswith("/")):
        raise Fault(400, "InvalidArgument", "The parameter OriginPath must begin with a slash and not end with one.")
    if "S3OriginConfig" in origin and ".s3" not in origin["DomainName"]:
        raise Fault(400, "InvalidArgument", "The parameter Origin DomainName does not refer to a valid S3 bucket.")
    identity = origin.get("S3OriginConfig", {}).get("OriginAccessIdentity", "")
    control = origin.get("OriginAccessControlId", "")
    if identity and control:
        raise Fault(400, "InvalidArgument", "Illegal configuration: an origin can't have both an OAC and an OAI.")
    if identity:
        prefix, _, name = identity.rpartition("/")
        if prefix != "origin-access-identity/cloudfront" or store.get("oai", name) is None:
            raise Fault(400, "InvalidOriginAccessIdentity", "The specified origin access identity does not exist or is not valid.")
    if control:
        if store.get("oac", control) is None:
            raise Fault(400, "InvalidOriginAccessControl", "The specified origin access control does not exist or is not valid.")
        users = {thing.id for thing in store.all("distribution") if control in controls_of(thing.config)} - {id}
        if len(users) >= DISTRIBUTIONS_PER_CONTROL:
            raise Fault(
                400,
                "TooManyDistributionsAssociatedToOriginAccessControl",
                "The maximum number of distributions have been associated with the specified origin access control.",
            )


def controls_of(config: dict[str, Any]) -> set[str]:
    return {origin.get("OriginAccessControlId", "") for origin in config["Origins"]["Items"]} - {""}


def identities_of(config: dict[str, Any]) -> set[str]:
    paths = (origin.get("S3OriginConfig", {}).get("OriginAccessIdentity", "") for origin in config["Origins"]["Items"])
    return {path.rpartition("/")[2] for path in paths if path}


def key_groups_of(config: dict[str, Any]) -> set[str]:
    return {group for behavior in behaviors(config) for group in behavior.get("TrustedKeyGroups", {}).get("Items", [])}


def _check_behavior(store: Store, behavior: dict[str, Any]) -> None:
    if ("CachePolicyId" in behavior) == ("ForwardedValues" in behavior):
        raise Fault(
            400,
            "InvalidArgument",
            "The parameter ForwardedValues cannot be used when a cache policy is associated, and vice versa.",
        )
    policies: dict[str, tuple[dict[str, Any], str]] = {
        "CachePolicyId": (CACHE_POLICIES, "NoSuchCachePolicy"),
        "OriginRequestPolicyId": (ORIGIN_REQUEST_POLICIES, "NoSuchOriginRequestPolicy"),
        "ResponseHeadersPolicyId": (RESPONSE_HEADERS_POLICIES, "NoSuchResponseHeadersPolicy"),
    }
    for name, (known, code) in policies.items():
        if behavior.get(name) and behavior[name] not in known:
            raise Fault(404, code, "The policy does not exist.")
    for name in ("TrustedKeyGroups", "TrustedSigners"):
        trusted = behavior.get(name, _OFF)
        if trusted["Enabled"] != bool(trusted["Quantity"]):
            raise Fault(400, "InvalidArgument", f"The parameter {name} is inconsistent: Enabled and Quantity don't match.")
    groups = behavior.get("TrustedKeyGroups", _OFF).get("Items", [])
    if len(groups) > KEY_GROUPS_PER_BEHAVIOR:
        code = "TooManyKeyGroupsAssociatedToDistribution"
        raise Fault(400, code, "The number of key groups referenced by this distribution is more than the maximum allowed.")
    if any(store.get("key-group", group) is None for group in groups):
        raise Fault(400, "TrustedKeyGroupDoesNotExist", "The specified key group does not exist.")


def _check_aliases(store: Store, config: dict[str, Any], id: str) -> None:
    aliases = config.get("Aliases", _NONE).get("Items", [])
    if not aliases:
        return
    if len(aliases) > ALIASES_PER_DISTRIBUTION:
        raise Fault(400, "TooManyDistributionCNAMEs", "Your request contains more CNAMEs than are allowed per distribution.")
    for thing in store.all("distribution"):
        taken = set(thing.config.get("Aliases", _NONE).get("Items", [])) & set(aliases)
        if thing.id != id and taken:
            raise Fault(
                409, "CNAMEAlreadyExists", f"One or more of the CNAMEs you provided are already associated: {sorted(taken)[0]}"
            )
    certificate = config.get("ViewerCertificate", {})
    if not certificate.get("ACMCertificateArn") and not certificate.get("IAMCertificateId"):
        message = "To add an alternate domain name (CNAME) to a CloudFront distribution, you must attach a trusted certificate."
        raise Fault(400, "InvalidViewerCertificate", message)
    if not certificate.get("ACMCertificateArn", "arn:aws:acm:us-east-1:").startswith("arn:aws:acm:us-east-1:"):
        message = "The specified SSL certificate doesn't exist, isn't in us-east-1 region, isn't valid, or doesn't include a valid "
        raise Fault(400, "InvalidViewerCertificate", message + "certificate chain.")
