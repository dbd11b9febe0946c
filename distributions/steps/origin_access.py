"""How CloudFront identifies itself to the bucket: an origin access control, or a legacy identity. One an account is reused."""

from __future__ import annotations

from cdnadmin.aws import access as aws_access
from cdnadmin.errors import AwsQuotaExceeded, CdnadminError
from cdnadmin.operations.models import Operation
from cdnadmin.operations.outcomes import Next, Outcome
from distributions import wanted
from distributions.identities import remember_identity
from distributions.models import Distribution, OriginAccess
from distributions.steps.target import connect, reopen


def ensure_origin_access(operation: Operation) -> Outcome:
    """Reuse the account's origin access, or make it. Its name (or caller reference) is the account's: never a second one."""
    distribution = reopen(operation)
    if distribution.origin_access:
        return Next(f"Uses {distribution.origin_access.aws_id}")
    try:
        if distribution.access_model == Distribution.AccessModel.OAC:
            access = _ensure_control(distribution)
        else:
            access = _ensure_identity(distribution)
    except AwsQuotaExceeded as error:
        raise CdnadminError(
            "This AWS account has as many origin accesses as CloudFront allows. Remove one that is no longer used at "
            "CloudFront, or ask AWS for a higher quota, then try again.",
            code=error.code,
        ) from error
    Distribution.objects.filter(pk=distribution.pk).update(origin_access=access)
    return Next(f"Uses {access.aws_id}")


def _ensure_control(distribution: Distribution) -> OriginAccess:
    account, number = distribution.account, 1
    while True:
        name = wanted.origin_access_name(account, number)
        row = OriginAccess.objects.filter(account=account, type=OriginAccess.Type.OAC, name=name).first()
        if row is None or row.distributions.count() < wanted.DISTRIBUTIONS_PER_ORIGIN_ACCESS_CONTROL:
            break
        number += 1
    if row:
        return row
    seen = aws_access.create_origin_access_control(connect(distribution), name=name, description="Made by cdnadmin")
    row, _ = OriginAccess.objects.get_or_create(
        account=account, aws_id=seen.id, defaults={"type": OriginAccess.Type.OAC, "name": name, "etag": seen.etag}
    )
    return row


def _ensure_identity(distribution: Distribution) -> OriginAccess:
    account = distribution.account
    name = wanted.origin_access_name(account, 1)
    row = OriginAccess.objects.filter(account=account, type=OriginAccess.Type.OAI, name=name).first()
    if row:
        return row
    seen = aws_access.create_origin_access_identity(connect(distribution), caller_reference=name, comment=name)
    return remember_identity(account=account, seen=seen, name=name)
