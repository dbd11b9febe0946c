"""Fields and values of a configuration in the words of people; AWS's terms where they are the known ones."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from distributions.configuration.fields import IDENTITY, MISSING, members, split_path

_LABELS = {
    "Comment": "Comment",
    "Enabled": "State",
    "PriceClass": "Edges",
    "DefaultRootObject": "Default root object",
    "HttpVersion": "HTTP versions",
    "IsIPV6Enabled": "IPv6",
    "WebACLId": "Web application firewall (WAF)",
    "Aliases": "Host names of its own",
    "ViewerCertificate.ACMCertificateArn": "Certificate",
    "ViewerCertificate.IAMCertificateId": "Certificate in IAM",
    "ViewerCertificate.MinimumProtocolVersion": "Oldest TLS version",
    "ViewerCertificate.SSLSupportMethod": "How certificates are served",
    "ViewerCertificate.Certificate": "Certificate (old field)",
    "Logging.Enabled": "Access logs",
    "Logging.Bucket": "Bucket of the access logs",
    "Logging.Prefix": "Prefix of the access logs",
    "Logging.IncludeCookies": "Cookies in the access logs",
    "Restrictions.GeoRestriction.RestrictionType": "Countries",
    "Restrictions.GeoRestriction.Items": "Countries named",
    "CacheBehaviors.order": "Order of the behaviors",
    "ContinuousDeploymentPolicyId": "Continuous deployment policy",
}
_FIELD_LABELS = {
    "DomainName": "Domain",
    "OriginPath": "Path",
    "OriginAccessControlId": "Origin access control",
    "OriginAccessIdentity": "Origin access identity",
    "OriginProtocolPolicy": "Protocol to the origin",
    "kind": "Kind of origin",
    "OriginShield": "Origin Shield",
    "OriginShieldRegion": "Region of Origin Shield",
    "GrpcConfig": "gRPC",
    "HTTPPort": "HTTP port",
    "HTTPSPort": "HTTPS port",
    "OriginReadTimeout": "Time to answer",
    "OriginKeepaliveTimeout": "Time a connection is kept",
    "ConnectionAttempts": "Attempts to connect",
    "ConnectionTimeout": "Time to connect",
    "HeaderValue": "Value",
    "TargetOriginId": "Origin",
    "ViewerProtocolPolicy": "HTTP and HTTPS",
    "CachePolicyId": "Cache policy",
    "OriginRequestPolicyId": "Origin request policy",
    "ResponseHeadersPolicyId": "Response headers policy",
    "Compress": "Compression",
    "MinTTL": "Least time in the cache",
    "DefaultTTL": "Usual time in the cache",
    "MaxTTL": "Most time in the cache",
    "AllowedMethods": "Methods",
    "CachedMethods": "Cached methods",
    "FunctionARN": "Function",
    "LambdaFunctionARN": "Lambda function",
    "ResponsePagePath": "Page shown",
    "ResponseCode": "Status answered",
    "ErrorCachingMinTTL": "Time the error is kept",
    "Members": "Origins in their order",
    "StatusCodes": "Fails over on",
    "PathPattern": "Path pattern",
    "TrustedKeyGroups": "Signatures",
    "TrustedSigners": "Signatures by AWS accounts",
    "Headers": "Headers in the cache key",
    "QueryString": "Query string in the cache key",
    "QueryStringCacheKeys": "Query string parameters in the cache key",
    "Forward": "Cookies in the cache key",
    "WhitelistedNames": "Cookies named",
}
_ITEMS = {
    "Origins": "Origin",
    "OriginGroups": "Origin group",
    "CacheBehaviors": "Behavior",
    "CustomErrorResponses": "Error",
    "CustomHeaders": "Header",
    "FunctionAssociations": "Function on",
    "LambdaFunctionAssociations": "Lambda function on",
    "Tags": "Tag",
    "Aliases": "Host name",
    "TrustedKeyGroups": "Trusted key group",
    "TrustedSigners": "Trusted AWS account",
    "GeoRestriction": "Country",
    "Headers": "Header in the cache key",
    "QueryStringCacheKeys": "Query string parameter",
    "WhitelistedNames": "Cookie",
}
_VALUES = {
    "PriceClass_All": "All edges",
    "PriceClass_200": "All but South America, Australia and New Zealand",
    "PriceClass_100": "Europe, North America and Israel",
    "http1.1": "HTTP/1.1",
    "http2": "HTTP/2, HTTP/1.1",
    "http3": "HTTP/3, HTTP/1.1",
    "http2and3": "HTTP/3, HTTP/2, HTTP/1.1",
    "allow-all": "HTTP and HTTPS",
    "redirect-to-https": "HTTP is redirected to HTTPS",
    "https-only": "HTTPS only",
    "http-only": "HTTP only",
    "match-viewer": "As the viewer comes",
    "none": "No restriction",
    "whitelist": "Only those named",
    "blacklist": "All but those named",
    "sni-only": "By host name (SNI)",
    "vip": "By an address of its own (costs monthly)",
    "s3": "S3 bucket",
    "custom": "HTTP server",
    "vpc": "Server in a VPC",
}
# Few and known by heart: shown whole, before and after. Of other sets only the changes are.
_SHOWN_WHOLE = ("AllowedMethods.Items", "CachedMethods", "StatusCodes", "OriginSslProtocols")
# Several of these stand in one section: a field alone would not tell of which.
_LABELLED_BY_ITEM = {"CustomHeaders", "FunctionAssociations", "LambdaFunctionAssociations"}
_SECONDS = ("TTL", "Timeout")
_CODED = (
    "PriceClass",
    "HttpVersion",
    "ViewerProtocolPolicy",
    "OriginProtocolPolicy",
    "RestrictionType",
    "SSLSupportMethod",
    "kind",
)
# Headers to an origin are how origins know CloudFront: their values may be secrets.
_SECRET = re.compile(r"\.CustomHeaders\[.*\]\.HeaderValue$")


def is_secret(path: str) -> bool:
    """Whether the value at this path is never shown nor kept in words."""
    return bool(_SECRET.search(path))


def section_of(path: str) -> str:
    """Where a page groups it: "General", "Viewers", "Origin media", "Default behavior", "Behavior /hls/*", "Errors" …"""
    parts = split_path(path)
    key = parts[1][1:-1] if len(parts) > 1 and parts[1].startswith("[") else ""
    match parts[0]:
        case "Origins":
            return f"Origin {key}"
        case "OriginGroups":
            return f"Origin group {key}"
        case "DefaultCacheBehavior":
            return "Default behavior"
        case "CacheBehaviors":
            return f"Behavior {key}" if key else "Behaviors"
        case "CustomErrorResponses":
            return f"Error {key}" if key else "Errors"
        case "ViewerCertificate" | "Aliases" | "Restrictions" | "WebACLId" | "ViewerMtlsConfig" | "TrustedSigners":
            return "Viewers"
        case "S3Origin":
            return "Origin"
        case "Logging":
            return "Access logs"
        case "Tags":
            return "Tags"
    return "General"


def label_of(path: str) -> str:
    if path in _LABELS:
        return _LABELS[path]
    parts = split_path(path)
    name = parts[-1]
    if name.startswith("["):
        owner = parts[-3] if parts[-2] == "Items" else parts[-2]
        return f"{_ITEMS.get(owner, spaced(owner))} {name[1:-1]}"
    owner = next((part for part in reversed(parts[:-1]) if not part.startswith("[")), "")
    if name in {"Enabled", "Items"} and owner:
        what = _FIELD_LABELS.get(owner, spaced(owner))
        return what + (": who is trusted" if name == "Items" and owner.startswith("Trusted") else "")
    if len(parts) > 2 and parts[-2].startswith("[") and parts[-3] in _LABELLED_BY_ITEM:
        return f"{label_of(path.rpartition('.')[0])}: {_FIELD_LABELS.get(name, spaced(name)).lower()}"
    return _FIELD_LABELS.get(name, spaced(name))


def spaced(name: str) -> str:
    """ "RealtimeLogConfigArn" → "Realtime log config arn", for what this version has no words for."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name).split()
    said = " ".join(word if word.isupper() and len(word) > 1 else word.lower() for word in words)
    return said[:1].upper() + said[1:]


