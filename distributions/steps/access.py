"""The bucket's side of a change: the new way is opened first, the old one shut once every edge comes in the new one.

In this order no viewer meets a moment in which neither the old nor the new may read.
"""

from __future__ import annotations

from cdnadmin.accounts.models import Bucket
from cdnadmin.accounts.permissions import Action
from cdnadmin.aws.objects import Grant
from cdnadmin.errors import AwsError, CdnadminError
from cdnadmin.operations.models import Operation
from cdnadmin.operations.outcomes import Kind, Next, Outcome, Step, Wait, registry
from cdnadmin.operations.services import record_progress
from distributions import wanted
from distributions.access.bucket_truth import look_at_bucket
from distributions.access.object_grants import EVERYBODY, PUBLIC_READ, GrantChange
from distributions.access.reading import shut_because
from distributions.access.switching import Switch, switch_of
from distributions.guards import require_changeable
from distributions.models import ChangePlan, Distribution, OriginAccess
from distributions.privacy.watching import check_after_change
from distributions.steps.bucket_policy import settle_statements, write_statements
from distributions.steps.object_grants import go_through
from distributions.steps.plan import load_plan, require_as_applied
from distributions.steps.target import load_distribution

TIDY = "tidy_access"
# A bucket's policy is in force everywhere within seconds; edges that come in the new way must not be faster.
# Source: Amazon S3 User Guide, "Amazon S3 data consistency model" (bucket configurations).
SETTLES_SECONDS = 10.0
ACLS_OFF = "AccessControlListNotSupported"


def permit_new_access(operation: Operation) -> Outcome:
    """What the wanted configuration needs at buckets and the one before did not, beside what is there."""
    distribution, plan = load_distribution(operation), load_plan(operation)
    require_as_applied(plan)
    require_changeable(distribution)
    switch = switch_of(distribution, plan)
    notes = []
    for name in switch.buckets:
        put = switch.put_first(name)
        bucket = bucket_of(distribution, name)
        if not put:
            continue
        if bucket is None:
            notes.append(f"{name} is not of this account: its policy must allow CloudFront there")
            continue
        waiting = write_statements(operation, bucket, put=put)
        if waiting is not None:
            return waiting
        notes.append(f"{name} lets CloudFront in")
    if switch.second_model:
        Distribution.objects.filter(pk=distribution.pk).update(second_model=switch.second_model)
    if notes and not operation.data.get("settled"):
        record_progress(operation, data={"settled": True})
        return Wait(SETTLES_SECONDS, note="The bucket’s policy reaches all of S3 within seconds")
    if switch.old != switch.new:
        _require_open(distribution, switch)
    return Next("; ".join(notes))


def _require_open(distribution: Distribution, switch: Switch) -> None:
    """Edges are not sent where S3 would refuse them: somebody may have forbidden it since the plan was made.

    Raises CdnadminError; nothing has changed for viewers then.
    """
    if distribution.bucket is None:
        return
    truth = look_at_bucket(bucket=distribution.bucket, prefixes=(distribution.prefix,))
    if truth.error or "policy" in truth.unread:
        return  # what can't be looked at is not judged
    access = OriginAccess.objects.filter(account_id=distribution.account_id, aws_id=switch.new.access_id).first()
    if access is None and switch.new.access_id:
        return
    granted = switch.new.model == Distribution.AccessModel.PUBLIC_ACL
    because = shut_because(distribution, truth, truth.policy or {}, access, granted=granted)
    if because:
        raise CdnadminError(
            f"CloudFront could not read the files in the new way, so nothing was switched. {because}", code="new_way_shut"
        )


def open_files(operation: Operation) -> Outcome:
    """Everybody may read each file before edges come as nobody."""
    if not operation.input.get("files_first"):
        return Next()
    return go_through(operation, load_distribution(operation), GrantChange(add=(PUBLIC_READ,)), name="open_files")


def set_files(operation: Operation) -> Outcome:
    """Every edge comes in the new way: files get its grant where it needs one, and lose those of the old way.

    The row says the new model once all of them have it: a file that could not be changed keeps the bridge standing.
    """
    distribution, plan = load_distribution(operation), load_plan(operation)
    switch = switch_of(distribution, plan)
    if switch.old == switch.new:
        return Next()
    row = Distribution.objects.filter(pk=distribution.pk)
    by_identity = switch.new.model == Distribution.AccessModel.OAI_ACL
    # From here on new files are opened in the new way alone.
    row.update(second_model=switch.new.model if by_identity else "")
    outcome: Outcome = Next()
    if switch.sets_files_last:
        change = _last_change(distribution, switch)
        try:
            outcome = go_through(operation, distribution, change, name="set_files")
        except AwsError as error:
            if error.code != ACLS_OFF or change.add:
                raise
            outcome = Next("The bucket has its ACLs turned off: the old grants open nothing any more")
    if isinstance(outcome, Next):
        row.update(access_model=switch.new.model, second_model="")
    return outcome


