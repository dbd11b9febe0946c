"""Origin accesses as rows: one each, however often CloudFront answers the same."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import ProtectedError, RestrictedError
from django.utils import timezone

from cdnadmin.accounts.models import AwsAccount
from cdnadmin.aws.origin_access import SeenOac, SeenOai
from distributions.models import Distribution, OriginAccess


def called(seen: SeenOac | SeenOai) -> str:
    """What it is called: a control's name, an identity's comment, or its id where that says nothing."""
    return seen.name if isinstance(seen, SeenOac) else seen.comment.strip() or seen.id


def remember_access(*, account: AwsAccount, seen: SeenOac | SeenOai, reference: str = "") -> OriginAccess:
    """The row of one that CloudFront has. `reference`: what it was asked for by, where it was made here."""
    values: dict[str, Any] = {"name": called(seen)[:128], "etag": seen.etag, "reference": reference}
    if isinstance(seen, SeenOac):
        values |= {"type": OriginAccess.Type.OAC, "config": dict(seen.config)}
    else:
        values |= {"type": OriginAccess.Type.OAI, "canonical_user_id": seen.canonical_user_id}
    row, made = OriginAccess.objects.get_or_create(account=account, aws_id=seen.id, defaults=values)
    if not made and reference and not row.reference:
        row.reference = reference
        row.save(update_fields=["reference"])
    return row


def take_over(access: OriginAccess, seen: SeenOac | SeenOai) -> None:
    """Write down what AWS has of it now."""
    access.name, access.etag, access.gone_at = called(seen)[:128], seen.etag, None
    if isinstance(seen, SeenOac):
        access.config = dict(seen.config)
    access.save(update_fields=["name", "etag", "config", "gone_at"])


def forget_access(access: OriginAccess) -> bool:
    """Take away the row of what AWS has no more. Where a distribution needs it, it stays, marked as gone: then False."""
    with transaction.atomic():
        deleted = Distribution.objects.filter(origin_access=access, status=Distribution.Status.GONE)
        deleted.update(origin_access=None)
        # Asked first: the refusal of a deletion reads every row that needs it.
        if not access.distributions.exists():
            try:
                access.delete()
                return True
            except (ProtectedError, RestrictedError):
                pass  # a distribution came to need it in this moment
        if access.gone_at is None:
            access.gone_at = timezone.now()
            access.save(update_fields=["gone_at"])
    return False
