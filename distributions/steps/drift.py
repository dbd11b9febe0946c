"""Whether AWS still has what is wanted: told by lists, and read in full only where a list shows an ETag nobody knows."""

from __future__ import annotations

import time
from collections.abc import Callable

from django.utils import timezone

from cdnadmin.accounts.models import AwsAccount
from cdnadmin.aws.identity import get_caller_identity
from cdnadmin.errors import AwsError, AwsNotFound, CdnadminError
from cdnadmin.operations.models import Operation
from cdnadmin.operations.outcomes import Again, Next, Outcome, Wait
from cdnadmin.operations.services import record_progress
from distributions.budget import Background, BudgetSpent, in_background
from distributions.models import AccountInventory, Distribution
from distributions.steps.listing import Round
from distributions.steps.outside import is_busy, note_gone, note_outside, without_older
from distributions.steps.writing import read

# Reads are eventually consistent: one that says "not there" is asked once more, this much later.
ASKED_AGAIN_SECONDS = 20.0
PIECE_SECONDS = 20.0
WRITTEN_EVERY = 10
CHANGED, MISSING, DOUBTED = "changed", "missing", "doubted"


@in_background
def list_account(operation: Operation, work: Background) -> Outcome:
    """One round over ListDistributions, n/100 calls; what must be read in full is written down for the next step."""
    rows = Distribution.objects.filter(account=work.account).exclude(aws_id="").exclude(status=Distribution.Status.GONE)
    web = rows.filter(family=Distribution.Family.WEB).values_list("pk", "aws_id", "etag", "drift__etag")
    unlisted = {aws_id: (pk, theirs or ours) for pk, aws_id, ours, theirs in web}
    changed: list[int] = list(operation.data.get(CHANGED, []))
    listing = Round(operation, work)
    known, unknown, lies_in = set(unlisted), set[str](), ""
    try:
        for page in listing:
            other: dict[int, str] = {}
            for summary in page.summaries:
                pk, etag = unlisted.pop(summary.id, (0, ""))
                lies_in = _account_number(summary.arn)
                if not pk:
                    if summary.id not in known:
                        unknown.add(summary.id)
                elif not summary.etag or summary.etag != etag:
                    other[pk] = summary.etag
            changed += without_older(other)
    except (AwsError, BudgetSpent):
        record_progress(operation, data={CHANGED: changed})
        raise
    # Lists of the old streaming distributions carry no ETags; there are few, and each is read.
    changed += rows.filter(family=Distribution.Family.RTMP).values_list("pk", flat=True)
    missing = [pk for pk, _ in unlisted.values()] if listing.is_whole else []
    if missing:
        _require_same_account(work, lies_in, missing[0])
    if listing.is_whole:
        _inventory(work.account, not_imported=len(unknown))
    record_progress(
        operation,
        data={CHANGED: list(dict.fromkeys(changed)), MISSING: missing, DOUBTED: [], "asked_again": False, "unknown": len(unknown)},
    )
    return Next(f"{len(changed)} to be read in full" if changed else "The list shows what is known")


def _account_number(arn: str) -> str:
    return arn.split(":")[4] if arn.count(":") > 4 else ""


def _require_same_account(work: Background, listed: str, pk: int) -> None:
    """Credentials of another AWS account see none of what is known here: that is no reason to call it deleted."""
    own = _account_number(Distribution.objects.values_list("arn", flat=True).get(pk=pk))
    if not listed and not work.account.endpoint_url:
        work.calls.take()
        listed = get_caller_identity(work.connection).account_id
    if own and listed and own != listed:
        raise CdnadminError(
            f"These credentials belong to the AWS account {listed}, and what is known here lies in {own}. "
            "Enter credentials of that account again; the other one can be connected beside it.",
            code="other_account",
        )


@in_background
def read_changed(operation: Operation, work: Background) -> Outcome:
    """Read each that the list shows otherwise than it is known: a bounded while, then in a new delivery."""

    def take(pk: int) -> None:
        row = Distribution.objects.filter(pk=pk).first()
        if row is None:
            return
        work.calls.take()
        try:
            seen = read(work.connection, row)
        except AwsNotFound:
            operation.data[MISSING] = [*operation.data[MISSING], pk]
        else:
            operation.data["found"] = operation.data.get("found", 0) + note_outside(row, seen)

    return Next(_counted(operation)) if _work_off(operation, CHANGED, take) else Again()


@in_background
def confirm_missing(operation: Operation, work: Background) -> Outcome:
    """What is listed no more is gone where two reads, a while apart, say so. With that the check is complete."""

    def doubt(pk: int) -> None:
        if _missing_row(work, pk) is not None:
            operation.data[DOUBTED] = [*operation.data[DOUBTED], pk]

    def bury(pk: int) -> None:
        row = _missing_row(work, pk)
        if row is not None:
            operation.data["gone"] = operation.data.get("gone", 0) + note_gone(row)

    if not operation.data["asked_again"]:
        if not _work_off(operation, MISSING, doubt):
            return Again()
        record_progress(operation, data={"asked_again": True})
        if operation.data[DOUBTED]:
            return Wait(ASKED_AGAIN_SECONDS, note=f"{len(operation.data[DOUBTED])} not there any more; asking once more")
    if not _work_off(operation, DOUBTED, bury):
        return Again()
    _inventory(work.account, checked_at=timezone.now())
    return Next(_counted(operation))


def _missing_row(work: Background, pk: int) -> Distribution | None:
    """The row, where AWS says that it has none such (any more)."""
    row = Distribution.objects.filter(pk=pk).first()
    if row is None or is_busy(row):
        return None
    work.calls.take()
    try:
        read(work.connection, row)
    except AwsNotFound:
        return row
    return None


def _work_off(operation: Operation, name: str, take: Callable[[int], None]) -> bool:
    """Take the keys in data[name] one after another for a bounded while. True once none is left."""
    left: list[int] = list(operation.data[name])
    total = max(operation.total, len(left))

    def write() -> None:
        record_progress(operation, done=total - len(left), total=total, data={name: left})

    end = time.monotonic() + PIECE_SECONDS
    try:
        while left and time.monotonic() < end:
            take(left[0])
            left.pop(0)
            if len(left) % WRITTEN_EVERY == 0:
                write()
    except (AwsError, BudgetSpent):
        write()
        raise
    write()
    return not left


def _counted(operation: Operation) -> str:
    found, gone, unknown = (operation.data.get(name, 0) for name in ("found", "gone", "unknown"))
    said = f"{found} changed outside" if found else "Nothing was changed outside"
    return said + (f", {gone} deleted there" if gone else "") + (f", {unknown} not imported" if unknown else "")


def _inventory(account: AwsAccount, **values: object) -> None:
    AccountInventory.objects.update_or_create(account=account, defaults=values)
