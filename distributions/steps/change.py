"""A planned change at CloudFront: new accesses are allowed first, the configuration written, old accesses taken away last.

In this order no viewer meets a moment in which neither the old nor the new may read.
"""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone

from cdnadmin.accounts.models import Bucket
from cdnadmin.aws import distributions as aws_distributions
from cdnadmin.aws import objects as aws_objects
from cdnadmin.aws.distributions import SeenDistribution
from cdnadmin.errors import Conflict
from cdnadmin.operations.models import Operation
from cdnadmin.operations.outcomes import Next, Outcome, Wait
from cdnadmin.operations.services import record_progress
from distributions import wanted
from distributions.configuration.differences import compare
from distributions.configuration.tags import MergedTags, merge_tags
from distributions.grants import grant_read
from distributions.guards import require_changeable
from distributions.mirror import access_of, main_origin
from distributions.models import ChangePlan, ConfigurationVersion, Distribution, OriginAccess
from distributions.seen import save_seen
from distributions.steps.bucket_policy import write_statements
from distributions.steps.target import connect, load_distribution
from distributions.steps.writing import STALE, ChangedOutside, is_stale, read, write_configuration
from distributions.versions import record_version
from distributions.watching import start_watching

# Ends the Sid of a statement that stands beside the one it will replace.
MOVING = "Moving"


def load_plan(operation: Operation) -> ChangePlan:
    related = ("base", "author", "distribution")
    return ChangePlan.objects.select_related(*related).get(public_id=operation.input["plan"])


def _require_as_applied(plan: ChangePlan) -> None:
    """What failed may be tried again, unless its plan was edited, discarded or found in conflict since."""
    as_applied = ChangePlan.objects.filter(pk=plan.pk, state__in=[ChangePlan.State.APPLYING, ChangePlan.State.FAILED])
    if not as_applied.update(state=ChangePlan.State.APPLYING):
        raise Conflict("This plan is not as it was when it was applied: apply it again from its own page.", code="plan_changed")


def _beside(statement: dict[str, Any]) -> dict[str, Any]:
    return {**statement, "Sid": f"{statement['Sid']}{MOVING}"}


def permit_new_access(operation: Operation) -> Outcome:
    """What the wanted configuration needs at buckets and the one before did not."""
    distribution, plan = load_distribution(operation), load_plan(operation)
    _require_as_applied(plan)
    require_changeable(distribution)
    before = wanted.policy_statements(distribution, plan.base.config)
    notes = []
    for name, statements in wanted.policy_statements(distribution, plan.wanted).items():
        there = before.get(name, [])
        sids = {each["Sid"] for each in there}
        # Of one that moves the old statement stays beside the new one, until every edge has moved.
        new = [each if each["Sid"] not in sids else _beside(each) for each in statements if each not in there]
        bucket = _bucket(distribution, name)
        if not new:
            continue
        if bucket is None:
            notes.append(f"{name} is not of this account: its policy must allow CloudFront there")
            continue
        waiting = write_statements(operation, bucket, put=new)
        if waiting is not None:
            return waiting
        notes.append(f"{name} lets CloudFront in")
    if _moves_acls(distribution, plan):
        return _grant_all(operation, distribution, plan, replace=False)
    return Next("; ".join(notes))


def _bucket(distribution: Distribution, name: str) -> Bucket | None:
    return Bucket.objects.select_related("account").filter(account_id=distribution.account_id, name=name).first()


def _moves_acls(distribution: Distribution, plan: ChangePlan) -> bool:
    """Whether another identity must be let in object by object."""
    model, id = access_of(main_origin(plan.wanted))
    moved = id != access_of(main_origin(plan.base.config))[1]
    return distribution.access_model == Distribution.AccessModel.OAI_ACL and model == "oai" and moved


def _grant_all(operation: Operation, distribution: Distribution, plan: ChangePlan, *, replace: bool) -> Outcome:
    """Object by object; what has its grant already is only read."""
    _, id = access_of(main_origin(plan.wanted))
    distribution.origin_access = OriginAccess.objects.get(account_id=distribution.account_id, aws_id=id)
    connection, bucket = connect(distribution), distribution.own_bucket.name
    done = 0
    for listed in aws_objects.list_objects(connection, bucket=bucket, prefix=distribution.prefix):
        grant_read(distribution=distribution, key=listed.key, replace=replace)
        done += 1
        record_progress(operation, note=f"{done} objects looked at")
    return Next(f"{done} objects let {distribution.origin_access} read them")


def update_at_cloudfront(operation: Operation) -> Outcome:
    """Write the plan's configuration. Raises Conflict where somebody changed it since; nothing is written then."""
    distribution, plan = load_distribution(operation), load_plan(operation)
    _require_as_applied(plan)
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
    _require_as_applied(plan)
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
    now = timezone.now()
    ChangePlan.objects.filter(pk=plan.pk).update(state=ChangePlan.State.APPLIED, applied_at=now, changed_at=now, note=note)
    return Next(note or "AWS has what was asked for")


def revoke_old_access(operation: Operation) -> Outcome:
    """Only once every edge comes as the new one: what the configuration before needed, and none needs any more."""
    distribution, plan = load_distribution(operation), load_plan(operation)
    if _moves_acls(distribution, plan):
        return _grant_all(operation, distribution, plan, replace=True)
    after = wanted.policy_statements(distribution, plan.wanted)
    revoked = False
    for name, statements in wanted.policy_statements(distribution, plan.base.config).items():
        sids = {each["Sid"] for each in statements}
        moved = [each for each in after.get(name, []) if each["Sid"] in sids and each not in statements]
        old = sids - {each["Sid"] for each in after.get(name, [])} | {_beside(each)["Sid"] for each in moved}
        bucket = _bucket(distribution, name)
        if not old or bucket is None:
            continue
        waiting = write_statements(operation, bucket, put=moved, remove=old)
        if waiting is not None:
            return waiting
        revoked = True
    return Next("The old origin access may read nothing here any more" if revoked else "")


def end_change(operation: Operation) -> None:
    """A failed change leaves the distribution as CloudFront has it; its plan stays open, to be mended and tried again."""
    if operation.state == Operation.State.FAILED:
        ChangePlan.objects.filter(public_id=operation.input["plan"], state=ChangePlan.State.APPLYING).update(
            state=ChangePlan.State.FAILED, note=operation.error_message, changed_at=timezone.now()
        )
