"""An account's origin access control or identity: the one that is there and has room, or a new one."""

from __future__ import annotations

from django.db.models import Q

from cdnadmin.accounts.models import AwsAccount
from cdnadmin.accounts.services.credentials import connection_for
from cdnadmin.aws import origin_access as aws_access
from cdnadmin.errors import AwsNotFound, AwsQuotaExceeded, CdnadminError
from distributions import wanted
from distributions.identities import forget_access, remember_access
from distributions.models import OriginAccess


def ensure_access(account: AwsAccount, type: str) -> OriginAccess:
    """Its name (or caller reference) is made of the account's id: never a second one. Raises CdnadminError at the quota."""
    try:
        while True:
            row = _ensure_control(account) if type == OriginAccess.Type.OAC else _ensure_identity(account)
            if is_there(row):
                return row
            forget_access(row)
    except AwsQuotaExceeded as error:
        raise CdnadminError(
            "This AWS account has as many origin accesses as CloudFront allows. Remove one that is no longer used at "
            "CloudFront, or ask AWS for a higher quota, then try again.",
            code=error.code,
        ) from error


def is_there(row: OriginAccess) -> bool:
    """Whether AWS (still) has it: somebody may have deleted it outside."""
    connection = connection_for(row.account)
    try:
        if row.type == OriginAccess.Type.OAC:
            aws_access.get_origin_access_control(connection, id=row.aws_id)
        else:
            aws_access.get_origin_access_identity(connection, id=row.aws_id)
    except AwsNotFound:
        return False
    return True


def _ensure_control(account: AwsAccount) -> OriginAccess:
    number = 1
    while True:
        name = wanted.origin_access_name(account, number)
        row = _known(account, OriginAccess.Type.OAC, name)
        if row is None or row.distributions.count() < wanted.DISTRIBUTIONS_PER_ORIGIN_ACCESS_CONTROL:
            break
        number += 1
    if row:
        return row
    seen = aws_access.create_origin_access_control(connection_for(account), name=name, description="Made by cdnadmin")
    return remember_access(account=account, seen=seen, reference=name)


def _ensure_identity(account: AwsAccount) -> OriginAccess:
    name = wanted.origin_access_name(account, 1)
    row = _known(account, OriginAccess.Type.OAI, name)
    if row:
        return row
    seen = aws_access.create_origin_access_identity(connection_for(account), caller_reference=name, comment=name)
    return remember_access(account=account, seen=seen, reference=name)


def _known(account: AwsAccount, type: str, asked_for: str) -> OriginAccess | None:
    """By what it was asked for, whatever it is called since; by its name where that was not written down.

    One that was deleted at AWS is made anew.
    """
    made = Q(reference=asked_for) | Q(reference="", name=asked_for)
    return OriginAccess.objects.filter(made, account=account, type=type, gone_at=None).first()
