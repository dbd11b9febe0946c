"""The bucket's side: one statement a distribution, for its own prefix, among whatever else the policy says."""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from cdnadmin.accounts.models import Bucket
from cdnadmin.accounts.services.credentials import connection_for
from cdnadmin.aws import bucket_policies
from cdnadmin.aws.bucket_policies import Policy
from cdnadmin.aws.session import Connection
from cdnadmin.errors import CdnadminError, NotReady
from cdnadmin.operations.models import Operation
from cdnadmin.operations.outcomes import Next, Outcome, Wait
from distributions import wanted
from distributions.access.policies import changed_policy, policy_bytes, statements_of
from distributions.access.switching import superfluous
from distributions.models import BucketPolicyLease, Distribution
from distributions.steps.target import load_distribution

# Longer than any step may run (Celery's time limit): what ends a killed holder's turn is its operation's lease.
LONGEST_TURN = timedelta(minutes=10)
ROUNDS = 4


def permit_distribution(operation: Operation) -> Outcome:
    """Let CloudFront read this distribution's prefix."""
    return apply_statements(operation, load_distribution(operation))


def apply_statements(operation: Operation, distribution: Distribution, *, remove: tuple[str, ...] = ()) -> Outcome:
    """Put the distribution's statement into its bucket's policy and take the statements with the Sids `remove` out."""
    statement = wanted.policy_statement(distribution)
    if statement is None and not remove:
        return Next("Object by object: the bucket's policy stays as it is")
    waiting = write_statements(operation, distribution.own_bucket, put=[statement] if statement else [], remove=remove)
    return waiting or Next(f"Bucket policy allows {distribution.origin_path or '/'}/*")


def write_statements(
    operation: Operation, bucket: Bucket, *, put: Sequence[dict[str, Any]] = (), remove: Collection[str] = ()
) -> Wait | None:
    """Merge `put` into the bucket's policy by their Sids and take the Sids `remove` out; Wait where it is not our turn."""
    return change_policy(operation, bucket, lambda policy: changed_policy(policy, put=put, remove=remove))


def settle_statements(
    operation: Operation,
    distribution: Distribution,
    bucket: Bucket,
    needed: Sequence[dict[str, Any]],
    outdated: Collection[str] = (),
) -> Wait | None:
    """Have exactly `needed` of all statements that were ever written here for the distribution. Others' stay as they are,
    but for those with the Sids `outdated`.
    """

    def settled(policy: Policy) -> Policy:
        remove = [*superfluous(distribution, statements_of(policy), needed), *outdated]
        return changed_policy(policy, put=needed, remove=remove)

    return change_policy(operation, bucket, settled)


def change_policy(operation: Operation, bucket: Bucket, change: Callable[[Policy], Policy]) -> Wait | None:
    """Have the bucket's policy be what `change` makes of it; Wait where it is not our turn."""
    with policy_turn(operation, bucket) as mine:
        if not mine:
            return Wait(random.uniform(0.2, 1.0), note="Another change of this bucket's policy goes first")  # noqa: S311
        _write(connection_for(bucket.account), bucket, change)
    return None


def _write(connection: Connection, bucket: Bucket, change: Callable[[Policy], Policy]) -> None:
    for _ in range(ROUNDS):
        policy = bucket_policies.get_bucket_policy(connection, bucket=bucket.name)
        merged = change(policy)
        if merged == policy or (not merged.get("Statement") and not policy.get("Statement")):
            return
        if policy_bytes(merged) > max(wanted.POLICY_BYTES, policy_bytes(policy)):
            raise CdnadminError(
                f"The policy of {bucket.name} is full: S3 takes 20 KB. Take statements out that nobody needs, or choose "
                "another bucket.",
                code="policy_full",
            )
        bucket_policies.put_bucket_policy(connection, bucket=bucket.name, policy=merged)
        # Read back: somebody outside cdnadmin may have written at the same time.
    raise CdnadminError(f"The policy of {bucket.name} keeps changing. Try again in a minute.", code="conflict")


@contextmanager
def policy_turn(operation: Operation, bucket: Bucket) -> Iterator[bool]:
    """Whether it is the operation's turn to write the bucket's policy. A killed holder's ends with its lease on its operation."""
    BucketPolicyLease.objects.get_or_create(bucket=bucket)
    token, now = operation.lease_token, timezone.now()
    rows = BucketPolicyLease.objects.filter(bucket=bucket)
    holder = Operation.objects.filter(lease_token=OuterRef("token"), lease_until__gt=now)
    mine = rows.filter(Q(until__lte=now) | ~Exists(holder)).update(token=token, until=now + LONGEST_TURN) == 1
    try:
        yield mine
    finally:
        if mine:
            rows.filter(token=token).update(token="", until=timezone.now())


def statement_is_there(connection: Connection, distribution: Distribution) -> bool:
    """Whether the bucket's policy says now what this distribution needs."""
    statement = wanted.policy_statement(distribution)
    if statement is None:
        return True
    policy = bucket_policies.get_bucket_policy(connection, bucket=distribution.own_bucket.name)
    return statement in policy.get("Statement", [])


def require_statement(connection: Connection, distribution: Distribution) -> None:
    """Raise NotReady unless `statement_is_there`."""
    if not statement_is_there(connection, distribution):
        raise NotReady(f"The policy of {distribution.own_bucket.name} no longer lets CloudFront read this distribution's files.")
