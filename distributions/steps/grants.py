"""The permissions of all of a distribution's files looked through, mended, or taken off everybody: one operation, in pieces.

Its input: `do` ("look", "permit" or "close") and `replace`. For a million files see docs/object-acls.md.
"""

from __future__ import annotations

import time

from cdnadmin.accounts.permissions import Action
from cdnadmin.aws import objects as aws_objects
from cdnadmin.errors import NotReady
from cdnadmin.operations.models import Operation
from cdnadmin.operations.outcomes import Again, Kind, Next, Outcome, Step, registry
from cdnadmin.operations.services import record_progress
from distributions.access.acl_conditions import ACLS_OFF, acls_fail_because
from distributions.access.bucket_truth import look_at_bucket
from distributions.access.object_grants import EVERYBODY, GrantChange
from distributions.grant_passes import COUNTED, KIND
from distributions.grants import needs_everybody, reading_grants
from distributions.models import Distribution
from distributions.privacy.watching import check_after_change
from distributions.steps.object_grants import PIECE_SECONDS, go_through
from distributions.steps.target import connect, load_distribution


def count_files(operation: Operation) -> Outcome:
    """So many files there are: what progress is measured by. Listing is a call for each thousand."""
    distribution = load_distribution(operation)
    connection, bucket = connect(distribution), distribution.own_bucket.name
    end = time.monotonic() + PIECE_SECONDS
    found = {"files": 0, "after": "", "complete": False, **operation.data.get("count", {})}
    while not found["complete"]:
        listed, more = aws_objects.list_object_page(connection, bucket=bucket, prefix=distribution.prefix, after=found["after"])
        found = {
            "files": found["files"] + len(listed),
            "after": listed[-1].key if listed else found["after"],
            "complete": not more,
        }
        record_progress(operation, done=found["files"], note=f"{found['files']:,} files so far", data={"count": found})
        if more and time.monotonic() > end:
            return Again(operation.note)
    return Next(f"{found['files']:,} files")


def go_through_files(operation: Operation) -> Outcome:
    """Each file's ACL read, and written where it is not as it should be. Looked at anew whenever it goes on: whether the
    distribution still opens its files so.
    """
    distribution = load_distribution(operation)
    do, change = operation.input["do"], _change(operation, distribution)
    if do == "close":
        _require_acls_on(distribution)
    record_progress(operation, total=operation.data.get("count", {}).get("files", 0))
    return go_through(operation, distribution, change, name=COUNTED, look_only=do == "look", needs_all=False)


def _change(operation: Operation, distribution: Distribution) -> GrantChange:
    if operation.input["do"] == "close":
        needing = needs_everybody(distribution)
        if needing is not None:
            raise NotReady(f"“{needing}” shows these files by everybody’s permission to read them: change its access model first.")
        return GrantChange(remove=EVERYBODY)
    add = reading_grants(distribution)
    if not add:
        raise NotReady(f"“{distribution.name}” opens its files by the bucket’s policy now: no file needs a permission of its own.")
    return GrantChange(add=add, replace=operation.input["replace"])


def _require_acls_on(distribution: Distribution) -> None:
    """While ACLs are off S3 shows none, and keeps what was granted for the day on which they are turned on again."""
    if acls_fail_because(look_at_bucket(bucket=distribution.own_bucket), public=False):
        raise NotReady(
            f"The bucket {distribution.own_bucket.name} has its ACLs turned off: nothing there is public by one now, and none can "
            "be changed. What was granted before comes back once they are turned on; take it off then.",
            code=ACLS_OFF,
        )


def end_pass(operation: Operation) -> None:
    """However it ended: what was written may have opened or shut files, so it is asked from outside."""
    counted = operation.data.get(COUNTED, {})
    if operation.input["do"] == "look" or not counted.get("mended"):
        return
    distribution = Distribution.objects.filter(public_id=operation.target.partition(":")[2]).first()
    if distribution is not None:
        check_after_change(distribution)


def register() -> None:
    registry.register(
        Kind(
            name=KIND,
            label="Look through files’ permissions",
            steps=(
                Step("count", "Count the files", count_files),
                Step("grants", "Look at each file’s permission", go_through_files),
            ),
            permission=Action.MANAGE_DISTRIBUTIONS,
            on_end=end_pass,
        )
    )
