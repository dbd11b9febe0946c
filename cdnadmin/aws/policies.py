"""Cache, origin request and response headers policies: AWS's managed ones and the account's own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from cdnadmin.aws.session import Connection, cloudfront
from cdnadmin.aws.translate import translated


@dataclass(frozen=True)
class PolicySummary:
    """TTLs are seconds, and those of cache policies alone. `config`: all of it, as AWS has it."""

    id: str
    name: str
    comment: str
    managed: bool
    min_ttl: int = 0
    default_ttl: int = 0
    max_ttl: int = 0
    config: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)


def list_cache_policies(connection: Connection) -> tuple[PolicySummary, ...]:
    return tuple(_pages(connection, "CachePolicy", "list_cache_policies", "cache policies"))


def list_origin_request_policies(connection: Connection) -> tuple[PolicySummary, ...]:
    return tuple(_pages(connection, "OriginRequestPolicy", "list_origin_request_policies", "origin request policies"))


def list_response_headers_policies(connection: Connection) -> tuple[PolicySummary, ...]:
    return tuple(_pages(connection, "ResponseHeadersPolicy", "list_response_headers_policies", "response headers policies"))


def _pages(connection: Connection, kind: str, method: str, words: str) -> Iterator[PolicySummary]:
    call: Any = getattr(cloudfront(connection), method)
    marker = ""
    while True:
        with translated(f"list the {words}"):
            page = call(**({"Marker": marker} if marker else {}))[f"{kind}List"]
        for item in page.get("Items", []):
            config = item[kind][f"{kind}Config"]
            ttls = {"min_ttl": "MinTTL", "default_ttl": "DefaultTTL", "max_ttl": "MaxTTL"}
            yield PolicySummary(
                id=item[kind]["Id"],
                name=config["Name"],
                comment=config.get("Comment", ""),
                managed=item["Type"] == "managed",
                config=config,
                **{name: int(config.get(wire, 0)) for name, wire in ttls.items()},
            )
        marker = page.get("NextMarker", "")
        if not marker:
            return
