"""Deleting a distribution: closed, waited for until every edge has closed it, deleted; and back on again where that was undone.

Days may lie between two steps. Each looks at what AWS has now, whatever somebody made of it meanwhile.
Source: CloudFront Developer Guide, "Delete a distribution".
"""

from __future__ import annotations

from django.conf import settings
from django.db import transaction
from django.db.models import ProtectedError, RestrictedError
from django.utils import timezone

from cdnadmin.accounts.permissions import Action
from cdnadmin.aws import distributions as aws_distributions
from cdnadmin.aws import streaming as aws_streaming
from cdnadmin.aws.distributions import SeenDistribution
from cdnadmin.errors import AwsConflict, AwsNotFound
from cdnadmin.operations.models import Operation
from cdnadmin.operations.outcomes import Kind, Next, Outcome, Step, Wait, registry
from cdnadmin.operations.services import record_progress, request_operation
from distributions.models import ConfigurationVersion, Distribution
from distributions.seen import save_seen
from distributions.steps import cleaning
from distributions.steps.create import wait_for_edges
from distributions.steps.target import connect, load_distribution
from distributions.steps.writing import STALE, ChangedOutside, is_stale, read, write_configuration
from distributions.versions import record_version
from distributions.watching import start_watching

KIND, UNDO = "delete_distribution", "keep_distribution"
NOT_THERE = "CloudFront has it no more"
_CARRIED = "CloudFront still carries its closing to the edges"


def close(operation: Operation) -> Outcome:
    """Disable it; whether it was enabled before is written down first, for who undoes it."""
    distribution = load_distribution(operation)
    try:
        seen = _switch(operation, distribution, enabled=False)
    except AwsNotFound:
        return Next(NOT_THERE)
    return seen if isinstance(seen, Wait) else Next("Disabled")


def _switch(operation: Operation, distribution: Distribution, *, enabled: bool) -> SeenDistribution | Wait:
    """Have AWS's own configuration of today with this one switch, and the row say so. Raises AwsNotFound."""
    connection = connect(distribution)
    found = seen = read(connection, distribution)
    if is_stale(distribution, found):
        return STALE
    if seen.enabled != enabled:
        if not enabled and not operation.data.get("was_enabled"):
            record_progress(operation, data={"was_enabled": True})
        config = {**seen.config, "Enabled": enabled}
        try:
            written = write_configuration(connection, distribution, base=seen.config, base_etag=seen.etag, config=config)
        except ChangedOutside:
            return Wait(1.0, note="Somebody changes it at this very moment; looking again")
        if isinstance(written, Wait):
            return written
        seen = written
    if seen.etag != distribution.etag or distribution.enabled != enabled:
        moving = seen.status == "InProgress"
        arrived = Distribution.Status.DEPLOYED if enabled else Distribution.Status.DISABLED
        with transaction.atomic():
            # What somebody made of it outside is kept in the history, and stays as it is but for the switch.
            outside = ConfigurationVersion.Source.OUTSIDE
            record_version(distribution=distribution, etag=found.etag, config=found.config, source=outside)
            actor, title = operation.requested_by, operation.title
            save_seen(distribution, seen, mirror=True, actor=actor, title=title, moving=moving)
            if moving:
                start_watching(distribution.account)
            else:
                Distribution.objects.filter(pk=distribution.pk).update(status=arrived, is_served=enabled)
    return seen


def delete_at_cloudfront(operation: Operation) -> Outcome:
    """Delete it under the ETag of today. Up to here it can be undone; somebody may have enabled it again meanwhile."""
    distribution = load_distribution(operation)
    if operation.data.get("deleted"):
        return Next()
    try:
        seen = _switch(operation, distribution, enabled=False)
        if isinstance(seen, Wait):
            return seen
        if seen.status == "InProgress":
            return Wait(settings.PROPAGATION_POLL_SECONDS, note=_CARRIED)
        record_progress(operation, note="Deleting it at CloudFront")
        _delete(distribution, seen)
    except AwsNotFound:
        pass
    except AwsConflict as conflict:
        if conflict.code in {"DistributionNotDisabled", "StreamingDistributionNotDisabled"}:
            return Wait(settings.PROPAGATION_POLL_SECONDS, note=_CARRIED)
        if conflict.code in {"PreconditionFailed", "InvalidIfMatchVersion"}:
            return STALE
        raise
    Distribution.objects.filter(pk=distribution.pk).update(
        status=Distribution.Status.GONE, is_served=False, drift=None, drift_found_at=None, seen_at=timezone.now()
    )
    record_progress(operation, data={"deleted": True})
    return Next(f"{distribution.aws_id} is deleted")


def _delete(distribution: Distribution, seen: SeenDistribution) -> None:
    connection = connect(distribution)
    if distribution.family == Distribution.Family.RTMP:
        aws_streaming.delete_streaming_distribution(connection, id=distribution.aws_id, etag=seen.etag)
    else:
        aws_distributions.delete_distribution(connection, id=distribution.aws_id, etag=seen.etag)


def end_deletion(operation: Operation) -> None:
    """Deleted: the row goes, where nothing in the library needs it. Undone before: it goes on as it was."""
    distribution = _row(operation)
    if distribution is None or operation.state == Operation.State.FAILED:
        return
    if distribution.status == Distribution.Status.GONE:
        try:
            distribution.delete()
        except (ProtectedError, RestrictedError):
            return  # files of the library name it: it stays, as one that is gone
        cleaning.drop_unused_keys(operation)
    elif operation.data.get("was_enabled"):
        request_operation(kind=UNDO, target=operation.target, title=f"Keep {distribution.name}"[:200], actor=operation.requested_by)


def _row(operation: Operation) -> Distribution | None:
    return Distribution.objects.filter(public_id=operation.target.partition(":")[2]).first()


def enable_again(operation: Operation) -> Outcome:
    """As it was before its deletion began. Too late, where the delete had reached CloudFront."""
    distribution = load_distribution(operation)
    try:
        seen = _switch(operation, distribution, enabled=True)
    except AwsNotFound:
        Distribution.objects.filter(pk=distribution.pk).update(status=Distribution.Status.GONE, is_served=False)
        return Next("It was deleted at CloudFront before it could be kept")
    return seen if isinstance(seen, Wait) else Next("Enabled")


def _cleans(what: str) -> Step:
    label, run = cleaning.STEPS[what]
    return Step(f"clean_{what}", label, run, lambda operation: what in operation.input.get("cleanup", ()))


def register() -> None:
    registry.register(
        Kind(
            name=KIND,
            label="Delete a distribution",
            steps=(
                Step("close", "Disable it", close),
                Step("propagate", "Wait until every edge has closed it", wait_for_edges),
                Step("delete", "Delete it at CloudFront", delete_at_cloudfront),
                *(_cleans(what) for what in cleaning.STEPS),
            ),
            permission=Action.MANAGE_DISTRIBUTIONS,
            on_end=end_deletion,
        )
    )
    registry.register(
        Kind(
            name=UNDO,
            label="Keep a distribution",
            steps=(
                Step("enable", "Enable it again", enable_again),
                Step("propagate", "Wait until it reaches the edges", wait_for_edges),
            ),
            permission=Action.MANAGE_DISTRIBUTIONS,
            cancellable=False,
        )
    )
