"""Origin access identities: the legacy way in which CloudFront shows itself to a bucket."""

from __future__ import annotations

from django.db import transaction

from cdnadmin.accounts.audit import record
from cdnadmin.accounts.models import AwsAccount, User
from cdnadmin.accounts.permissions import Action, require
from cdnadmin.accounts.services.credentials import connection_for
from cdnadmin.aws import access as aws_access
from cdnadmin.errors import Conflict, InvalidInput, NotReady
from cdnadmin.operations.models import Operation
from cdnadmin.operations.services import request_operation
from cdnadmin.text import without_controls
from distributions.identities import remember_identity
from distributions.models import Distribution, OriginAccess


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


def associate_origin_access(*, actor: User, distribution: Distribution, origin_access: OriginAccess) -> Operation:
    """Have CloudFront come to the bucket as `origin_access` from now on: the bucket is opened to it first, and shut
    to the old one once every edge has the change. Raises Conflict, InvalidInput, NotReady, NotAllowed.
    """
    require(actor, Action.MANAGE_DISTRIBUTIONS, distribution)
    if origin_access.account_id != distribution.account_id:
        raise InvalidInput("This origin access belongs to another AWS account.", field="origin_access")
    if not distribution.aws_id:
        raise NotReady("CloudFront does not have this distribution yet.")
    if distribution.origin_access_id == origin_access.pk:
        raise Conflict("It uses this origin access already.")
    with transaction.atomic():
        operation = request_operation(
            kind="update_distribution",
            target=distribution.reference,
            title=f"Let {distribution.name} come to its bucket as {origin_access.aws_id}"[:200],
            actor=actor,
            input={"changes": {"origin_access": origin_access.pk}, "etag": distribution.etag},
        )
        record(
            actor=actor,
            action="associate_origin_access",
            target=distribution.reference,
            label=distribution.name,
            before={"origin_access": distribution.origin_access.aws_id if distribution.origin_access else ""},
            after={"origin_access": origin_access.aws_id},
        )
    return operation
