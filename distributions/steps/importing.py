"""All that an account has at CloudFront, brought in: keys and accesses first, then distributions, a page at a time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any

from django.utils import timezone

from cdnadmin.accounts.models import AwsAccount
from cdnadmin.accounts.services.credentials import connection_for
from cdnadmin.aws import access as aws_access
from cdnadmin.aws import distributions as aws_distributions
from cdnadmin.aws import keys as aws_keys
from cdnadmin.aws import policies as aws_policies
from cdnadmin.aws import streaming as aws_streaming
from cdnadmin.aws.session import Connection
from cdnadmin.errors import AwsError, AwsNotFound
from cdnadmin.operations.models import Operation
from cdnadmin.operations.outcomes import Again, Next, Outcome
from cdnadmin.operations.services import record_progress
from distributions.importing import import_distribution, import_key_group, import_origin_access, import_public_key
from distributions.models import AccountInventory, Distribution
from distributions.watching import start_watching

WRITTEN_EVERY = 10


def load_account(operation: Operation) -> AwsAccount:
    return AwsAccount.objects.get(public_id=operation.target.partition(":")[2])


def import_accesses(operation: Operation) -> Outcome:
    """Origin access controls and identities, public keys, key groups; and what policies are called."""
    account = load_account(operation)
    connection = connection_for(account)
    found = {
        "origin access controls": _each(account, aws_access.iterate_origin_access_controls(connection), import_origin_access),
        "origin access identities": _each(account, aws_access.iterate_origin_access_identities(connection), import_origin_access),
        "public keys": _each(account, aws_keys.iterate_public_keys(connection), import_public_key),
        "key groups": _each(account, aws_keys.iterate_key_groups(connection), import_key_group),
    }
    inventory, _ = AccountInventory.objects.get_or_create(account=account)
    inventory.names = {**inventory.names, **_names_of_policies(connection)}
    inventory.found = {**inventory.found, **found}
    inventory.save(update_fields=["names", "found"])
    return Next(", ".join(f"{count} {what}" for what, count in found.items()))


def _each(account: AwsAccount, seen: Iterable[Any], take: Callable[[AwsAccount, Any], object]) -> int:
    count = 0
    for each in seen:
        take(account, each)
        count += 1
    return count


def _names_of_policies(connection: Connection) -> dict[str, str]:
    """Names are a convenience: an account whose credentials may not list policies is imported all the same."""
    names: dict[str, str] = {}
    for listing in (
        aws_policies.list_cache_policies,
        aws_policies.list_origin_request_policies,
        aws_policies.list_response_headers_policies,
    ):
        try:
            names |= {policy.id: policy.name for policy in listing(connection)}
        except AwsError as error:
            if error.is_mendable or error.retryable:
                raise
    return names


def import_distributions(operation: Operation) -> Outcome:
    """One page of a hundred; each one that is new is read in full once. Where it was killed it goes on."""
    account = load_account(operation)
    connection = connection_for(account)
    page = aws_distributions.list_distributions_page(connection, marker=operation.data.get("marker", ""))
    known = set(
        Distribution.objects.filter(account=account, aws_id__in=[each.id for each in page.summaries]).values_list(
            "aws_id", flat=True
        )
    )
    seen_before, new = operation.data.get("listed", 0), operation.data.get("new", 0)
    began = time.monotonic()
    for number, summary in enumerate(page.summaries, start=1):
        if summary.id not in known and _import_one(account, connection, summary.id):
            new += 1
        if number % WRITTEN_EVERY == 0 or time.monotonic() - began > 2:
            began = time.monotonic()
            record_progress(
                operation, done=seen_before + number, note=f"{seen_before + number} looked at, {new} new", data={"new": new}
            )
    listed = seen_before + len(page.summaries)
    note = f"{listed} distributions looked at, {new} new"
    record_progress(operation, done=listed, note=note, data={"marker": page.next_marker, "listed": listed, "new": new})
    return Again(note) if page.next_marker else Next(note)


def _import_one(account: AwsAccount, connection: Connection, id: str) -> bool:
    try:
        seen = aws_distributions.get_distribution(connection, id=id)
        tags = aws_distributions.get_tags(connection, arn=seen.arn)
    except AwsNotFound:
        return False  # deleted while we looked
    row = import_distribution(account, seen, family=Distribution.Family.WEB, tags=tags)
    if row.status == Distribution.Status.IN_PROGRESS:
        start_watching(account)
    return True


def import_streaming(operation: Operation) -> Outcome:
    """Legacy streaming distributions, where an old account still lists some; then it is done."""
    account = load_account(operation)
    connection = connection_for(account)
    count = 0
    try:
        for id, _, _ in aws_streaming.iterate_streaming_distributions(connection):
            count += 1
            if not Distribution.objects.filter(account=account, aws_id=id).exists():
                seen = aws_streaming.get_streaming_distribution(connection, id=id)
                import_distribution(account, seen, family=Distribution.Family.RTMP, tags={})
    except AwsError as error:
        # AWS shut it down in 2020, and may one day answer nothing at all.
        if error.is_mendable or error.retryable:
            raise
    inventory = AccountInventory.objects.get(account=account)
    inventory.found = {**inventory.found, "distributions": operation.data.get("listed", 0), "streaming distributions": count}
    inventory.imported_at, inventory.not_imported = timezone.now(), 0
    inventory.save(update_fields=["found", "imported_at", "not_imported"])
    return Next(f"{operation.data.get('new', 0)} new distributions, {count} of the old streaming kind")