def value_in_words(path: str, value: Any, names: Mapping[str, str] | None = None) -> str:
    """One value for people; "" where there is none."""
    if value is MISSING:
        return ""
    if is_secret(path):
        return "set"
    name = path.rpartition(".")[2]
    if isinstance(value, bool):
        return _switch(path, value)
    if isinstance(value, int | float):
        return duration(int(value)) if name.endswith(_SECONDS) else str(value)
    if isinstance(value, str):
        if name in _CODED:
            return _VALUES.get(value, value)
        return named(value, names) if value else "none"
    if isinstance(value, tuple):
        return ", ".join(_structure(each, names) for each in value) or "none"
    return str(value)


def _structure(value: Any, names: Mapping[str, str] | None) -> str:
    """Of a list that this version has no words for: its strings, or the fields of its structures."""
    if isinstance(value, tuple):
        pairs = all(isinstance(each, tuple) and len(each) == 2 and isinstance(each[0], str) for each in value)
        shown = [f"{spaced(each[0])} {_structure(each[1], names)}" if pairs else _structure(each, names) for each in value]
        return f"({', '.join(shown)})"
    return value_in_words("", value, names)


def changes_in_words(
    path: str, before: tuple[str, ...], after: tuple[str, ...], names: Mapping[str, str] | None = None
) -> tuple[str, str]:
    """Of a set: what was taken out, and what was put in; "" where nothing was. How many stay is said with the last of them."""
    if path.endswith(_SHOWN_WHOLE):
        return value_in_words(path, before or MISSING, names), value_in_words(path, after or MISSING, names)
    old, new = set(before), set(after)
    gone = [named(each, names) for each in before if each not in new]
    come = [named(each, names) for each in after if each not in old]
    stay = len(before) - len(gone)
    taken, put = ", ".join(gone), ", ".join(come)
    if stay and come:
        put += f" (beside {stay} that {'stays' if stay == 1 else 'stay'})"
    elif stay and gone:
        taken += f" (of {len(before)})"
    return taken, put


