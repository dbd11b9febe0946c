"""Taking a statement out of a bucket's policy that lets in nobody who should be: looked at once more before it goes."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from cdnadmin.accounts.models import Bucket
from cdnadmin.accounts.permissions import Action
from cdnadmin.accounts.services.credentials import connection_for
from cdnadmin.aws import bucket_policies
from cdnadmin.aws import distributions as aws_distributions
from cdnadmin.aws import origin_access as aws_access
from cdnadmin.aws.bucket_policies import Policy
from cdnadmin.aws.session import Connection
from cdnadmin.errors import AwsNotFound, Conflict, NotReady
from cdnadmin.operations.models import Operation
from cdnadmin.operations.outcomes import Kind, Next, Outcome, Step, registry
from distributions.access.bucket_truth import look_at_bucket
from distributions.access.policies import changed_policy, statements_of
from distributions.doctor.assembling import bucket_site
from distributions.doctor.checks import look_at_site
from distributions.doctor.keeping import keep_findings
from distributions.doctor.known import Known
from distributions.doctor.statements import identities_in, only_deleted, owner_of, source_ids
from distributions.models import Distribution, Examination
from distributions.privacy.watching import check_in_bucket
from distributions.steps.bucket_policy import change_policy

MEND_POLICY = "mend_bucket_policy"


def take_statement_out(operation: Operation) -> Outcome:
    """The statement with the Sid, as it was shown; one that was changed since stays. Others are not touched."""
    bucket, shown = _bucket(operation), operation.input["statement"]
    connection = connection_for(bucket.account)
    there = statements_of(bucket_policies.get_bucket_policy(connection, bucket=bucket.name))
    if shown not in there:
        if any(each.get("Sid") == shown.get("Sid") for each in there):
            raise Conflict("The statement was changed since it was shown. Examine the account anew.", code="changed")
        return Next("It is gone already")
    _require_needless(connection, shown)

    def without(policy: Policy) -> Policy:
        now = statements_of(policy)
        if shown not in now:
            return policy
        # S3 takes a policy only without any of those who were deleted: they go together.
        more = [each["Sid"] for each in now if only_deleted(shown) and only_deleted(each) and each.get("Sid")]
        return changed_policy(policy, remove=[shown["Sid"], *more])

    return change_policy(operation, bucket, without) or Next(f"“{shown['Sid']}” is taken out of the policy of {bucket.name}")


def _require_needless(connection: Connection, statement: dict[str, Any]) -> None:
    """Raise Conflict where AWS still has what the statement lets in, and nobody here can say for whom it was written."""
    if Distribution.objects.filter(public_id=owner_of(str(statement.get("Sid", "")))).exists():
        return  # ours: what it needs is known
    for id in source_ids(statement):
        try:
            aws_distributions.get_distribution(connection, id=id)
        except AwsNotFound:
            continue
        raise Conflict(f"AWS still has the distribution {id}, which this statement lets in: import it, or ask who keeps it.")
    for id in identities_in(statement):
        try:
            aws_access.get_origin_access_identity(connection, id=id)
        except AwsNotFound:
            continue
        raise Conflict(f"AWS still has the identity {id}, which this statement lets in: another cdnadmin may need it.")


def look_again(operation: Operation) -> Outcome:
    """What is found of the bucket now."""
    bucket = _bucket(operation)
    examination = Examination.objects.filter(account=bucket.account).first()
    known = Known.from_json(examination.known if examination else {})
    truth = look_at_bucket(bucket=bucket)
    keep_findings(bucket.account, look_at_site(bucket_site(bucket, truth, known)), truth.seen_at, bucket=bucket)
    with transaction.atomic():
        check_in_bucket(bucket)
    return Next()


def _bucket(operation: Operation) -> Bucket:
    bucket = Bucket.objects.select_related("account").filter(pk=operation.input["bucket"]).first()
    if bucket is None:
        raise NotReady("This bucket is no longer known here.", code="no_such_bucket")
    return bucket


def register() -> None:
    registry.register(
        Kind(
            name=MEND_POLICY,
            label="Take a statement out of a bucket’s policy",
            steps=(
                Step("take_out", "Take it out, if nobody needs it", take_statement_out),
                Step("look", "Look at the bucket again", look_again),
            ),
            permission=Action.MANAGE_DISTRIBUTIONS,
            cancellable=False,
        )
    )
