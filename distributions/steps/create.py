"""A distribution at CloudFront: created once, waited for, read back."""

from __future__ import annotations

from django.db import transaction

from cdnadmin.accounts.models import Bucket
from cdnadmin.aws import distributions as aws_distributions
from cdnadmin.errors import AwsConflict, CdnadminError
from cdnadmin.operations.models import Operation
from cdnadmin.operations.outcomes import Next, Outcome, Wait
from distributions import wanted
from distributions.access.acl_conditions import require_acls
from distributions.grants import opens_by_acl, opens_to_everybody
from distributions.guards import require_sound
from distributions.models import Distribution
from distributions.privacy.watching import check_after_change
from distributions.seen import save_seen
from distributions.steps.bucket_policy import permit_distribution, require_statement, write_statements
from distributions.steps.target import connect, load_distribution
from distributions.watching import start_watching

# The account's look-out writes the row and wakes who waits; this is for the case that it was lost.
LOOK_EVERY_SECONDS = 60.0


def create_at_cloudfront(operation: Operation) -> Outcome:
    """Create it, or find the one that the caller reference made before this worker took over."""
    distribution = load_distribution(operation)
    if distribution.aws_id:
        return Next()
    try:
        config = wanted.distribution_config(distribution)
        # Again, with the ids that it has by now: others may have come to use its places since it was asked for.
        require_sound(distribution, config, distribution.tags)
        seen = aws_distributions.create_distribution(connect(distribution), config=config, tags=distribution.tags)
    except AwsConflict as error:
        if error.code == "CNAMEAlreadyExists":
            raise CdnadminError(
                "Another distribution answers for one of these host names already, perhaps in another AWS account. "
                "Take the name out there first, or create this one without it.",
                code=error.code,
            ) from error
        raise
    with transaction.atomic():
        save_seen(distribution, seen, actor=operation.requested_by, title=operation.title, moving=True)
        start_watching(distribution.account)
    return Next(f"CloudFront calls it {seen.id}, at {seen.domain_name}")


def permit_origins(operation: Operation) -> Outcome:
    """Let it read its own part of its bucket, and whatever other buckets of the account its origins show."""
    distribution = load_distribution(operation)
    own = distribution.bucket.name if distribution.bucket else ""
    for name, statements in wanted.policy_statements(distribution, distribution.config).items():
        others = [each for each in statements if name != own or each["Sid"] not in _own_sids(distribution)]
        bucket = Bucket.objects.select_related("account").filter(account_id=distribution.account_id, name=name).first()
        if not others or bucket is None:
            continue  # a bucket of another account allows it there
        waiting = write_statements(operation, bucket, put=others)
        if waiting is not None:
            return waiting
    return permit_distribution(operation)


def _own_sids(distribution: Distribution) -> tuple[str, str]:
    return wanted.control_sid(distribution), wanted.identity_sid(distribution)


def wait_for_edges(operation: Operation) -> Outcome:
    """Wait for what was written to be deployed. One poll per account writes the rows; see `propagation.look`."""
    distribution = load_distribution(operation)
    if distribution.status == Distribution.Status.IN_PROGRESS:
        with transaction.atomic():
            start_watching(distribution.account)

        def has_come() -> bool:
            return not Distribution.objects.filter(pk=distribution.pk, status=Distribution.Status.IN_PROGRESS).exists()

        return Wait(LOOK_EVERY_SECONDS, note="CloudFront takes minutes to carry a change to every edge", has_come=has_come)
    return Next("Every edge has it")


def verify_distribution(operation: Operation) -> Outcome:
    """Read back the configuration and what opens the bucket, its policy or its ACLs: what AWS has must be what the row wants."""
    distribution = load_distribution(operation)
    connection = connect(distribution)
    seen = aws_distributions.get_distribution(connection, id=distribution.aws_id)
    save_seen(distribution, seen)
    require_statement(connection, distribution)
    if opens_by_acl(distribution):
        require_acls(distribution.own_bucket, public=opens_to_everybody(distribution))
    return Next("AWS has what was asked for")


def end_creation(operation: Operation) -> None:
    if operation.state == Operation.State.SUCCEEDED:
        check_after_change(load_distribution(operation))
    if operation.state == Operation.State.FAILED:
        Distribution.objects.filter(public_id=operation.target.partition(":")[2], changed_at=None).update(
            status=Distribution.Status.FAILED
        )
