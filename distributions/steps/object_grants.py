"""Going through the ACLs of all of a distribution's files: a page at a time, in pieces, from where it was left."""

from __future__ import annotations

import time
from typing import Any

from cdnadmin.aws import objects as aws_objects
from cdnadmin.errors import AwsError, CdnadminError
from cdnadmin.operations.models import Operation
from cdnadmin.operations.outcomes import Again, Next, Outcome, Wait
from cdnadmin.operations.services import record_progress
from distributions.access.object_grants import GrantChange, change_grants
from distributions.models import Distribution
from distributions.steps.target import connect

PIECE_SECONDS = 20.0
# Keys of files that could not be changed: so many are named, the others are counted.
NAMED = 50
SLOWER_SECONDS = 5.0


def go_through(
    operation: Operation, distribution: Distribution, change: GrantChange, *, name: str, look_only: bool = False
) -> Outcome:
    """Change the ACLs of everything under the distribution's prefix. `name` keeps this pass apart from others of the operation.

    What is counted lies in operation.data[name]: looked, mended, right, gone, left, and the keys with reasons in `named`.
    """
    connection, bucket = connect(distribution), distribution.own_bucket.name
    end = time.monotonic() + PIECE_SECONDS
    while time.monotonic() < end:
        so_far: dict[str, Any] = operation.data.get(name, {})
        if so_far.get("complete"):
            _require_none_left(operation, name, so_far, look_only)
            return Next(summary(so_far, look_only=look_only))
        try:
            listed, more = aws_objects.list_object_page(
                connection, bucket=bucket, prefix=distribution.prefix, after=so_far.get("after", "")
            )
            keys = [each.key for each in listed]
            tally = change_grants(connection, bucket=bucket, keys=keys, change=change, look_only=look_only)
        except AwsError as error:
            if not error.retryable:
                raise
            return Wait(SLOWER_SECONDS, note=f"S3 asks for patience; {summary(so_far, look_only=look_only)}")
        counts = {kind: so_far.get(kind, 0) + getattr(tally, kind) for kind in ("mended", "right", "gone")}
        counts |= {"looked": so_far.get("looked", 0) + len(keys), "left": so_far.get("left", 0) + len(tally.left)}
        named = [*so_far.get("named", []), *tally.left][:NAMED]
        so_far = {**counts, "named": named, "after": keys[-1] if keys else so_far.get("after", ""), "complete": not more}
        record_progress(operation, done=counts["looked"], note=summary(so_far, look_only=look_only), data={name: so_far})
    return Again(operation.note)


def _require_none_left(operation: Operation, name: str, counted: dict[str, Any], look_only: bool) -> None:
    """Raise where files are as they were: what follows would shut them out. Tried again, it goes through all of them again."""
    if look_only or not counted.get("left"):
        return
    key, why = counted["named"][0]
    record_progress(operation, data={name: {}})
    others = counted["left"] - 1
    raise CdnadminError(
        f"The permission of {key} could not be changed{f', nor that of {others:,} more' if others else ''}: {why} Nothing "
        "that viewers need was shut. Mend it, then try again.",
        code="files_left",
    )


def summary(counted: dict[str, Any], *, look_only: bool = False) -> str:
    """As in "12,000 files looked at, 40 mended, 1 left as it is"."""
    looked, mended, left = (counted.get(kind, 0) for kind in ("looked", "mended", "left"))
    said = f"{looked:,} files looked at, {mended:,} {'lack it' if look_only else 'mended'}"
    return said + (f", {left:,} left as they are" if left else "")
