"""What is known of a whole account while its distributions are looked at: asked of AWS once, kept with the examination."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any, Self


@dataclass(frozen=True)
class KnownCertificate:
    """`not_after`: ISO 8601, "" where ACM names none."""

    names: tuple[str, ...]
    status: str
    not_after: str = ""

    @property
    def ends_at(self) -> datetime | None:
        return datetime.fromisoformat(self.not_after) if self.not_after else None


@dataclass(frozen=True)
class Known:
    """None where it could not be read: what depends on it is not looked at then.

    `authorization`: ids of policies that pass a viewer's Authorization header on; `origin`: those that pass Origin on;
    `cors`: ids of response headers policies with CORS. `controls`: signing behavior by id. `identities`: ids.
    `groups`: key ids by key group.
    """

    authorization: tuple[str, ...] | None = None
    origin: tuple[str, ...] | None = None
    cors: tuple[str, ...] | None = None
    controls: Mapping[str, str] | None = None
    identities: tuple[str, ...] | None = None
    groups: Mapping[str, tuple[str, ...]] | None = None
    certificates: Mapping[str, KnownCertificate] | None = None

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        found = {each.name: data[each.name] for each in fields(cls) if data.get(each.name) is not None}
        for name in ("authorization", "origin", "cors", "identities"):
            if name in found:
                found[name] = tuple(found[name])
        if "groups" in found:
            found["groups"] = {id: tuple(keys) for id, keys in found["groups"].items()}
        if "certificates" in found:
            found["certificates"] = {
                arn: KnownCertificate(tuple(each["names"]), each["status"], each["not_after"])
                for arn, each in found["certificates"].items()
            }
        return cls(**found)
