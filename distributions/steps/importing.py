"""All that an account has at CloudFront, brought in: keys and accesses first, then distributions, a page at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.utils import timezone

from cdnadmin.aws import distributions as aws_distributions
from cdnadmin.aws import keys as aws_keys
from cdnadmin.aws import origin_access as aws_access
from cdnadmin.aws import policies as aws_policies
from cdnadmin.aws import streaming as aws_streaming
from cdnadmin.errors import AwsDenied, AwsError, AwsNotFound
from cdnadmin.operations.models import Operation
from cdnadmin.operations.outcomes import Again, Next, Outcome
from cdnadmin.operations.services import record_progress
from distributions.budget import THROTTLING, Background, BudgetSpent, in_background
from distributions.importing import import_distribution, import_key_group, import_origin_access, import_public_key
from distributions.models import AccountInventory, Distribution
from distributions.names import counted
from distributions.steps.listing import Round, page_after
from distributions.watching import start_watching

WRITTEN_EVERY = 10


@in_background
def import_accesses(operation: Operation, work: Background) -> Outcome:
    """Origin access controls and identities, public keys, key groups; and what policies are called."""
    connection = work.connection
    found = {
        "origin access controls": _each(work, aws_access.iterate_origin_access_controls(connection), import_origin_access),
        "origin access identities": _each(work, aws_access.iterate_origin_access_identities(connection), import_origin_access),
        "public keys": _each(work, aws_keys.iterate_public_keys(connection), import_public_key),
        "key groups": _each(work, aws_keys.iterate_key_groups(connection), import_key_group),
    }
    inventory, _ = AccountInventory.objects.get_or_create(account=work.account)
    inventory.names = {**inventory.names, **_names_of_policies(work)}
    inventory.found = {**inventory.found, **found}
    inventory.save(update_fields=["names", "found"])
    return Next(", ".join(counted(found)))


def _each(work: Background, seen: Iterable[Any], take: Callable[[Any, Any], object]) -> int:
    count = 0
    for each in work.calls.paged(seen):
        take(work.account, each)
        count += 1
    return count


def _names_of_policies(work: Background) -> dict[str, str]:
    """Names are a convenience: an account whose credentials may not list policies is imported all the same."""
    names: dict[str, str] = {}
    for listing in (
        aws_policies.list_cache_policies,
        aws_policies.list_origin_request_policies,
        aws_policies.list_response_headers_policies,
    ):
        work.calls.take()
        try:
            names |= {policy.id: policy.name for policy in listing(work.connection)}
        except AwsError as error:
            if _passes(error):
                raise
    return names


def _passes(error: AwsError) -> bool:
    return error.is_mendable or error.retryable or error.code in THROTTLING


@in_background
def count_distributions(operation: Operation, work: Background) -> Outcome:
    """How many there are, so that a person sees how far it is: n/100 calls, and none is read."""
    counted = operation.data.get("counted", 0)
    listing = Round(operation, work)
    whole = listing.is_whole
    try:
        for page in listing:
            if listing.is_whole and not whole:
                # It had to begin again.
                counted, whole = 0, True
            counted += len(page.summaries)
    except (AwsError, BudgetSpent):
        record_progress(operation, data={"counted": counted})
        raise
    record_progress(operation, data={"counted": counted})
    return Next(f"{counted} distributions at CloudFront")


@in_background
def import_distributions(operation: Operation, work: Background) -> Outcome:
    """One page of a hundred; each one that is new is read in full once. Where it was killed it goes on."""
    page = page_after(work, operation.data.get("marker", ""))
    if page is None:
        # The one that the marker names was deleted meanwhile. From the beginning: what is here is not read again.
        record_progress(operation, data={"marker": "", "listed": 0})
        return Again()
    ids = [each.id for each in page.summaries]
    known = set(Distribution.objects.filter(account=work.account, aws_id__in=ids).values_list("aws_id", flat=True))
    before, new = operation.data.get("listed", 0), operation.data.get("new", 0)
    looked_at = 0

    def write(**data: object) -> None:
        done = before + looked_at
        total = max(operation.data.get("counted", 0), done)
        note = f"{done} of {total} distributions looked at, {new} new"
        record_progress(operation, done=done, total=total, note=note, data={"new": new, **data})

    try:
        for id in ids:
            if id not in known:
                new += _import_one(work, id)
            looked_at += 1
            if looked_at % WRITTEN_EVERY == 0 and id not in known:
                write()
    except (AwsError, BudgetSpent):
        write()
        raise
    write(marker=page.next_marker, listed=before + looked_at)
    return Again(operation.note) if page.next_marker else Next(operation.note)


def _import_one(work: Background, id: str) -> int:
    work.calls.take(2)
    try:
        seen = aws_distributions.get_distribution(work.connection, id=id)
        tags = _tags(work, seen.arn)
    except AwsNotFound:
        return 0  # deleted while we looked
    row = import_distribution(work.account, seen, family=Distribution.Family.WEB, tags=tags)
    if row.status == Distribution.Status.IN_PROGRESS:
        start_watching(work.account)
    return 1


def _tags(work: Background, arn: str) -> dict[str, str]:
    """None where they may not be listed: that says nothing against the distribution itself."""
    try:
        return aws_distributions.get_tags(work.connection, arn=arn)
    except AwsDenied as error:
        if _passes(error):
            raise
        return {}


@in_background
def import_streaming(operation: Operation, work: Background) -> Outcome:
    """Legacy streaming distributions, where an old account still lists some; then it is done."""
    count = 0
    try:
        for id, _, _ in work.calls.paged(aws_streaming.iterate_streaming_distributions(work.connection)):
            count += 1
            if not Distribution.objects.filter(account=work.account, aws_id=id).exists():
                work.calls.take()
                seen = aws_streaming.get_streaming_distribution(work.connection, id=id)
                row = import_distribution(work.account, seen, family=Distribution.Family.RTMP, tags={})
                if row.status == Distribution.Status.IN_PROGRESS:
                    start_watching(work.account)
    except AwsError as error:
        # AWS shut it down in 2020, and may one day answer nothing at all.
        if _passes(error):
            raise
    listed, new = operation.data.get("listed", 0), operation.data.get("new", 0)
    inventory, _ = AccountInventory.objects.get_or_create(account=work.account)
    inventory.found = {**inventory.found, "distributions": listed, "streaming distributions": count}
    inventory.imported_at = timezone.now()
    inventory.save(update_fields=["found", "imported_at"])
    said = f"{new} new distributions, {count} of the old streaming kind"
    found = operation.data.get("found", 0)
    return Next(f"{said}; {found} known before were changed outside" if found else said)
