"""Bringing in what an account has, and looking whether it still is what is wanted."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from cdnadmin.accounts.audit import record
from cdnadmin.accounts.models import AwsAccount, User
from cdnadmin.accounts.permissions import Action, require
from cdnadmin.errors import Conflict
from cdnadmin.operations.models import Operation
from cdnadmin.operations.services import request_operation

IMPORT_LANE, DRIFT_LANE = "import", "drift"
CHECKED_EVERY = timedelta(minutes=10)


def account_target(account: AwsAccount) -> str:
    return f"account:{account.public_id}"


def import_account(*, actor: User | None, account: AwsAccount) -> Operation:
    """Ask for all distributions, accesses, keys and key groups of the account to be brought in. Nothing changes at AWS.

    Raises Conflict while one is under way, NotAllowed.
    """
    if actor is not None:
        require(actor, Action.MANAGE_DISTRIBUTIONS)
    with transaction.atomic():
        operation = request_operation(
            kind="import_account",
            target=account_target(account),
            lane=IMPORT_LANE,
            title=f"Import what {account.label} has at CloudFront",
            actor=actor,
        )
        record(actor=actor, action="import_account", target=f"aws account:{account.public_id}", label=account.label)
    return operation


def check_account(*, actor: User | None, account: AwsAccount) -> Operation:
    """Ask for a look at what was changed outside. Raises Conflict while one is under way, NotAllowed."""
    if actor is not None:
        require(actor, Action.MANAGE_DISTRIBUTIONS)
    return request_operation(
        kind="check_drift",
        target=account_target(account),
        lane=DRIFT_LANE,
        title=f"Look what was changed outside in {account.label}",
        actor=actor,
    )


def look_after_accounts() -> int:
    """Import accounts that answered and were never imported; check those whose last check is long ago. How many were asked."""
    asked = 0
    before = timezone.now() - CHECKED_EVERY
    for account in AwsAccount.objects.filter(Q(inventory=None) | Q(inventory__imported_at=None), test_result__ok=True):
        if not _asked_lately(account, "import_account", before):
            with suppress(Conflict):
                import_account(actor=None, account=account)
                asked += 1
    due = AwsAccount.objects.filter(
        Q(inventory__checked_at=None) | Q(inventory__checked_at__lt=before), distributions__isnull=False
    )
    for account in due.distinct():
        if not _asked_lately(account, "check_drift", before):
            with suppress(Conflict):
                check_account(actor=None, account=account)
                asked += 1
    return asked


def _asked_lately(account: AwsAccount, kind: str, before: object) -> bool:
    """One that failed is not asked again at once."""
    return Operation.objects.filter(target=account_target(account), kind=kind, created_at__gte=before).exists()
