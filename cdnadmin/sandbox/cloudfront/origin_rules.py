"""What CloudFront refuses in origins and origin groups.

Sources: CloudFront API Reference, "Origin", "CustomOriginConfig", "OriginGroup"; Developer Guide, "Quotas",
"Optimize high availability with CloudFront origin failover".
"""

from __future__ import annotations

import re
from typing import Any

from cdnadmin.sandbox.cloudfront.store import Store
from cdnadmin.sandbox.http import Fault

ORIGINS_PER_DISTRIBUTION, GROUPS_PER_DISTRIBUTION, CUSTOM_HEADERS_PER_ORIGIN = 100, 10, 30
HEADER_VALUE_LENGTH = 1_783
# A bucket's REST endpoint. That of a website is a custom origin: "Use an Amazon S3 bucket that's configured as a website endpoint".
_BUCKET = re.compile(r"[a-z0-9._-]+\.s3([.-](?!website)[a-z0-9]+)*\.amazonaws\.com(\.cn)?", re.IGNORECASE)
# "Custom headers that CloudFront can't add to origin requests"
_NEVER_ADDED = re.compile(
    r"cache-control|connection|content-length|cookie|host|if-(match|modified-since|none-match|range|unmodified-since)|max-forwards"
    r"|pragma|proxy-(authorization|connection)|range|request-range|te|trailer|transfer-encoding|upgrade|via"
    r"|x-amz-.*|x-edge-.*|x-real-ip",
    re.IGNORECASE,
)
_FAILOVER_CODES = {400, 403, 404, 416, 429, 500, 502, 503, 504}
_NONE: dict[str, Any] = {"Quantity": 0}


def _refuse(message: str) -> Fault:
    return Fault(400, "InvalidArgument", message)


def check_origins(store: Store, config: dict[str, Any], id: str) -> set[str]:
    """Refuse what can't be; the ids that behaviors may aim at. `id`: the distribution that is being changed."""
    origins = config["Origins"].get("Items", [])
    ids = [origin["Id"] for origin in origins]
    if not ids or len(ids) != len(set(ids)):
        raise _refuse("The parameter Origin Id must be unique, and there must be an origin.")
    if len(ids) > ORIGINS_PER_DISTRIBUTION:
        raise Fault(400, "TooManyOrigins", "Your request contains too many origins.")
    for origin in origins:
        _check_origin(store, origin, id)
    return set(ids) | _check_groups(config, set(ids))


def _check_origin(store: Store, origin: dict[str, Any], id: str) -> None:
    kinds = [name for name in ("S3OriginConfig", "CustomOriginConfig", "VpcOriginConfig") if name in origin]
    if len(kinds) != 1:
        raise Fault(400, "InvalidOrigin", "An origin needs either S3OriginConfig or CustomOriginConfig.")
    path = origin.get("OriginPath", "")
    if path and (not path.startswith("/") or path.endswith("/") or len(path) > 255):
        raise _refuse("The parameter OriginPath must begin with a slash and not end with one.")
    names = [header["HeaderName"] for header in origin.get("CustomHeaders", _NONE).get("Items", [])]
    if any(_NEVER_ADDED.fullmatch(name) or not re.fullmatch(r"[\w!#$%&'*+.^`|~-]+", name, re.ASCII) for name in names):
        raise _refuse("The parameter HeaderName contains a header that CloudFront can't add to origin requests.")
    values = [header["HeaderValue"] for header in origin.get("CustomHeaders", _NONE).get("Items", [])]
    if len({name.lower() for name in names}) != len(names):
        raise _refuse("The parameter CustomHeaders contains a header twice.")
    if any(len(value) > HEADER_VALUE_LENGTH or re.search(r"[\r\n\0]", value) for value in values):
        raise _refuse("The parameter HeaderValue is too long, or has characters that are not allowed.")
    if len(names) > CUSTOM_HEADERS_PER_ORIGIN:
        raise Fault(400, "TooManyOriginCustomHeaders", "Your request contains too many origin custom headers.")
    if not 1 <= origin.get("ConnectionAttempts", 3) <= 3 or not 1 <= origin.get("ConnectionTimeout", 10) <= 10:
        raise _refuse("The parameters ConnectionAttempts and ConnectionTimeout must be 1 to 3, and 1 to 10 seconds.")
    if "S3OriginConfig" in origin and not _BUCKET.fullmatch(origin["DomainName"]):
        raise _refuse("The parameter Origin DomainName does not refer to a valid S3 bucket.")
    if "CustomOriginConfig" in origin:
        _check_custom(origin)
    _check_access(store, origin, id)


