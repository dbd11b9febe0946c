"""Buckets: created closed (Block Public Access on, ACLs off), and what is true of one that exists."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cdnadmin.aws.session import Connection, s3
from cdnadmin.aws.translate import translated
from cdnadmin.errors import AwsConflict, AwsDenied, AwsNotFound

_ALL_BLOCKED: Any = {
    "BlockPublicAcls": True,
    "IgnorePublicAcls": True,
    "BlockPublicPolicy": True,
    "RestrictPublicBuckets": True,
}


@dataclass(frozen=True)
class BucketFacts:
    region: str
    object_ownership: str  # BucketOwnerEnforced, BucketOwnerPreferred or ObjectWriter
    block_public_access: bool  # all four switches


def list_buckets(connection: Connection) -> list[str]:
    """The names of the account's buckets."""
    with translated("list the buckets"):
        return [bucket["Name"] for bucket in s3(connection).list_buckets().get("Buckets", [])]


def bucket_is_there(connection: Connection, *, name: str) -> bool:
    """Whether these credentials reach a bucket of this name; False where it is not there, or another's."""
    try:
        with translated(f"look for the bucket {name}"):
            s3(connection).head_bucket(Bucket=name)
    except (AwsNotFound, AwsDenied):
        return False
    return True


def create_bucket(connection: Connection, *, name: str, region: str) -> None:
    """Create it with ACLs off and Block Public Access on; one that is the account's own already is taken as it is.

    It is looked for before it is made: us-east-1 may answer 200 for a bucket that was there, which must not be
    closed to its public then; and BucketAlreadyOwnedByYou after that is our own call whose answer was lost.
    Raises AwsConflict (BucketAlreadyExists) where another account has the name.
    """
    if bucket_is_there(connection, name=name):
        return
    client = s3(connection)
    where: Any = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    try:
        with translated(f"create the bucket {name}"):
            client.create_bucket(Bucket=name, ObjectOwnership="BucketOwnerEnforced", **where)
    except AwsConflict as conflict:
        if conflict.code != "BucketAlreadyOwnedByYou":
            raise
    with translated(f"close the bucket {name} to the public"):
        client.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=_ALL_BLOCKED)


def get_bucket_facts(connection: Connection, *, name: str) -> BucketFacts:
    """Region, ownership and Block Public Access. Raises AwsNotFound, AwsDenied (it belongs to another account)."""
    client = s3(connection)
    with translated(f"read the bucket {name}"):
        region = client.head_bucket(Bucket=name).get("BucketRegion") or connection.region
    try:
        with translated(f"read who owns what is put into the bucket {name}"):
            rules = client.get_bucket_ownership_controls(Bucket=name)["OwnershipControls"]["Rules"]
        ownership = rules[0]["ObjectOwnership"]
    except AwsNotFound as error:
        if error.code != "OwnershipControlsNotFoundError":
            raise
        ownership = "ObjectWriter"  # what holds where nothing is set
    try:
        with translated(f"read whether the bucket {name} is closed to the public"):
            blocked: Any = client.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"]
    except AwsNotFound as error:
        if error.code != "NoSuchPublicAccessBlockConfiguration":
            raise
        blocked = {}
    return BucketFacts(region, ownership, all(blocked.get(switch, False) for switch in _ALL_BLOCKED))
