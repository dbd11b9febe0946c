"""How CloudFront identifies itself to the bucket: an origin access control, or a legacy identity. One an account is reused."""

from __future__ import annotations

from cdnadmin.operations.models import Operation
from cdnadmin.operations.outcomes import Next, Outcome
from distributions.access.acl_conditions import require_acls
from distributions.access.ensuring import ensure_access
from distributions.models import Distribution, OriginAccess
from distributions.steps.target import reopen


def ensure_origin_access(operation: Operation) -> Outcome:
    """Reuse the account's origin access, or make it. Public files need none."""
    distribution = reopen(operation)
    if distribution.access_model == Distribution.AccessModel.PUBLIC_ACL:
        # Before anything is made at CloudFront: what was true of the bucket when it was asked for may be so no more.
        require_acls(distribution.own_bucket, public=True)
        return Next("CloudFront comes as anybody does: each file is public by its ACL")
    if distribution.origin_access:
        return Next(f"Uses {distribution.origin_access.aws_id}")
    is_control = distribution.access_model == Distribution.AccessModel.OAC
    access = ensure_access(distribution.account, OriginAccess.Type.OAC if is_control else OriginAccess.Type.OAI)
    Distribution.objects.filter(pk=distribution.pk).update(origin_access=access)
    return Next(f"Uses {access.aws_id}")
