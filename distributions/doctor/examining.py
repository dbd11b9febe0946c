"""When an account is examined: every day, what was changed soon after, and whenever somebody asks."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from cdnadmin.accounts.models import AwsAccount, User
from cdnadmin.errors import Conflict
from cdnadmin.operations.models import Operation
from cdnadmin.operations.services import request_operation
from distributions.models import Distribution, Examination

EXAMINE, LANE = "examine_account", "doctor"
EVERY = timedelta(days=1)
# After a failure, and between one look at what was changed and the next.
PAUSE = timedelta(minutes=2)
CHANGED_AT_MOST = 500
# What changes what the doctor looks at.
CHANGING = ("create_distribution", "update_distribution", "tidy_access", "mend_bucket_policy", "repair_grants")


def account_target(account: AwsAccount) -> str:
    return f"account:{account.public_id}"


def request_examination(account: AwsAccount, *, actor: User | None = None, only: list[str] | None = None) -> Operation:
    """Ask for a whole one; with `only`, of these distributions (by public id) and their buckets. Raises Conflict."""
    title = f"Examine {account.label}" if only is None else f"Examine what was changed in {account.label}"
    return request_operation(
        kind=EXAMINE,
        target=account_target(account),
        lane=LANE,
        title=title,
        actor=actor,
        input={} if only is None else {"only": only},
    )


def examine_due() -> int:
    """Ask about accounts whose last examination is a day ago, and about what was changed since. How many were asked for."""
    now, asked = timezone.now(), 0
    for account in AwsAccount.objects.filter(Q(distributions__isnull=False) | Q(buckets__isnull=False)).distinct():
        if Operation.objects.filter(target=account_target(account), kind=EXAMINE, created_at__gt=now - PAUSE).exists():
            continue
        examination = Examination.objects.filter(account=account).first()
        is_due = examination is None or examination.began_at is None or examination.began_at < now - EVERY
        only = None if is_due or examination is None else changed_since(account, examination)
        if is_due or only:
            with suppress(Conflict):
                request_examination(account, only=only)
                asked += 1
    return asked


def changed_since(account: AwsAccount, examination: Examination) -> list[str]:
    """Public ids of the distributions that were changed since they were looked at, from here or outside."""
    ended = Operation.objects.filter(kind__in=CHANGING, finished_at__gt=examination.changes_until)
    targets = ended.values_list("target", flat=True).order_by("-finished_at")[:CHANGED_AT_MOST]
    ids = [target.partition(":")[2] for target in targets]
    rows = Distribution.objects.filter(account=account).filter(
        Q(public_id__in=ids) | Q(drift_found_at__gt=examination.changes_until)
    )
    return list(rows.values_list("public_id", flat=True)[:CHANGED_AT_MOST])
