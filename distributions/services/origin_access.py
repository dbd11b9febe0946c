"""Origin access controls and identities as things of their own: made, renamed, deleted."""

from __future__ import annotations

import hashlib
import json

from django.db import transaction

from cdnadmin.accounts.audit import record
from cdnadmin.accounts.models import AwsAccount, User
from cdnadmin.accounts.permissions import Action, require
from cdnadmin.accounts.services.credentials import connection_for
from cdnadmin.aws import bucket_policies
from cdnadmin.aws import origin_access as aws_access
from cdnadmin.aws.origin_access import SeenOac, SeenOai
from cdnadmin.errors import AwsConflict, AwsError, AwsNotFound, Conflict, InvalidInput
from cdnadmin.text import without_controls
from distributions.access.uses import buckets_naming, changing_now, distributions_naming, names_identity
from distributions.identities import called, forget_access, remember_access, take_over
from distributions.models import OriginAccess

# CloudFront API Reference, "OriginAccessControlConfig" and "CloudFrontOriginAccessIdentityConfig" (its comment).
NAME_LENGTHS = {OriginAccess.Type.OAC: 64, OriginAccess.Type.OAI: 128}
# CloudFormation's schema of AWS::CloudFront::OriginAccessControl has no limit; the console takes so many.
DESCRIPTION_LENGTH = 256
# A reference that CloudFront knows from one that was renamed since is followed by the next.
_REFERENCES = 20
_NAMED = 5
_WORDS = {OriginAccess.Type.OAC: "control", OriginAccess.Type.OAI: "identity"}


def create_origin_access_control(*, actor: User, account: AwsAccount, name: str, description: str = "") -> OriginAccess:
    """Create a control that signs every request to an S3 origin. One of this name that is just the same is taken for
    ours, whose answer was lost. Raises InvalidInput (fields "name", "description"), AwsError.
    """
    require(actor, Action.MANAGE_DISTRIBUTIONS)
    name = _checked_name(account, OriginAccess.Type.OAC, name)
    description = _checked_description(description)
    try:
        seen = aws_access.create_origin_access_control(connection_for(account), name=name, description=description)
    except AwsConflict as error:
        raise InvalidInput(error.message, field="name", code=error.code) from error
    return _created(actor, account, seen, reference=name)


def create_origin_access_identity(*, actor: User, account: AwsAccount, name: str) -> OriginAccess:
    """Create an identity. Its caller reference is made of account and name, so that asking again after a lost answer
    makes no second one. Raises InvalidInput (field "name"), AwsError.
    """
    require(actor, Action.MANAGE_DISTRIBUTIONS)
    name = _checked_name(account, OriginAccess.Type.OAI, name)
    connection = connection_for(account)
    for number in range(1, _REFERENCES + 1):
        reference = _reference(account, name, number)
        if OriginAccess.objects.filter(account=account, reference=reference).exists():
            continue  # of one that was renamed: CloudFront would answer that one
        try:
            seen = aws_access.create_origin_access_identity(connection, caller_reference=reference, comment=name)
        except AwsConflict as error:
            if error.code == "CloudFrontOriginAccessIdentityAlreadyExists" and number < _REFERENCES:
                continue
            raise
        return _created(actor, account, seen, reference=reference)
    raise InvalidInput("Too many identities had this name before. Choose another one.", field="name")


def _reference(account: AwsAccount, name: str, number: int) -> str:
    """Short and of ASCII, whatever the name is: CloudFront takes fewer than 128 bytes."""
    digest = hashlib.sha256(name.encode()).hexdigest()[:32]
    return f"cdnadmin-{account.public_id}-{digest}" + (f"-{number}" if number > 1 else "")


def _created(actor: User, account: AwsAccount, seen: SeenOac | SeenOai, *, reference: str) -> OriginAccess:
    with transaction.atomic():
        access = remember_access(account=account, seen=seen, reference=reference)
        action = "create_origin_access_identity" if access.is_identity else "create_origin_access_control"
        record(actor=actor, action=action, target=access.target, label=access.name, after=_shown(access))
    return access


def rename_origin_access(*, actor: User, origin_access: OriginAccess, name: str, description: str | None = None) -> OriginAccess:
    """Give it another name at AWS; a control another description too (None: it stays). How it signs stays as it is.

    Raises InvalidInput (fields "name", "description"), Conflict where it was changed or deleted outside (its row then
    says what AWS has), AwsError.
    """
    require(actor, Action.MANAGE_DISTRIBUTIONS)
    access = origin_access
    name = _checked_name(access.account, access.type, name, but=access)
    seen = _read(access)
    before = _shown(access)
    if isinstance(seen, SeenOac):
        now = str(seen.config.get("Description", ""))
        description = now if description is None else _checked_description(description)
        if (called(seen), now) == (name, description):
            pass  # our own change, whose answer was lost
        else:
            _require_as_known(access, seen)
            seen = _write_control(access, seen, name, description)
    elif called(seen) != name:
        _require_as_known(access, seen)
        seen = aws_access.update_origin_access_identity(
            connection_for(access.account), id=access.aws_id, comment=name, etag=seen.etag
        )
    with transaction.atomic():
        take_over(access, seen)
        if _shown(access) != before:
            record(
                actor=actor,
                action="rename_origin_access",
                target=access.target,
                label=access.name,
                before=before,
                after=_shown(access),
            )
    return access


