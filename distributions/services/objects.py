"""Objects of a distribution: put with the permission its access model needs, listed, granted.

The rules of the ACL model are those that boto had in 2009.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from cdnadmin.accounts.audit import record
from cdnadmin.accounts.models import User
from cdnadmin.accounts.permissions import Action, require
from cdnadmin.accounts.services.credentials import connection_for
from cdnadmin.aws import objects as aws_objects
from cdnadmin.aws.objects import Grant, ListedObject
from cdnadmin.errors import InvalidInput
from distributions.addresses import object_url
from distributions.grants import acl_in_headers, acl_to_put, explained, is_public, opens_to_everybody, settle_grants
from distributions.models import Distribution

MAX_KEY_BYTES = 1024


@dataclass(frozen=True)
class AddedObject:
    """An object that was put: its whole key at S3, and its address without a signature ("" until CloudFront named it)."""

    key: str
    url: str


def permit_object(*, distribution: Distribution, key: str, replace: bool = True, opened: bool = False) -> None:
    """What the distribution's access model needs for CloudFront to read `key`.

    With policies nothing: the statement covers the whole prefix. With object ACLs the identity, or everybody, gets READ;
    `replace` takes every other grant but the owner's away. `opened`: the object was put open to everybody; where the model
    needs that no more, it is shut again. Raises Conflict (100 grants), NotReady (the bucket lets no ACLs work), AwsError.
    """
    settle_grants(distribution, key, replace=replace, opened=opened)


def add_object(
    *,
    actor: User,
    distribution: Distribution,
    path: str,
    body: bytes | IO[bytes],
    content_type: str,
    cache_control: str = "",
    replace: bool = True,
) -> AddedObject:
    """Put an object at `path` below the distribution's own prefix (5 GB at most), open to whom its access model says.

    It comes with its ACL: in no moment may others read it, or those not who should. Without `replace` the grants of the
    object that was at `path` stay beside. Raises InvalidInput (a path that is no key), Conflict (100 grants), NotReady
    (the bucket lets no ACLs work), NotAllowed.
    """
    require(actor, Action.UPLOAD_MEDIA, distribution)
    key = f"{distribution.prefix}{path}"
    if not path or path.startswith("/") or path.endswith("/"):
        raise InvalidInput("A path is the object's name, without a slash before or after it.", field="path")
    if len(key.encode()) > MAX_KEY_BYTES:
        raise InvalidInput("With its prefix a key has at most 1,024 bytes.", field="path")
    connection, bucket = connection_for(distribution.account), distribution.own_bucket.name
    opened, acl = opens_to_everybody(distribution), acl_to_put(distribution, key, replace=replace)
    sent = acl_in_headers(distribution, acl)
    with explained(distribution, public=is_public(sent)):
        aws_objects.put_object(
            connection, bucket=bucket, key=key, body=body, content_type=content_type, cache_control=cache_control, acl=sent
        )
    settle_grants(distribution, key, replace=replace, opened=opened, acl=acl if sent != acl else None)
    put = {"bucket": bucket, "key": key}
    record(actor=actor, action="add_object", target=distribution.reference, label=distribution.name, after=put)
    return AddedObject(key, object_url(distribution, key))


def list_objects(*, actor: User, distribution: Distribution, path: str = "") -> Iterator[ListedObject]:
    """The objects below the distribution's own prefix whose path begins with `path`; nobody else's in that bucket."""
    require(actor, Action.VIEW_LIBRARY, distribution)
    connection, bucket = connection_for(distribution.account), distribution.own_bucket.name
    return aws_objects.list_objects(connection, bucket=bucket, prefix=f"{distribution.prefix}{path}")


def grants_of(*, actor: User, distribution: Distribution, key: str) -> tuple[Grant, ...]:
    """Who may read the object by its ACL, its owner among them."""
    require(actor, Action.VIEW_DISTRIBUTIONS, distribution)
    return aws_objects.get_object_acl(connection_for(distribution.account), bucket=distribution.own_bucket.name, key=key).grants
