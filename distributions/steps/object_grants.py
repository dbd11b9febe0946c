"""Going through the ACLs of all of a distribution's files: a page at a time, in pieces, from where it was left."""

from __future__ import annotations

import time
from collections.abc import Generator
from contextlib import closing
from dataclasses import asdict, dataclass, field
from typing import Any

from cdnadmin.aws import objects as aws_objects
from cdnadmin.errors import AwsError, CdnadminError, NotReady
from cdnadmin.operations.models import Operation
from cdnadmin.operations.outcomes import Again, Next, Outcome, Wait
from cdnadmin.operations.services import record_progress
from distributions.access.acl_conditions import require_acls
from distributions.access.object_grants import AT_ONCE, EVERYBODY, GONE, MENDED, RIGHT, GrantChange, each_changed, was_denied
from distributions.budget import THROTTLING
from distributions.grants import why_refused
from distributions.models import Distribution
from distributions.steps.target import connect

PIECE_SECONDS = 20.0
# The position is written down after so many files for each that is looked at at a time: what a killed worker did since is
# only read again.
WRITTEN_EVERY = 24
# Keys of files that could not be changed: so many are named, the others are counted.
NAMED = 50
# S3 asks for patience with 503 under several names; what comes here botocore has asked three times already.
# Source: Amazon S3 User Guide, "Best practices design patterns: optimizing Amazon S3 performance".
PATIENCE = THROTTLING | {"ServiceUnavailable", "503", "TooManyRequestsException"}
LONGEST_SECONDS = 30.0


@dataclass
class Pass:
    """How far one pass over the files is; kept in operation.data under its name, where it takes no more room for more files.

    `named`: [key, why] of the first that were left. `at_once`: requests at a time, fewer while S3 throttles. `waits`: in a row.
    """

    looked: int = 0
    mended: int = 0
    right: int = 0
    gone: int = 0
    left: int = 0
    named: list[list[str]] = field(default_factory=list)
    after: str = ""
    complete: bool = False
    at_once: int = AT_ONCE
    waits: int = 0

    def note(self, key: str, outcome: str) -> None:
        self.looked, self.after, self.waits = self.looked + 1, key, 0
        if outcome in {RIGHT, MENDED, GONE}:
            setattr(self, outcome, getattr(self, outcome) + 1)
            return
        self.left += 1
        if len(self.named) < NAMED:
            self.named.append([key, outcome])


def go_through(
    operation: Operation,
    distribution: Distribution,
    change: GrantChange,
    *,
    name: str,
    look_only: bool = False,
    needs_all: bool = True,
) -> Outcome:
    """Change the ACLs of everything under the distribution's prefix. `name` keeps this pass apart from others of the operation.

    What is counted lies in operation.data[name] as a `Pass`. Raises NotReady where the bucket lets no ACLs work, AwsError;
    both say what was done before, and the pass goes on from there. `needs_all`: what follows would shut out the files that
    are left as they are; CdnadminError ("files_left") then.
    """
    so_far = Pass(**operation.data.get(name, {}))
    try:
        if change.add and not so_far.complete:
            require_acls(distribution.own_bucket, public=_opens(change))
        with closing(_pieces(distribution, change, so_far, look_only=look_only)) as pieces:
            for _ in pieces:
                _write_down(operation, so_far, name, look_only=look_only)
    except (AwsError, NotReady) as error:
        _write_down(operation, so_far, name, look_only=look_only)
        return _after_trouble(operation, distribution, change, so_far, error, name=name, look_only=look_only)
    if so_far.complete and so_far.left and needs_all:
        _start_again(operation, so_far, name)
    return Next(operation.note) if so_far.complete else Again(operation.note)


def _start_again(operation: Operation, so_far: Pass, name: str) -> None:
    """Raise, since files are as they were. Tried again, it goes through all of them again."""
    key, why = so_far.named[0]
    record_progress(operation, data={name: {}})
    others = so_far.left - 1
    raise CdnadminError(
        f"The permission of {key} could not be changed{f', nor that of {others:,} more' if others else ''}: {why} Nothing "
        "that viewers need was shut. Mend it, then try again.",
        code="files_left",
    )


def _write_down(operation: Operation, so_far: Pass, name: str, *, look_only: bool) -> None:
    said = summary(asdict(so_far), look_only=look_only)
    record_progress(operation, done=so_far.looked, note=said, data={name: asdict(so_far)})


def _opens(change: GrantChange) -> bool:
    return any(grant.grantee in EVERYBODY for grant in change.add)


def _pieces(distribution: Distribution, change: GrantChange, so_far: Pass, *, look_only: bool) -> Generator[None]:
    """Go on for PIECE_SECONDS; hands over whenever `so_far` is to be written down."""
    connection, bucket = connect(distribution), distribution.own_bucket.name
    end, asked_why = time.monotonic() + PIECE_SECONDS, False
    while not so_far.complete:
        listed, more = aws_objects.list_object_page(connection, bucket=bucket, prefix=distribution.prefix, after=so_far.after)
        waiting = [each.key for each in listed]
        while waiting:
            at_once = so_far.at_once
            keys, waiting = waiting[: at_once * WRITTEN_EVERY], waiting[at_once * WRITTEN_EVERY :]
            changes = each_changed(connection, bucket=bucket, keys=keys, change=change, look_only=look_only, at_once=at_once)
            with closing(changes):
                for key, outcome in changes:
                    if was_denied(outcome) and _opens(change) and not asked_why:
                        # Perhaps not this file's alone: somebody may have shut the bucket to the public meanwhile.
                        require_acls(distribution.own_bucket, public=True)
                        asked_why = True
                    so_far.note(key, outcome)
            so_far.at_once = min(AT_ONCE, at_once + 1)
            yield
            if time.monotonic() > end:
                return
        so_far.complete = not more
    yield


def _after_trouble(
    operation: Operation,
    distribution: Distribution,
    change: GrantChange,
    so_far: Pass,
    error: AwsError | NotReady,
    *,
    name: str,
    look_only: bool,
) -> Wait:
    """Throttled: fewer at a time from now on, and never failed. Else raised again, with what was done before."""
    if error.code in PATIENCE:
        so_far.at_once, so_far.waits = max(1, so_far.at_once // 2), so_far.waits + 1
        _write_down(operation, so_far, name, look_only=look_only)
        return Wait(min(LONGEST_SECONDS, 2.0 ** min(so_far.waits - 1, 5)), note=f"S3 asks for patience; {operation.note}")
    if isinstance(error, AwsError) and (error.retryable or error.is_mendable):
        raise error
    done = f" Before that: {operation.note}." if so_far.looked else ""
    if isinstance(error, NotReady):
        raise NotReady(f"{error.message}{done}", code=error.code) from error
    because = why_refused(distribution, error, public=_opens(change)) or error.message
    raise AwsError(f"{because}{done}", code=error.code, request_id=error.request_id, detail=error.detail) from error


def summary(counted: dict[str, Any], *, look_only: bool = False) -> str:
    """As in "12,000 files looked at, 40 mended, 1 left as it is"."""
    looked, mended, left = (counted.get(kind, 0) for kind in ("looked", "mended", "left"))
    said = f"{looked:,} files looked at, {mended:,} {'lack it' if look_only else 'mended'}"
    return said + (f", {left:,} left as they are" if left else "")
