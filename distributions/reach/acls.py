"""What an ACL gives a visitor. Sources: Amazon S3 User Guide, "Access control list (ACL) overview", "Controlling ownership
of objects and disabling ACLs for your bucket", "Blocking public access to your Amazon S3 storage".
"""

from __future__ import annotations

from distributions.reach.state import OWNER_ENFORCED, BucketState, Grants
from distributions.reach.verdicts import Ground
from distributions.reach.visitors import Identity, Stranger, Visitor

ALL_USERS = "http://acs.amazonaws.com/groups/global/AllUsers"
AUTHENTICATED_USERS = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"
_READS = {"READ", "FULL_CONTROL"}


def granted(grants: Grants | None, bucket: BucketState, visitor: Visitor, *, whose: str) -> Ground:
    """Whether READ (of an object) or listing (of a bucket) is granted. `whose`: "the object’s" or "the bucket’s"."""
    nothing = Ground(False, "nothing-allows", "")
    if bucket.ownership == OWNER_ENFORCED:
        if grants and _given(grants, visitor).value is not False:
            return Ground(
                False, "acls-off", f"the bucket has its ACLs off, so that {whose} ACL, which would allow it, counts nothing"
            )
        return nothing
    found = _where_acls_count(grants, bucket, visitor, whose)
    if found.value and not bucket.ownership:
        return Ground(None, "ownership-unknown", f"{found.because}, but whether the bucket has its ACLs off is not known")
    return found


def _where_acls_count(grants: Grants | None, bucket: BucketState, visitor: Visitor, whose: str) -> Ground:
    nothing = Ground(False, "nothing-allows", "")
    ignores = "IgnorePublicAcls" in bucket.switches
    if grants is None:
        if ignores and not isinstance(visitor, Identity):
            return nothing  # by a group alone could they be let in
        return Ground(None, "acl-unknown", f"{whose} ACL is not known")
    if not ignores:
        return _given(grants, visitor, whose)
    own = _given(tuple(grant for grant in grants if grant[0] not in {ALL_USERS, AUTHENTICATED_USERS}), visitor, whose)
    if own.value is False and _given(grants, visitor).value is not False:
        return Ground(False, "public-acls-ignored", f"{whose} ACL would allow it, but the bucket ignores public ACLs")
    return own


def _given(grants: Grants, visitor: Visitor, whose: str = "") -> Ground:
    names = {grantee for grantee, permission in grants if permission in _READS}
    if isinstance(visitor, Identity) and visitor.canonical_user_id in names:
        return Ground(True, "acl-grants", f"{whose} ACL gives this identity READ")
    if ALL_USERS in names:
        return Ground(True, "acl-grants", f"{whose} ACL gives everybody READ")
    if AUTHENTICATED_USERS in names and not isinstance(visitor, Stranger):
        return Ground(
            None, "acl-unknown", f"{whose} ACL gives READ to all AWS accounts, and AWS does not say whether that is CloudFront too"
        )
    return Ground(False, "nothing-allows", "")
