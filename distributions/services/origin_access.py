"""Origin access identities: the legacy way in which CloudFront shows itself to a bucket."""

from __future__ import annotations

from django.db import transaction

from cdnadmin.accounts.audit import record
from cdnadmin.accounts.models import AwsAccount, User
from cdnadmin.accounts.permissions import Action, require
from cdnadmin.accounts.services.credentials import connection_for
from cdnadmin.aws import origin_access as aws_access
from cdnadmin.errors import InvalidInput
from cdnadmin.text import without_controls
from distributions.identities import remember_identity
from distributions.models import OriginAccess


def create_origin_access_identity(*, actor: User, account: AwsAccount, name: str) -> OriginAccess:
    """Create an identity at CloudFront. Its caller reference is made of account and name, so that asking again
    after a lost answer makes no second one. Raises InvalidInput (field "name"), AwsError.
    """
    require(actor, Action.MANAGE_DISTRIBUTIONS)
    name = without_controls(name).strip()
    if not name or len(name) > 100:
        raise InvalidInput("A name has 1 to 100 characters.", field="name")
    if OriginAccess.objects.filter(account=account, type=OriginAccess.Type.OAI, name=name).exists():
        raise InvalidInput("This account has an identity of this name already.", field="name")
    reference = f"cdnadmin-{account.public_id}-{name}"[:128]
    seen = aws_access.create_origin_access_identity(connection_for(account), caller_reference=reference, comment=name)
    with transaction.atomic():
        access = remember_identity(account=account, seen=seen, name=name)
        record(
            actor=actor,
            action="create_origin_access_identity",
            target=f"origin_access:{seen.id}",
            label=name,
            after={"name": name},
        )
    return access
