"""A configuration as fields: each with a path that stays the same however lists are ordered.

"Comment", "Aliases", "Origins[media].OriginPath", "CacheBehaviors[/hls/*].Compress", "CacheBehaviors.order". Items of
lists are known by what identifies them, sets of strings are one field, `Quantity` is nobody's business, and what AWS
adds as a default to something left out is no field at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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
# Never compared: CloudFront lets nobody change it.
IGNORED = {"CallerReference"}
# What CloudFront answers for what was left out. An absent field and its default are the same.
DEFAULTS: dict[str, Any] = {
    "PriceClass": "PriceClass_All",
    "HttpVersion": "http2",
    "IsIPV6Enabled": True,
    "ConnectionAttempts": 3,
    "ConnectionTimeout": 10,
    "AllowedMethods": ("GET", "HEAD"),
    "CachedMethods": ("GET", "HEAD"),
    "RestrictionType": "none",
    "CertificateSource": "cloudfront",
    "ConnectionMode": "direct",
    "GrpcConfig.Enabled": False,
    "SmoothStreaming": False,
}
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
    """Every field by its path: scalars, tuples of strings (sorted), tuples of identities for an order."""
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
            yield here, item


def _walk_items(name: str, items: list[Any], here: str) -> Iterator[tuple[str, Any]]:
    key = IDENTITY[name]
    for item in items:
        yield f"{here}[{item[key]}]", True
        yield from _walk({inner: value for inner, value in item.items() if inner != key}, f"{here}[{item[key]}]")
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
    if path.startswith("ViewerCertificate."):
        # Without a certificate of one's own there is CloudFront's, whose other facts nobody chooses.
        return name in {"CloudFrontDefaultCertificate"} or (name, value) in {
            ("SSLSupportMethod", "vip"),
            ("MinimumProtocolVersion", "TLSv1"),
        }
    return value in _EMPTY


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
                parts.append(f"[{key}]")
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
