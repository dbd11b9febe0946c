"""Which distribution took the place of a streaming distribution of old, as far as rows say."""

from __future__ import annotations

from django.db.models import Q

from distributions.models import Distribution


def successor_of(old: Distribution) -> Distribution | None:
    """The newest that is, or becomes, its successor; one that CloudFront never made or has no more is none."""
    if not old.aws_id or old.family != Distribution.Family.RTMP:
        return None
    found = Distribution.objects.filter(account_id=old.account_id, succeeds=old.aws_id)
    never_made = Q(status=Distribution.Status.FAILED, aws_id="")
    return found.exclude(never_made).exclude(status=Distribution.Status.GONE).order_by("-pk").first()


def predecessor_of(distribution: Distribution) -> Distribution | None:
    """The row of the one whose place it takes, while there is one."""
    if not distribution.succeeds:
        return None
    return Distribution.objects.filter(account_id=distribution.account_id, aws_id=distribution.succeeds).first()