def _check_custom(origin: dict[str, Any]) -> None:
    host, custom = origin["DomainName"], origin["CustomOriginConfig"]
    if not re.fullmatch(r"[A-Za-z0-9._-]+", host) or re.fullmatch(r"[0-9.]+", host):
        raise _refuse("The parameter Origin DomainName must be a host name, not an address and not a URL.")
    for name in ("HTTPPort", "HTTPSPort"):
        if custom[name] not in {80, 443} and not 1024 <= custom[name] <= 65_535:
            raise _refuse(f"The parameter {name} must be 80, 443, or 1024 to 65535.")
    if not 1 <= custom.get("OriginReadTimeout", 30) <= 120:
        raise Fault(400, "InvalidOriginReadTimeout", "The read timeout specified for the origin is not valid.")
    if not 1 <= custom.get("OriginKeepaliveTimeout", 5) <= 120:
        raise Fault(400, "InvalidOriginKeepaliveTimeout", "The keep alive timeout specified for the origin is not valid.")


def _check_access(store: Store, origin: dict[str, Any], id: str) -> None:
    identity = origin.get("S3OriginConfig", {}).get("OriginAccessIdentity", "")
    control = origin.get("OriginAccessControlId", "")
    if identity and control:
        message = "An origin cannot contain both an origin access control (OAC) and an origin access identity (OAI)."
        raise Fault(400, "IllegalOriginAccessConfiguration", message)
    if identity:
        prefix, _, name = identity.rpartition("/")
        if prefix != "origin-access-identity/cloudfront" or store.get("oai", name) is None:
            raise Fault(400, "InvalidOriginAccessIdentity", "The specified origin access identity does not exist or is not valid.")
    if control:
        thing = store.get("oac", control)
        if thing is None:
            raise Fault(400, "InvalidOriginAccessControl", "The specified origin access control does not exist or is not valid.")
        if thing.config["OriginAccessControlOriginType"] == "s3" and ".s3" not in origin["DomainName"]:
            message = "An origin access control is associated with an origin whose domain name is not supported."
            raise Fault(400, "InvalidDomainNameForOriginAccessControl", message)
        if len([user for user in store.having("uses", "oac", control) if user.id != id]) >= store.quotas["distributions-per-use"]:
            raise Fault(
                400,
                "TooManyDistributionsAssociatedToOriginAccessControl",
                "The maximum number of distributions have been associated with the specified origin access control.",
            )


def _check_groups(config: dict[str, Any], origins: set[str]) -> set[str]:
    groups = config.get("OriginGroups", _NONE).get("Items", [])
    if len(groups) > GROUPS_PER_DISTRIBUTION:
        raise Fault(400, "TooManyOriginGroupsPerDistribution", "Your request contains more origin groups than are allowed.")
    ids = {group["Id"] for group in groups}
    if len(ids) != len(groups) or ids & origins:
        raise _refuse("The parameter OriginGroup Id must be unique among origins and origin groups.")
    for group in groups:
        members = [member["OriginId"] for member in group["Members"].get("Items", [])]
        if len(members) != 2 or len(set(members)) != 2:
            raise _refuse("The parameter OriginGroup Members must hold two different origins.")
        if not set(members) <= origins:
            raise Fault(404, "NoSuchOrigin", "No origin exists with the specified Origin Id of the origin group's member.")
        codes = group["FailoverCriteria"]["StatusCodes"].get("Items", [])
        if not codes or not set(codes) <= _FAILOVER_CODES or len(set(codes)) != len(codes):
            raise _refuse("The parameter OriginGroup StatusCodes holds a code that CloudFront does not fail over on, or none.")
    for behavior in [config["DefaultCacheBehavior"], *config.get("CacheBehaviors", _NONE).get("Items", [])]:
        methods = set(behavior.get("AllowedMethods", {}).get("Items", []))
        if behavior["TargetOriginId"] in ids and not methods <= {"GET", "HEAD", "OPTIONS"}:
            message = "The parameter AllowedMethods cannot include POST, PUT, PATCH, or DELETE for a cache behavior "
            raise _refuse(message + "that is associated with an origin group.")
    return ids
