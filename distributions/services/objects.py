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
from distributions.grants import grant_read, grant_to_everybody
from distributions.models import Distribution

MAX_KEY_BYTES = 1024


@dataclass(frozen=True)
class AddedObject:
    """An object that was put: its whole key at S3, and its address without a signature ("" until CloudFront named it)."""

    key: str
    url: str


def permit_object(*, distribution: Distribution, key: str, replace: bool = True) -> None:
    """What the distribution's access model needs for CloudFront to read `key`.

    With policies nothing: the statement covers the whole prefix. With object ACLs the identity gets READ;
    `replace` takes every other grant but the owner's away, so that what was public is so no longer.
    Raises AwsError (AccessControlListNotSupported) where the bucket has its ACLs off.
    """
    # As it stands now: a switch may have begun since the row was read.
    distribution.refresh_from_db(fields=["access_model", "second_model", "origin_access"])
    models = {distribution.access_model, distribution.second_model}
    if Distribution.AccessModel.OAI_ACL in models:
        grant_read(distribution=distribution, key=key, replace=replace and not distribution.second_model)
    if Distribution.AccessModel.PUBLIC_ACL in models:
        grant_to_everybody(distribution=distribution, key=key)


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
    """Put an object at `path` below the distribution's own prefix (5 GB at most) and permit it.

    `replace` is for the ACL model, see `permit_object`. Raises InvalidInput (a path that is no key), NotAllowed.
    """
    require(actor, Action.UPLOAD_MEDIA, distribution)
    key = f"{distribution.prefix}{path}"
    if not path or path.startswith("/") or path.endswith("/"):
        raise InvalidInput("A path is the object's name, without a slash before or after it.", field="path")
    if len(key.encode()) > MAX_KEY_BYTES:
        raise InvalidInput("With its prefix a key has at most 1,024 bytes.", field="path")
    connection, bucket = connection_for(distribution.account), distribution.own_bucket.name
    aws_objects.put_object(connection, bucket=bucket, key=key, body=body, content_type=content_type, cache_control=cache_control)
    permit_object(distribution=distribution, key=key, replace=replace)
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
