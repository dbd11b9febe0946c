"""A planned change at CloudFront: its configuration and tags written, its outcome read back. `steps.access` does the buckets."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from cdnadmin.aws import distributions as aws_distributions
from cdnadmin.aws.distributions import SeenDistribution
from cdnadmin.errors import Conflict
from cdnadmin.operations.models import Operation
from cdnadmin.operations.outcomes import Next, Outcome, Wait
from cdnadmin.operations.services import record_progress
from distributions.configuration.differences import compare
from distributions.configuration.tags import MergedTags, merge_tags
from distributions.guards import require_changeable
from distributions.models import ChangePlan, ConfigurationVersion, Distribution
from distributions.privacy.watching import check_after_change
from distributions.seen import save_seen
from distributions.steps.plan import load_plan, require_as_applied
from distributions.steps.target import connect, load_distribution
from distributions.steps.writing import STALE, ChangedOutside, is_stale, read, write_configuration
from distributions.versions import record_version
from distributions.watching import start_watching


def update_at_cloudfront(operation: Operation) -> Outcome:
    """Write the plan's configuration. Raises Conflict where somebody changed it since; nothing is written then."""
    distribution, plan = load_distribution(operation), load_plan(operation)
    require_as_applied(plan)
    if operation.data.get("written") == distribution.etag:
        return Next()
    require_changeable(distribution)
    try:
        seen = write_configuration(
            connect(distribution), distribution, base=plan.base.config, base_etag=plan.base.etag, config=plan.wanted
        )
    except ChangedOutside as changed:
        _write_conflict_down(distribution, plan, changed.seen)
        raise Conflict(
            "Somebody changed this distribution at CloudFront meanwhile. Nothing was overwritten: compare both, then choose.",
            code="changed_outside",
        ) from None
    if isinstance(seen, Wait):
        return seen
    moving = seen.etag != distribution.etag or distribution.is_moving
    with transaction.atomic():
        save_seen(distribution, seen, mirror=True, actor=plan.author, title=str(plan), moving=moving)
        if moving:
            start_watching(distribution.account)
        record_progress(operation, data={"written": seen.etag})
    return Next("CloudFront has taken it" if moving else "CloudFront has it like this already")


def _write_conflict_down(distribution: Distribution, plan: ChangePlan, seen: SeenDistribution) -> None:
    with transaction.atomic():
        theirs = record_version(
            distribution=distribution, etag=seen.etag, config=seen.config, source=ConfigurationVersion.Source.OUTSIDE
        )
        ChangePlan.objects.filter(pk=plan.pk).update(
            state=ChangePlan.State.CONFLICT, theirs=theirs, changed_at=timezone.now(), note=""
        )
        if theirs.etag != distribution.etag:
            Distribution.objects.filter(pk=distribution.pk, drift=None).update(drift_found_at=timezone.now())
            Distribution.objects.filter(pk=distribution.pk).update(drift=theirs)


def write_tags(operation: Operation) -> Outcome:
    distribution, plan = load_distribution(operation), load_plan(operation)
    require_as_applied(plan)
    if plan.wanted_tags is None or plan.wanted_tags == plan.base_tags:
        return Next()
    connection = connect(distribution)
    # Tags have no ETag: what others made of them meanwhile is read just before.
    there = aws_distributions.get_tags(connection, arn=distribution.arn)
    merged = merge_tags(plan.base_tags, there, plan.wanted_tags)
    if merged.overwritten and "tags" not in operation.data:
        record_progress(operation, data={"tags": _overwritten(merged)})
    aws_distributions.change_tags(connection, arn=distribution.arn, there=there, tags=merged.tags)
    Distribution.objects.filter(pk=distribution.pk).update(tags=merged.tags)
    return Next("Tags are as wanted")


def _overwritten(merged: MergedTags) -> str:
    """Two people changed one tag: the one who applied has the last word, and is told the other's."""
    told = (
        f"“{key}” had become “{value}”" if value else f"“{key}” had been taken out" for key, value in merged.overwritten.items()
    )
    return f"Somebody else had changed the same tags meanwhile: {', '.join(told)}. Now they are as this change wants them."


def verify_change(operation: Operation) -> Outcome:
    """Read back and compare: what AWS made of it otherwise is told on the plan."""
    distribution, plan = load_distribution(operation), load_plan(operation)
    seen = read(connect(distribution), distribution)
    if is_stale(distribution, seen):
        return STALE
    found = compare(plan.wanted, seen.config)
    note = ""
    if seen.etag == operation.data.get("written") and found:
        note = "AWS keeps it otherwise than sent: " + "; ".join(f"{each.label}: {each.after_words}" for each in found)
    elif seen.etag != operation.data.get("written") and found:
        note = "It was changed again since: the history shows how it stands."
    note = " ".join(filter(None, [note, operation.data.get("tags", "")]))
    if note:
        record_progress(operation, data={"plan_note": note})
    return Next(note or "AWS has what was asked for")


def end_change(operation: Operation) -> None:
    """A failed change leaves the distribution as CloudFront has it; its plan stays open, to be mended and tried again."""
    now = timezone.now()
    if operation.state == Operation.State.SUCCEEDED:
        ChangePlan.objects.filter(public_id=operation.input["plan"], state=ChangePlan.State.APPLYING).update(
            state=ChangePlan.State.APPLIED, applied_at=now, changed_at=now, note=operation.data.get("plan_note", "")
        )
    if operation.state == Operation.State.FAILED:
        ChangePlan.objects.filter(public_id=operation.input["plan"], state=ChangePlan.State.APPLYING).update(
            state=ChangePlan.State.FAILED, note=operation.error_message, changed_at=now
        )
    # However it ended: what was written until then may have opened files.
    if (distribution := Distribution.objects.filter(public_id=operation.target.partition(":")[2]).first()) is not None:
        check_after_change(distribution)