def _write_control(access: OriginAccess, seen: SeenOac, name: str, description: str) -> SeenOac:
    try:
        return aws_access.update_origin_access_control(
            connection_for(access.account), seen=seen, name=name, description=description
        )
    except AwsConflict as error:
        if error.code != "OriginAccessControlAlreadyExists":
            raise
        raise InvalidInput(error.message, field="name", code=error.code) from error


def delete_origin_access(*, actor: User, origin_access: OriginAccess) -> None:
    """Delete it at AWS, and its row; one that AWS has no more is success.

    Raises Conflict where a distribution here, or the policy of a bucket that was looked at, names it, or where it was
    renamed outside; AwsConflict where something else at AWS uses it; AwsError.
    """
    require(actor, Action.MANAGE_DISTRIBUTIONS)
    access = origin_access
    _require_unused(access)
    connection = connection_for(access.account)
    try:
        seen = _see(access)
        _require_as_known(access, seen)
        if access.is_identity:
            aws_access.delete_origin_access_identity(connection, id=access.aws_id, etag=seen.etag)
        else:
            aws_access.delete_origin_access_control(connection, id=access.aws_id, etag=seen.etag)
    except AwsNotFound:
        pass  # deleted outside: what was asked for is so
    with transaction.atomic():
        record(actor=actor, action="delete_origin_access", target=access.target, label=access.name, before=_shown(access))
        forget_access(access)


def _require_unused(access: OriginAccess) -> None:
    found = distributions_naming(access.account_id, [access.aws_id]).order_by("name")
    users = list(found.values_list("name", flat=True)[: _NAMED + 1])
    if users:
        raise Conflict(f"{_listed(users)} it. Give what uses it another access, or delete it, first.", code="in_use")
    moving = changing_now(access)
    if moving:
        raise Conflict(
            f"{_joined([f'“{name}”' for name in moving])} is on its way from it, or to it. Wait until every edge has moved.",
            code="in_use",
        )
    buckets = [each.bucket.name for each in buckets_naming(access) if each.by_policy and _still_names(access, each.bucket.name)]
    if buckets:
        raise Conflict(
            f"The policy of {_joined(buckets)} names it. Take its statement out there first: S3 takes no change of a "
            "policy that names an identity which is gone.",
            code="in_policy",
        )


def _still_names(access: OriginAccess, bucket: str) -> bool:
    """What was seen may be of long ago. Where S3 does not let it be read again, what was seen counts."""
    try:
        policy = bucket_policies.get_bucket_policy(connection_for(access.account), bucket=bucket)
    except AwsNotFound:
        return False
    except AwsError:
        return True
    return names_identity(access, json.dumps(policy))


def _listed(names: list[str]) -> str:
    return f"{_joined([f'“{name}”' for name in names])} still {'uses' if len(names) == 1 else 'use'}"


def _joined(names: list[str]) -> str:
    """The first few, and that there are more."""
    if len(names) > _NAMED:
        return f"{', '.join(names[:_NAMED])} and others"
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def _see(access: OriginAccess) -> SeenOac | SeenOai:
    connection = connection_for(access.account)
    if access.is_identity:
        return aws_access.get_origin_access_identity(connection, id=access.aws_id)
    return aws_access.get_origin_access_control(connection, id=access.aws_id)


def _read(access: OriginAccess) -> SeenOac | SeenOai:
    """As `_see`; one that AWS has no more is marked so. Raises Conflict then."""
    try:
        return _see(access)
    except AwsNotFound as error:
        name = access.name
        left = "" if forget_access(access) else " Distributions here still name it, so it stays in the list as deleted."
        raise Conflict(f"“{name}” was deleted at AWS: there is nothing to rename.{left}", code="deleted_outside") from error


def _require_as_known(access: OriginAccess, seen: SeenOac | SeenOai) -> None:
    """Raise Conflict where it is not what the person saw. Its row then says what AWS has, for who looks again."""
    known, now = access.name, called(seen)
    described = isinstance(seen, SeenOac) and access.config and access.description != seen.config.get("Description", "")
    if known == now[:128] and not described:
        return
    take_over(access, seen)
    if known != now[:128]:
        raise Conflict(
            f"Somebody renamed it outside cdnadmin: “{known}” is called “{now}” now. Look at it again first.",
            code="renamed_outside",
        )
    raise Conflict("Somebody changed its description outside cdnadmin. Look at it again first.", code="renamed_outside")


def _checked_name(account: AwsAccount, type: str, name: str, *, but: OriginAccess | None = None) -> str:
    name = without_controls(name).strip()
    most, kind = NAME_LENGTHS[OriginAccess.Type(type)], OriginAccess.Type(type)
    if not name or len(name) > most:
        raise InvalidInput(f"The name of {'an' if kind == 'oai' else 'a'} {_WORDS[kind]} has 1 to {most} characters.", field="name")
    others = OriginAccess.objects.filter(account=account, type=type, name=name, gone_at=None)
    if any(other != but for other in others):
        raise InvalidInput(f"This account has {'an' if kind == 'oai' else 'a'} {_WORDS[kind]} of this name already.", field="name")
    return name


def _checked_description(description: str) -> str:
    description = without_controls(description).strip()
    if len(description) > DESCRIPTION_LENGTH:
        raise InvalidInput(f"A description has {DESCRIPTION_LENGTH} characters at most.", field="description")
    return description


def _shown(access: OriginAccess) -> dict[str, object]:
    """What the audit trail shows of it."""
    shown: dict[str, object] = {"name": access.name, "id": access.aws_id, "kind": access.get_type_display()}
    return shown | ({"description": access.description} if access.description else {})
