"""One look-out per account for everything that is on its way to the edges."""

from __future__ import annotations

from django.db import transaction

from cdnadmin.accounts.models import AwsAccount
from cdnadmin.errors import Conflict
from cdnadmin.operations.models import Operation
from cdnadmin.operations.services import request_operation

KIND = "watch_propagation"
LANE = "propagation"


def watch_target(account: AwsAccount) -> str:
    return f"account:{account.public_id}"


def start_watching(account: AwsAccount) -> None:
    """Ask for the account's look-out unless it is there. Call it in the transaction of the change, and again
    while waiting: the one that was there may have been about to end.
    """
    target = watch_target(account)
    if Operation.objects.filter(target=target, lane=LANE, state__in=Operation.ACTIVE).exists():
        return
    try:
        with transaction.atomic():
            request_operation(kind=KIND, target=target, lane=LANE, title=f"Watch what reaches the edges of {account.label}")
    except Conflict:
        return  # another worker asked for it in the same moment
