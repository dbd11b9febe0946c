"""Who may read one object by its ACL: put with the object, or set on one that is there.

The rules are boto's of 2009: on a public distribution an added object is `public-read`; an identity gets READ, and with
`replace` nobody else keeps a grant but the owner.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db.models import Q

from cdnadmin.accounts.services.credentials import connection_for
from cdnadmin.aws import objects as aws_objects
from cdnadmin.aws.objects import Acl, Grant
from cdnadmin.errors import AwsDenied, AwsError, AwsNotFound, Conflict, NotReady
from distributions.access.acl_conditions import ACLS_OFF, PUBLIC_BLOCKED, acls_fail_because
from distributions.access.bucket_truth import look_at_bucket
from distributions.access.object_grants import (
    EVERYBODY,
    FULL,
    GRANTS_AT_MOST,
    NAMES_NOBODY,
    PUBLIC_READ,
    UNKNOWN_GRANTEE,
    GrantChange,
)
from distributions.models import BucketTruth, Distribution, OriginAccess

Model = Distribution.AccessModel
# More do not fit into the headers of a request (8 KB in all); each takes some 80 bytes.
GRANTS_IN_HEADERS = 50


def reading_grants(distribution: Distribution) -> tuple[Grant, ...]:
    """What the ACL of each of its files must say; nothing where a policy says it.

    While a switch of the access model is under way new files are opened in the other way, too.
    """
    models = {distribution.access_model, distribution.second_model}
    grants: tuple[Grant, ...] = ()
    if Model.OAI_ACL in models:
        access = distribution.origin_access
        if access is None or access.type != OriginAccess.Type.OAI:
            raise NotReady(f"“{distribution.name}” has no origin access identity yet.")
        grants += (Grant(access.canonical_user_id, "READ"),)
    return grants + ((PUBLIC_READ,) if Model.PUBLIC_ACL in models else ())


def opens_by_acl(distribution: Distribution) -> bool:
    return bool({Model.OAI_ACL, Model.PUBLIC_ACL} & {distribution.access_model, distribution.second_model})


def needs_everybody(distribution: Distribution) -> Distribution | None:
    """One that shows files of this one's by everybody's permission to read them: itself, or another over the same keys."""
    comes_as_nobody = Q(access_model__in=(Model.PUBLIC_ACL, Model.OPEN)) | Q(second_model=Model.PUBLIC_ACL)
    there = Distribution.objects.filter(comes_as_nobody, bucket=distribution.own_bucket)
    for other in there.exclude(status=Distribution.Status.GONE).order_by("pk"):
        if other.prefix.startswith(distribution.prefix) or distribution.prefix.startswith(other.prefix):
            return other
    return None


def opens_to_everybody(distribution: Distribution) -> bool:
    return Model.PUBLIC_ACL in {distribution.access_model, distribution.second_model}


def is_public(acl: Acl | None) -> bool:
    return acl is not None and any(grant.grantee in EVERYBODY for grant in acl.grants)


def acl_to_put(distribution: Distribution, key: str, *, replace: bool = True) -> Acl | None:
    """The ACL that an object has to come with, so that nobody may read it in a moment in which they should not, nor may not
    in one in which they should. None where it needs none, or where the owner's id can't be read: `settle_grants` then sets it.

    Without `replace` the grants of the object that is there stay. Raises Conflict (100 grants), NotReady, AwsError.
    """
    add = reading_grants(distribution)
    owner = _owner(distribution) if add else ""
    if not owner:
        return None
    now = None if replace else _acl_there(distribution, key)
    # WRITE means nothing on an object, and has no header.
    theirs = tuple(grant for grant in now.grants if grant.permission != "WRITE") if now else ()
    mine = Grant(owner, "FULL_CONTROL")
    begun = Acl(owner, theirs if mine in theirs else (mine, *theirs))
    return _checked(GrantChange(add=add, replace=replace).applied_to(begun) or begun, key)


def acl_in_headers(distribution: Distribution, acl: Acl | None) -> Acl | None:
    """As much of `acl` as a request's headers hold: the owner and what the access model needs, where all is too much."""
    if acl is None or len(acl.grants) <= GRANTS_IN_HEADERS:
        return acl
    return GrantChange(add=reading_grants(distribution), replace=True).applied_to(acl)


def settle_grants(
    distribution: Distribution, key: str, *, replace: bool = True, opened: bool = False, acl: Acl | None = None
) -> None:
    """Read who may read the object that was put, and set it as the access model of this moment needs it.

    `opened`: it was put open to everybody (`opens_to_everybody`); where the model has changed since, it is shut again.
    `acl`: what it shall have beside, where its headers did not hold all of it. Nothing is written where it is so already.
    Raises Conflict (100 grants), NotReady (the bucket lets no ACLs work), AwsError.
    """
    now = Distribution.objects.select_related("account", "bucket", "origin_access").filter(pk=distribution.pk).first()
    if now is None:
        return
    add, shut = reading_grants(now), opened and not opens_to_everybody(now)
    if not add and not shut:
        return
    beside = tuple(grant for grant in (acl.grants if acl else ()) if not shut or grant.grantee not in EVERYBODY)
    # While a switch is under way its pass over the files may have given this one a permission since the row was read.
    alone = replace and bool(add) and not now.second_model
    _change(now, key, GrantChange(add=(*add, *beside), remove=EVERYBODY if shut else frozenset(), replace=alone))


def _change(distribution: Distribution, key: str, change: GrantChange) -> None:
    connection, bucket = connection_for(distribution.account), distribution.own_bucket.name
    wanted = change.applied_to(aws_objects.get_object_acl(connection, bucket=bucket, key=key))
    if wanted is not None:
        with explained(distribution, public=is_public(wanted)):
            aws_objects.put_object_acl_grants(connection, bucket=bucket, key=key, acl=_checked(wanted, key))


def _checked(acl: Acl, key: str) -> Acl:
    if len(acl.grants) > GRANTS_AT_MOST:
        raise Conflict(f"{key}: {FULL}", code="acl_full")
    return acl


def _acl_there(distribution: Distribution, key: str) -> Acl | None:
    try:
        return aws_objects.get_object_acl(connection_for(distribution.account), bucket=distribution.own_bucket.name, key=key)
    except AwsNotFound as error:
        if error.code == "NoSuchBucket":
            raise
        return None


def _owner(distribution: Distribution) -> str:
    """The canonical id of the bucket's owner, who owns what is put there from here; "" where it can't be read."""
    bucket = distribution.own_bucket
    known = BucketTruth.objects.filter(bucket=bucket).values_list("owner", flat=True).first()
    return known or look_at_bucket(bucket=bucket).owner


@contextmanager
def explained(distribution: Distribution, *, public: bool) -> Iterator[None]:
    """Where S3 refuses an ACL: what has to be changed at the bucket. `public`: the ACL opens something to everybody."""
    try:
        yield
    except AwsError as error:
        because = why_refused(distribution, error, public=public)
        if because:
            raise NotReady(because, code=PUBLIC_BLOCKED if isinstance(error, AwsDenied) else error.code) from error
        raise


def why_refused(distribution: Distribution, error: AwsError, *, public: bool) -> str:
    """The sentence for a refused ACL, for the most part by what is true of the bucket now; "" where it is about something else."""
    if error.code == UNKNOWN_GRANTEE:
        return NAMES_NOBODY
    denied = isinstance(error, AwsDenied) and not error.is_mendable
    if error.code != ACLS_OFF and not (public and denied):
        return ""
    return acls_fail_because(look_at_bucket(bucket=distribution.own_bucket), public=public)
