"""What is true at S3: all that decides who may read in a bucket, and all that decides who may read an object."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

SWITCHES = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
OWNER_ENFORCED = "BucketOwnerEnforced"
# (canonical user id or group URI, permission)
Grants = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class BucketState:
    """`account_id` has 12 digits. `policy` None: none. `ownership`: BucketOwnerEnforced, BucketOwnerPreferred,
    ObjectWriter, or "" where it isn't known. `switches`: those of SWITCHES that are on, the bucket's and the account's
    together. `owner`: canonical user id, "" where it isn't known. `grants`: the bucket's own ACL, which decides who may
    list; None: not known.
    """

    name: str
    account_id: str
    policy: Mapping[str, Any] | None
    ownership: str
    switches: frozenset[str]
    owner: str = ""
    grants: Grants | None = None


@dataclass(frozen=True)
class ObjectState:
    """`grants`: its ACL; None: not known. `kms`: encrypted with a key of AWS KMS. `kms_allows`: whether that key's policy
    lets CloudFront decrypt for the distribution that asks; None: not known. `owner`: canonical user id, "" the bucket's.
    """

    key: str
    grants: Grants | None = ()
    kms: bool = False
    kms_allows: bool | None = None
    exists: bool = True
    owner: str = ""
