"""Public keys and key groups at CloudFront.

Neither has a way to ask "did my call get through": both are found by their unique name, and adopted only
when they are exactly what was wanted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cdnadmin.aws.session import Connection, cloudfront
from cdnadmin.aws.translate import translated
from cdnadmin.errors import AwsConflict, AwsNotFound


@dataclass(frozen=True)
class SeenPublicKey:
    id: str  # K…: the Key-Pair-Id of signatures
    name: str
    etag: str
    pem: str
    created_at: datetime | None = None


@dataclass(frozen=True)
class SeenKeyGroup:
    id: str
    name: str
    etag: str
    public_key_ids: tuple[str, ...]


def create_public_key(connection: Connection, *, name: str, caller_reference: str, pem: str) -> SeenPublicKey:
    """Create it, or adopt the one of this name that is the same key. Raises AwsConflict, AwsQuotaExceeded."""
    config: Any = {"CallerReference": caller_reference, "Name": name, "EncodedKey": pem}
    try:
        with translated("create the public key"):
            answer = cloudfront(connection).create_public_key(PublicKeyConfig=config)
        return SeenPublicKey(answer["PublicKey"]["Id"], name, answer["ETag"], pem, answer["PublicKey"]["CreatedTime"])
    except AwsConflict:
        for item in _iterate_public_keys(connection):
            if item["Name"] == name and item["EncodedKey"].strip() == pem.strip():
                return get_public_key(connection, id=item["Id"])
        raise


def get_public_key(connection: Connection, *, id: str) -> SeenPublicKey:
    with translated("read the public key"):
        answer = cloudfront(connection).get_public_key(Id=id)
    key = answer["PublicKey"]
    config = key["PublicKeyConfig"]
    return SeenPublicKey(id, config["Name"], answer["ETag"], config["EncodedKey"], key["CreatedTime"])


def _iterate_public_keys(connection: Connection) -> Iterator[Any]:
    marker = ""
    while True:
        with translated("list the public keys"):
            answer = cloudfront(connection).list_public_keys(**({"Marker": marker} if marker else {}))
        page = answer["PublicKeyList"]
        yield from page.get("Items", [])
        marker = page.get("NextMarker", "")
        if not marker:
            return


def iterate_public_keys(connection: Connection) -> Iterator[SeenPublicKey]:
    """All of the account; lists carry no ETag, which is "" here."""
    for item in _iterate_public_keys(connection):
        yield SeenPublicKey(item["Id"], item["Name"], "", item["EncodedKey"], item["CreatedTime"])


def delete_public_key(connection: Connection, *, id: str, etag: str) -> None:
    try:
        with translated("delete the public key"):
            cloudfront(connection).delete_public_key(Id=id, IfMatch=etag)
    except AwsNotFound:
        return


def create_key_group(connection: Connection, *, name: str, public_key_ids: Sequence[str]) -> SeenKeyGroup:
    """Create it, or adopt the one of this name that holds these very keys. Raises AwsConflict, AwsQuotaExceeded."""
    config: Any = {"Name": name, "Items": list(public_key_ids)}
    try:
        with translated("create the key group"):
            answer = cloudfront(connection).create_key_group(KeyGroupConfig=config)
        return SeenKeyGroup(answer["KeyGroup"]["Id"], name, answer["ETag"], tuple(public_key_ids))
    except AwsConflict:
        found = find_key_group(connection, name=name)
        if found is None or set(found.public_key_ids) != set(public_key_ids):
            raise
        return found


def find_key_group(connection: Connection, *, name: str) -> SeenKeyGroup | None:
    """The key group of this name, whatever it holds."""
    found = next((group for group in iterate_key_groups(connection) if group.name == name), None)
    return get_key_group(connection, id=found.id) if found else None


def iterate_key_groups(connection: Connection) -> Iterator[SeenKeyGroup]:
    """All of the account; lists carry no ETag, which is "" here."""
    marker = ""
    while True:
        with translated("list the key groups"):
            answer = cloudfront(connection).list_key_groups(**({"Marker": marker} if marker else {}))
        page = answer["KeyGroupList"]
        for item in page.get("Items", []):
            group = item["KeyGroup"]
            yield SeenKeyGroup(group["Id"], group["KeyGroupConfig"]["Name"], "", tuple(group["KeyGroupConfig"]["Items"]))
        marker = page.get("NextMarker", "")
        if not marker:
            return


def get_key_group(connection: Connection, *, id: str) -> SeenKeyGroup:
    with translated("read the key group"):
        answer = cloudfront(connection).get_key_group(Id=id)
    config = answer["KeyGroup"]["KeyGroupConfig"]
    return SeenKeyGroup(id, config["Name"], answer["ETag"], tuple(config["Items"]))


def update_key_group(connection: Connection, *, id: str, name: str, public_key_ids: Sequence[str], etag: str) -> SeenKeyGroup:
    """Replace its keys. A lost answer to our own change is told from somebody else's change by reading back."""
    config: Any = {"Name": name, "Items": list(public_key_ids)}
    try:
        with translated("change the key group"):
            answer = cloudfront(connection).update_key_group(Id=id, KeyGroupConfig=config, IfMatch=etag)
        return SeenKeyGroup(id, name, answer["ETag"], tuple(public_key_ids))
    except AwsConflict as conflict:
        if conflict.code not in {"PreconditionFailed", "InvalidIfMatchVersion"}:
            raise
        found = get_key_group(connection, id=id)
        if set(found.public_key_ids) != set(public_key_ids) or found.name != name:
            raise
        return found


def delete_key_group(connection: Connection, *, id: str, etag: str) -> None:
    try:
        with translated("delete the key group"):
            cloudfront(connection).delete_key_group(Id=id, IfMatch=etag)
    except AwsNotFound:
        return
