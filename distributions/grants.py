"""The oldest access model: each object says by its ACL that the origin access identity may read it."""

from __future__ import annotations

from cdnadmin.accounts.services.credentials import connection_for
from cdnadmin.aws import objects as aws_objects
from cdnadmin.aws.objects import Acl, Grant
from cdnadmin.errors import NotReady
from distributions.models import Distribution, OriginAccess


def grant_read(*, distribution: Distribution, key: str, replace: bool = True) -> None:
    """Give the distribution's identity READ on `key`; with `replace` nobody else keeps a grant but the owner.

    boto's rule of 2009: what was public before is so no longer, unless asked otherwise. Nothing is written where
    the ACL says so already. Raises AwsError (AccessControlListNotSupported) where the bucket has its ACLs off.
    """
    access = distribution.origin_access
    if access is None or access.type != OriginAccess.Type.OAI:
        raise NotReady(f"“{distribution.name}” has no origin access identity yet.")
    connection, bucket = connection_for(distribution.account), distribution.own_bucket.name
    now = aws_objects.get_object_acl(connection, bucket=bucket, key=key)
    mine = Grant(access.canonical_user_id, "READ")
    kept = tuple(grant for grant in now.grants if not replace or grant.grantee == now.owner)
    wanted = Acl(now.owner, kept if mine in kept else (*kept, mine))
    if set(wanted.grants) != set(now.grants):
        aws_objects.put_object_acl_grants(connection, bucket=bucket, key=key, acl=wanted)
