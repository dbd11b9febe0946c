"""Origin access identities as rows: one each, however often CloudFront answers the same."""

from __future__ import annotations

from cdnadmin.accounts.models import AwsAccount
from cdnadmin.aws.origin_access import SeenOai
from distributions.models import OriginAccess


def remember_identity(*, account: AwsAccount, seen: SeenOai, name: str) -> OriginAccess:
    """The row of an identity that CloudFront has."""
    values = {
        "type": OriginAccess.Type.OAI,
        "name": name,
        "canonical_user_id": seen.canonical_user_id,
        "etag": seen.etag,
    }
    row, _ = OriginAccess.objects.get_or_create(account=account, aws_id=seen.id, defaults=values)
    return row
