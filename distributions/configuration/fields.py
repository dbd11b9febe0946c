"""A configuration as fields: each with a path that stays the same however lists are ordered.

"Comment", "Aliases", "Origins[media].OriginPath", "CacheBehaviors[/hls/*].Compress", "CacheBehaviors.order". Items of
lists are known by what identifies them, sets of strings are one field, `Quantity` is nobody's business, and what AWS
adds as a default to something left out is no field at all.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

Config = dict[str, Any]

# What identifies the items of a list of structures, by the list's name.
IDENTITY = {
    "Origins": "Id",
    "OriginGroups": "Id",
    "CacheBehaviors": "PathPattern",
    "CustomErrorResponses": "ErrorCode",
    "CustomHeaders": "HeaderName",
    "FunctionAssociations": "EventType",
    "LambdaFunctionAssociations": "EventType",
}
# Lists in which the order means something.
ORDERED = {"CacheBehaviors"}
# Lists of strings whose order means something: the first member of an origin group is its primary.
SEQUENCES = {"Members"}
# An origin is one kind of thing; each kind has a structure of its own, which may be there with nothing in it.
KINDS = {"S3OriginConfig": "s3", "CustomOriginConfig": "custom", "VpcOriginConfig": "vpc"}
# Never compared: CloudFront lets nobody change it.
IGNORED = {"CallerReference"}
# What CloudFront answers for what was left out. An absent field and its default are the same.
# Sources: CloudFront API Reference, "DistributionConfig" and the types under it; Developer Guide, "Control how long
# CloudFront caches errors", "Manage how long content stays in the cache (expiration)".
DEFAULTS: dict[str, Any] = {
    "PriceClass": "PriceClass_All",
    "HttpVersion": "http2",
    "IsIPV6Enabled": True,
    "ConnectionAttempts": 3,
    "ConnectionTimeout": 10,
    "AllowedMethods": ("GET", "HEAD"),
    "CachedMethods": ("GET", "HEAD"),
    "RestrictionType": "none",
    "ConnectionMode": "direct",
    "GrpcConfig.Enabled": False,
    "SmoothStreaming": False,
    "kind": "s3",
    "OriginReadTimeout": 30,
    "OriginKeepaliveTimeout": 5,
    "IpAddressType": "ipv4",
    "SelectionCriteria": "default",
    "DefaultTTL": 86_400,
    "MaxTTL": 31_536_000,
    "ErrorCachingMinTTL": 10,
    "MinimumProtocolVersion": "TLSv1",
}
_CERTIFICATE_ECHOES = {"CloudFrontDefaultCertificate", "Certificate", "CertificateSource"}
_EMPTY: tuple[Any, ...] = ("", None, False, (), {})


class Missing:
    """There is nothing at this path."""

    def __repr__(self) -> str:
        return "MISSING"


MISSING = Missing()


def is_list(value: Any) -> bool:
    return isinstance(value, Mapping) and "Quantity" in value


def items_of(value: Any) -> list[Any]:
    return list(value.get("Items") or [])


def fields_of(config: Mapping[str, Any]) -> dict[str, Any]:
    """Every field by its path: scalars, tuples of strings (sorted), tuples of identities for an order.

    "CacheBehaviors.order" and "Origins[media].kind" stand in no configuration by that name, and are fields all the same.
    """
    return dict(_walk(config, ""))


def _walk(value: Mapping[str, Any], path: str) -> Iterator[tuple[str, Any]]:
    for name, item in value.items():
        if name in IGNORED or name == "Quantity":
            continue
        here = f"{path}.{name}" if path else name
        if name == "Items":
            # Of a structure that is a list and more: trusted signers, geo restriction, methods.
            if item:
                yield here, tuple(sorted(map(str, item)))
        elif name in IDENTITY and is_list(item):
            yield from _walk_items(name, items_of(item), here)
        elif name in SEQUENCES and is_list(item):
            yield here, tuple(member["OriginId"] for member in items_of(item))
        elif name == "ViewerCertificate" and isinstance(item, Mapping):
            yield from _walk(_certificate(item), here)
        elif isinstance(item, Mapping):
            only = set(item) <= {"Quantity", "Items"}
            if only and all(not isinstance(each, Mapping) for each in items_of(item)):
                yield here, tuple(sorted(map(str, items_of(item))))
            elif only:
                # A list of structures that this version knows no identity for: one field, as it is.
                yield here, _frozen(items_of(item))
            else:
                yield from _walk(item, here)
        elif isinstance(item, list):
            yield here, _frozen(item)
        else:
            # The list of distributions writes "HTTP2", a distribution itself "http2".
            yield here, item.lower() if name == "HttpVersion" and isinstance(item, str) else item


def _certificate(certificate: Mapping[str, Any]) -> dict[str, Any]:
    """What a person chose of it. CloudFront adds the same again in two old fields, and facts of its own certificate."""
    own = {"acm": "ACMCertificateArn", "iam": "IAMCertificateId"}
    chosen = {name: value for name, value in certificate.items() if name not in _CERTIFICATE_ECHOES}
    old = own.get(certificate.get("CertificateSource", ""))
    if old and certificate.get("Certificate") and not any(chosen.get(name) for name in own.values()):
        chosen[old] = certificate["Certificate"]
    if not any(chosen.get(name) for name in own.values()):
        # CloudFront's own: how it is served nobody chooses.
        chosen.pop("SSLSupportMethod", None)
        chosen.pop("MinimumProtocolVersion", None)
    return chosen


def _walk_items(name: str, items: list[Any], here: str) -> Iterator[tuple[str, Any]]:
    key = IDENTITY[name]
    for item in items:
        one = f"{here}[{str(item[key]).translate(_ESCAPED)}]"
        yield one, True
        if name == "Origins":
            yield from ((f"{one}.kind", kind) for structure, kind in KINDS.items() if structure in item)
        yield from _walk({inner: value for inner, value in item.items() if inner != key}, one)
    if name in ORDERED:
        yield f"{here}.order", tuple(str(item[key]) for item in items)


def _frozen(value: Any) -> Any:
    if isinstance(value, Mapping):
        return tuple(sorted((name, _frozen(item)) for name, item in value.items() if name != "Quantity"))
    if isinstance(value, list | tuple):
        return tuple(_frozen(item) for item in value)
    return value


def is_default(path: str, value: Any) -> bool:
    """Whether saying this is the same as saying nothing."""
    if value is MISSING:
        return True
    if path.endswith("]"):
        return False
    name = path.rpartition(".")[2]
    tail = ".".join(path.split(".")[-2:])
    for known in (tail, name):
        if known in DEFAULTS:
            return bool(value == DEFAULTS[known])
    if name == "Items" and tail.split(".")[0] in DEFAULTS:
        return bool(value == DEFAULTS[tail.split(".")[0]])
    return value in _EMPTY


# Brackets in a name, an origin's say, would end its place in a path: characters of nobody stand for them there.
_ESCAPED = str.maketrans("[]", "\ue05b\ue05d")
_PLAIN = str.maketrans("\ue05b\ue05d", "[]")


def split_path(path: str) -> list[str]:
    """ "CacheBehaviors[/a.b/*].Compress" → ["CacheBehaviors", "[/a.b/*]", "Compress"]; keys may hold dots and paired brackets."""
    parts: list[str] = []
    name, depth, key = "", 0, ""
    for character in path:
        if depth:
            depth += {"[": 1, "]": -1}.get(character, 0)
            if depth:
                key += character
            else:
                parts.append(f"[{key.translate(_PLAIN)}]")
                key = ""
        elif character == "[":
            if name:
                parts.append(name)
            name, depth = "", 1
        elif character == ".":
            if name:
                parts.append(name)
            name = ""
        else:
            name += character
    if name:
        parts.append(name)
    return parts


def join(parts: Collection[str]) -> str:
    """The inverse of `split_path`."""
    path = ""
    for part in parts:
        if part.startswith("["):
            path += f"[{part[1:-1].translate(_ESCAPED)}]"
        else:
            path += f".{part}" if path else part
    return path


def is_set(path: str, *values: Any) -> bool:
    """Whether these are sets of strings, or nothing: what was put in and what was taken out can be told apart."""
    if path.endswith((".order", "]")) or path.rpartition(".")[2] in SEQUENCES or all(value is MISSING for value in values):
        return False
    return all(value is MISSING or (isinstance(value, tuple) and all(isinstance(each, str) for each in value)) for value in values)


def members(value: Any) -> tuple[str, ...]:
    """Those of a set, none where it is missing."""
    return value if isinstance(value, tuple) else ()