def _last_change(distribution: Distribution, switch: Switch) -> GrantChange:
    add: tuple[Grant, ...] = ()
    if switch.new.model == Distribution.AccessModel.OAI_ACL:
        add = (Grant(canonical_id(distribution, switch.new.access_id), "READ"),)
    if switch.old.model == Distribution.AccessModel.PUBLIC_ACL:
        return GrantChange(add=add, remove=EVERYBODY)
    if switch.old.model == Distribution.AccessModel.OAI_ACL and switch.old.access_id != switch.new.access_id:
        return GrantChange(add=add, remove=frozenset({canonical_id(distribution, switch.old.access_id)} - {""}))
    if switch.old.model == Distribution.AccessModel.OAI_ACL:
        return GrantChange(remove=frozenset({canonical_id(distribution, switch.old.access_id)} - {""}))
    return GrantChange(add=add)


def canonical_id(distribution: Distribution, oai_id: str) -> str:
    """By which the identity is named in ACLs; "" where it is not known here."""
    row = OriginAccess.objects.filter(account_id=distribution.account_id, aws_id=oai_id).first()
    return row.canonical_user_id if row else ""


def bucket_of(distribution: Distribution, name: str) -> Bucket | None:
    return Bucket.objects.select_related("account").filter(account_id=distribution.account_id, name=name).first()


def revoke_old_access(operation: Operation) -> Outcome:
    """Only once every edge comes as the new one: what the configuration before needed, and none needs any more."""
    distribution, plan = load_distribution(operation), load_plan(operation)
    switch = switch_of(distribution, plan)
    if not switch.changes_access:
        return Next()
    waiting = _settle(operation, distribution, plan, switch)
    if waiting is not None:
        return waiting
    return Next("The old origin access may read nothing here any more")


def _settle(operation: Operation, distribution: Distribution, plan: ChangePlan, switch: Switch) -> Wait | None:
    for name in switch.buckets:
        bucket = bucket_of(distribution, name)
        if bucket is not None:
            outdated = plan.outdated_sids.get(name, ())
            waiting = settle_statements(operation, distribution, bucket, switch.after.get(name, []), outdated)
            if waiting is not None:
                return waiting
    return None


def tidy_statements(operation: Operation) -> Outcome:
    """After a change that failed and was given up: of its statements only those stay that today's configuration needs."""
    distribution = load_distribution(operation)
    needed = wanted.policy_statements(distribution, distribution.config)
    for name in sorted({*needed, *operation.input.get("buckets", ())}):
        bucket = bucket_of(distribution, name)
        if bucket is not None:
            waiting = settle_statements(operation, distribution, bucket, needed.get(name, []))
            if waiting is not None:
                return waiting
    return Next("Nothing is left of what it opened")


def tidy_files(operation: Operation) -> Outcome:
    """Each file's ACL as today's model needs it: what a switch that was given up had opened to everybody is shut again."""
    distribution = load_distribution(operation)
    Distribution.objects.filter(pk=distribution.pk).update(second_model="")
    model = distribution.access_model
    if not operation.input.get("files") or model == Distribution.AccessModel.PUBLIC_ACL:
        return Next()
    grants: tuple[Grant, ...] = ()
    if model == Distribution.AccessModel.OAI_ACL and distribution.origin_access is not None:
        grants = (Grant(distribution.origin_access.canonical_user_id, "READ"),)
    try:
        return go_through(operation, distribution, GrantChange(add=grants, remove=EVERYBODY), name="tidy_files")
    except AwsError as error:
        if error.code != ACLS_OFF or grants:
            raise
        return Next("The bucket has its ACLs turned off: they open nothing")


def end_tidying(operation: Operation) -> None:
    """However it ended: what was written may have opened or shut files, so it is asked from outside."""
    distribution = Distribution.objects.filter(public_id=operation.target.partition(":")[2]).first()
    if distribution is not None:
        check_after_change(distribution)


def _has_files(operation: Operation) -> bool:
    return bool(operation.input.get("files"))


def register() -> None:
    registry.register(
        Kind(
            name=TIDY,
            label="Shut what a change had opened",
            steps=(
                Step("tidy_files", "Take everybody's permission off each file", tidy_files, _has_files),
                Step("tidy", "Take its statements out of the bucket's policy", tidy_statements),
            ),
            permission=Action.MANAGE_DISTRIBUTIONS,
            on_end=end_tidying,
            cancellable=False,
        )
    )
