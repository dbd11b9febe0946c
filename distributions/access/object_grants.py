"""The ACLs of many objects changed alike: a page at a time, several at once, each read before it is written.

Source: Amazon S3 User Guide, "Access control list (ACL) overview".
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from cdnadmin.aws import objects as aws_objects
from cdnadmin.aws.objects import ALL_USERS, Acl, Grant
from cdnadmin.aws.session import Connection
from cdnadmin.errors import AwsDenied, AwsNotFound

GRANTS_AT_MOST = 100
AT_ONCE = 16
AUTHENTICATED_USERS = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"
EVERYBODY = frozenset({ALL_USERS, AUTHENTICATED_USERS})
PUBLIC_READ = Grant(ALL_USERS, "READ")


@dataclass(frozen=True)
class GrantChange:
    """What shall become of an ACL: `add` stands in it, the grantees `remove` do not; with `replace` only the owner stays beside."""

    add: tuple[Grant, ...] = ()
    remove: frozenset[str] = frozenset()
    replace: bool = False

    def applied_to(self, acl: Acl) -> Acl | None:
        """The ACL as it shall be; None where it is so already. Who may write or own keeps that."""
        kept = [
            grant
            for grant in acl.grants
            if grant.grantee == acl.owner or (not self.replace and grant.grantee not in self.remove) or grant in self.add
        ]
        wanted = [*kept, *(grant for grant in self.add if grant not in kept)]
        return None if set(wanted) == set(acl.grants) else Acl(acl.owner, tuple(wanted))


@dataclass
class Tally:
    """What came of so many objects. `left`: (key, why) of those that could not be changed."""

    mended: int = 0
    right: int = 0
    gone: int = 0
    left: list[tuple[str, str]] = field(default_factory=list)


def change_grants_of_one(connection: Connection, bucket: str, key: str, change: GrantChange) -> None:
    """As `change_grants`, for one object whose trouble is the caller's. Raises AwsError."""
    wanted = change.applied_to(aws_objects.get_object_acl(connection, bucket=bucket, key=key))
    if wanted is not None:
        aws_objects.put_object_acl_grants(connection, bucket=bucket, key=key, acl=wanted)


def change_grants(
    connection: Connection, *, bucket: str, keys: Sequence[str], change: GrantChange, look_only: bool = False
) -> Tally:
    """Change the ACLs of these objects. One object's trouble is told, and stops no other.

    With `look_only` nothing is written, and `mended` counts what would be. Raises AwsError where it concerns all of them:
    AccessControlListNotSupported (the bucket has its ACLs off), throttling, credentials.
    """
    tally = Tally()

    def one(key: str) -> str:
        try:
            wanted = change.applied_to(aws_objects.get_object_acl(connection, bucket=bucket, key=key))
            if wanted is None:
                return "right"
            if len(wanted.grants) > GRANTS_AT_MOST:
                return f"Its ACL is full: S3 takes {GRANTS_AT_MOST} grants. Take some out that nobody needs."
            if not look_only:
                aws_objects.put_object_acl_grants(connection, bucket=bucket, key=key, acl=wanted)
        except AwsNotFound as error:
            if error.code == "NoSuchBucket":
                raise
            return "gone"
        except AwsDenied as error:
            if error.is_mendable:
                raise
            return error.message
        return "mended"

    with ThreadPoolExecutor(AT_ONCE) as pool:
        for key, outcome in zip(keys, pool.map(one, keys), strict=True):
            if outcome in {"right", "gone", "mended"}:
                setattr(tally, outcome, getattr(tally, outcome) + 1)
            else:
                tally.left.append((key, outcome))
    return tally
