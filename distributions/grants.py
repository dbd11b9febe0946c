"""The oldest access model: each object says by its ACL that the origin access identity may read it."""

from __future__ import annotations

from cdnadmin.accounts.services.credentials import connection_for
from cdnadmin.aws.objects import Grant
from cdnadmin.errors import NotReady
from distributions.access.object_grants import PUBLIC_READ, GrantChange, change_grants_of_one
from distributions.models import Distribution, OriginAccess


def grant_read(*, distribution: Distribution, key: str, replace: bool = True) -> None:
    """Give the distribution's identity READ on `key`; with `replace` nobody else keeps a grant but the owner.

    boto's rule of 2009: what was public before is so no longer, unless asked otherwise. Nothing is written where
    the ACL says so already. Raises AwsError (AccessControlListNotSupported) where the bucket has its ACLs off.
    """
    access = distribution.origin_access
    if access is None or access.type != OriginAccess.Type.OAI:
        raise NotReady(f"“{distribution.name}” has no origin access identity yet.")
    change = GrantChange(add=(Grant(access.canonical_user_id, "READ"),), replace=replace)
    change_grants_of_one(connection_for(distribution.account), distribution.own_bucket.name, key, change)


def grant_to_everybody(*, distribution: Distribution, key: str) -> None:
    """Let everybody read `key`, past CloudFront, too: boto's rule for a distribution without an identity.

    Raises AwsError (AccessControlListNotSupported; AccessDenied where Block Public Access refuses public ACLs).
    """
    change_grants_of_one(connection_for(distribution.account), distribution.own_bucket.name, key, GrantChange(add=(PUBLIC_READ,)))