FEW = 6


def set_in_words(path: str, value: Any, base: Any, names: Mapping[str, str] | None = None) -> str:
    """A set beside what it was made from: whole while there are few, else by what differs from `base`."""
    now, then = members(value), members(base)
    if max(len(now), len(then)) <= FEW or path.endswith(_SHOWN_WHOLE):
        return value_in_words(path, value, names)
    if now == then:
        return f"{', '.join(named(each, names) for each in now[:3])} and {len(now) - 3} more"
    taken, put = changes_in_words("", then, now, names)
    return "; ".join(words for words in (f"with {put}" if put else "", f"without {taken}" if taken else "") if words)


def is_element(path: str) -> bool:
    """Whether it is one string of a set, not a structure of a list."""
    parts = split_path(path)
    return len(parts) > 1 and parts[-1].startswith("[") and parts[-2] not in IDENTITY and parts[-2] != "Tags"


def _switch(path: str, value: bool) -> str:
    if path == "Enabled":
        return "Enabled" if value else "Disabled"
    if path.endswith(("TrustedKeyGroups.Enabled", "TrustedSigners.Enabled")):
        return "Needed" if value else "Not needed"
    return "On" if value else "Off"


def named(value: str, names: Mapping[str, str] | None) -> str:
    """ "Managed-CachingOptimized (658327ea…)" where somebody calls it something; identities without their long path."""
    id = value.rpartition("origin-access-identity/cloudfront/")[2] or value
    name = (names or {}).get(id, "")
    if not name:
        return id
    return f"{name} ({id[:8]}…)" if len(id) > 20 else f"{name} ({id})"


def duration(seconds: int) -> str:
    """ "1 day (86,400 s)"; below two minutes seconds alone."""
    for size, unit in ((31_536_000, "year"), (86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= size and seconds % size == 0 and seconds >= 120:
            count = seconds // size
            return f"{count} {unit}{'' if count == 1 else 's'} ({seconds:,} s)"
    return f"{seconds:,} s"
