"""The ACLs of many objects changed alike: a page at a time, several at once, each read before it is written.

Source: Amazon S3 User Guide, "Access control list (ACL) overview".
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Event

from cdnadmin.aws import objects as aws_objects
from cdnadmin.aws.objects import ALL_USERS, Acl, Grant
from cdnadmin.aws.session import Connection
from cdnadmin.errors import AwsDenied, AwsError, AwsNotFound

GRANTS_AT_MOST = 100
AT_ONCE = 16
AUTHENTICATED_USERS = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"
EVERYBODY = frozenset({ALL_USERS, AUTHENTICATED_USERS})
PUBLIC_READ = Grant(ALL_USERS, "READ")
FULL = f"Its ACL is full: S3 takes {GRANTS_AT_MOST} grants. Take some out that nobody needs, or replace them all."
# AWS's code where an ACL names an id that is none ("Invalid id").
UNKNOWN_GRANTEE = "InvalidArgument"
NAMES_NOBODY = (
    "S3 does not take an ACL that names somebody who is no more, as an identity of CloudFront that was deleted. Replace all "
    "other permissions, or look whether CloudFront still has this distribution’s own identity."
)
_DENIED = "S3 refused it, as where it belongs to another account."


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
        wanted = tuple(dict.fromkeys((*kept, *self.add)))
        return None if set(wanted) == set(acl.grants) else Acl(acl.owner, wanted)


RIGHT, MENDED, GONE = "right", "mended", "gone"


def each_changed(
    connection: Connection,
    *,
    bucket: str,
    keys: Sequence[str],
    change: GrantChange,
    look_only: bool = False,
    at_once: int = AT_ONCE,
) -> Generator[tuple[str, str]]:
    """Change the ACLs of these objects, `at_once` of them at a time; each key in its order with RIGHT, MENDED, GONE, or why
    it was left as it is. One object's trouble stops no other. With `look_only` nothing is written: MENDED is what would be.

    Raises AwsError where it concerns all of them, once those before are told: AccessControlListNotSupported (the bucket has
    its ACLs off), throttling, credentials. Up to `at_once` behind that key may have been changed too; whoever closes the
    iterator early leaves as many.
    """
    stop = Event()

    def one(key: str) -> str:
        if stop.is_set():
            return ""  # nobody asks for it any more
        try:
            return _one(connection, bucket, key, change, look_only)
        except BaseException:
            stop.set()
            raise

    pool = ThreadPoolExecutor(at_once)
    try:
        passed_by = False  # taken before the trouble, looked at after it
        for key, outcome in zip(keys, pool.map(one, keys), strict=True):
            passed_by = passed_by or not outcome
            if not passed_by:
                yield key, outcome
    finally:
        stop.set()
        pool.shutdown(cancel_futures=True)


def _one(connection: Connection, bucket: str, key: str, change: GrantChange, look_only: bool) -> str:
    try:
        wanted = change.applied_to(aws_objects.get_object_acl(connection, bucket=bucket, key=key))
        if wanted is None:
            return RIGHT
        if len(wanted.grants) > GRANTS_AT_MOST:
            return FULL
        if not look_only:
            aws_objects.put_object_acl_grants(connection, bucket=bucket, key=key, acl=wanted)
    except AwsNotFound as error:
        if error.code == "NoSuchBucket":
            raise
        return GONE
    except AwsDenied as error:
        if error.is_mendable:
            raise
        return f"{_DENIED} {error.message}"
    except AwsError as error:
        if error.code != UNKNOWN_GRANTEE:
            raise
        return NAMES_NOBODY
    return MENDED


def was_denied(outcome: str) -> bool:
    return outcome.startswith(_DENIED)
