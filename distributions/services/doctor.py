"""The doctor: having an account examined, mending what was found, and leaving it as it is for a reason."""

from __future__ import annotations

import copy
import json
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from django.db import transaction
from django.utils import timezone

from cdnadmin.accounts.audit import record
from cdnadmin.accounts.models import AwsAccount, Bucket, User
from cdnadmin.accounts.permissions import Action, require
from cdnadmin.accounts.services.credentials import connection_for
from cdnadmin.aws.bucket_truth import put_bucket_switches
from cdnadmin.errors import CdnadminError, Conflict, InvalidInput
from cdnadmin.operations.models import Operation
from cdnadmin.operations.services import request_operation
from cdnadmin.text import without_controls
from distributions.access.bucket_truth import look_at_bucket
from distributions.configuration.fields import items_of
from distributions.doctor.assembling import MODELS_FROM, bucket_site
from distributions.doctor.checks import look_at_site
from distributions.doctor.closing import not_closable_because
from distributions.doctor.examining import examine_due, request_examination
from distributions.doctor.keeping import keep_findings
from distributions.doctor.known import Known
from distributions.doctor.least_privilege import policy_document
from distributions.doctor.permissions import features_in_use, ground_of
from distributions.doctor.sorts import CLOSE_BUCKET, REDIRECT, TAKE_OUT, WRITE_STATEMENT
from distributions.models import ChangePlan, Distribution, Examination, FoundProblem
from distributions.privacy.watching import check_in_bucket
from distributions.reach.state import SWITCHES
from distributions.services.plans import plan_change

REASON_AT_MOST = 300


@dataclass(frozen=True)
class Mended:
    """What was done, in a sentence; the operation that does it, or the plan that shows it first."""

    sentence: str
    operation: Operation | None = None
    plan: ChangePlan | None = None


def examine_account(*, actor: User, account: AwsAccount) -> Operation:
    """Look the whole account through now. Raises Conflict while that is under way, NotAllowed."""
    require(actor, Action.MANAGE_DISTRIBUTIONS)
    with transaction.atomic():
        operation = request_examination(account, actor=actor)
        record(actor=actor, action="examine_account", target=f"aws account:{account.public_id}", label=account.label)
    return operation


def examine_due_accounts() -> int:
    """For the clock."""
    return examine_due()


def mend_finding(*, actor: User, finding: FoundProblem) -> Mended:
    """Do what its button says. Raises Conflict where something depends on how it is, or it is mended already, InvalidInput,
    AwsError, NotAllowed.
    """
    require(actor, Action.MANAGE_DISTRIBUTIONS, finding.distribution)
    if finding.gone_at is not None:
        raise Conflict("It is mended already.", code="gone")
    distribution, bucket = finding.distribution, finding.bucket
    if finding.mend == CLOSE_BUCKET:
        return _close_bucket(actor, finding)
    if finding.mend == WRITE_STATEMENT and distribution is not None:
        return _settle(actor, finding, distribution)
    if finding.mend == TAKE_OUT and bucket is not None:
        return _take_out(actor, finding, bucket)
    if finding.mend == REDIRECT and distribution is not None:
        return _redirect(actor, distribution)
    raise InvalidInput("This can’t be mended from here. What to do stands beside it.")


def _close_bucket(actor: User, finding: FoundProblem) -> Mended:
    """All four switches on, and read back: only then is it said to be so."""
    bucket = finding.bucket or (finding.distribution.bucket if finding.distribution else None)
    if bucket is None:
        raise Conflict("Its bucket is not known here.")
    prefixes = _prefixes(bucket)
    truth = look_at_bucket(bucket=bucket, prefixes=prefixes, impatient=True)
    because = not_closable_because(truth, _in(bucket))
    if because:
        raise Conflict(because, code="depended_on")
    before = list(truth.switches)
    put_bucket_switches(replace(connection_for(bucket.account), impatient=True), name=bucket.name, switches=SWITCHES)
    truth = look_at_bucket(bucket=bucket, impatient=True)
    if truth.error or set(truth.switches) != set(SWITCHES):
        raise CdnadminError(f"Whether {bucket.name} is closed now can’t be told. Examine the account again.", code="not_read_back")
    with transaction.atomic():
        Bucket.objects.filter(pk=bucket.pk).update(block_public_access=True)
        _record(actor, finding, before={"switches": before}, after={"bucket": bucket.name, "switches": list(SWITCHES)})
        check_in_bucket(bucket)
    keep_findings(bucket.account, look_at_site(bucket_site(bucket, truth, _known(bucket.account))), timezone.now(), bucket=bucket)
    affected = [each.public_id for each in _in(bucket)]
    with suppress(Conflict):  # one is under way, and looks at them too, or the next does
        request_examination(bucket.account, only=affected)
    return Mended(f"{bucket.name} is closed to the public: all four switches are on, read back from S3.")


def _prefixes(bucket: Bucket) -> tuple[str, ...]:
    """Of those whose access may hang on ACLs: with policies alone, a sample says nothing more."""
    by_acl = Distribution.objects.filter(bucket=bucket, access_model__in=["oai-acl", "public-acl", "open"])
    return tuple(f"{path.lstrip('/')}/" if path else "" for path in by_acl.values_list("origin_path", flat=True)[:20])


def _in(bucket: Bucket) -> list[Distribution]:
    rows = Distribution.objects.filter(bucket=bucket).exclude(status=Distribution.Status.GONE)
    return list(rows.select_related("account", "origin_access").defer("config", "template")[:MODELS_FROM])


def _settle(actor: User, finding: FoundProblem, distribution: Distribution) -> Mended:
    bucket = distribution.own_bucket
    with transaction.atomic():
        operation = _ask_to_settle(actor, distribution, bucket, f"Write the statement of {distribution.name} back")
        _record(actor, finding, after={"bucket": bucket.name})
    return Mended(f"The statement of “{distribution.name}” is being written.", operation)


def _ask_to_settle(actor: User, distribution: Distribution, bucket: Bucket, title: str) -> Operation:
    return request_operation(
        kind="tidy_access",
        target=distribution.reference,
        title=title[:200],
        actor=actor,
        input={"buckets": [bucket.name], "files": False},
    )


def _take_out(actor: User, finding: FoundProblem, bucket: Bucket) -> Mended:
    statement = json.loads(finding.details)
    sid = str(statement.get("Sid", ""))
    with transaction.atomic():
        operation = request_operation(
            kind="mend_bucket_policy",
            target=f"account:{finding.account.public_id}",
            lane="policy",
            title=f"Take {sid} out of the policy of {bucket.name}"[:200],
            actor=actor,
            input={"bucket": bucket.pk, "statement": statement},
        )
        _record(actor, finding, before={"statement": sid}, after={"bucket": bucket.name})
    return Mended(f"“{sid}” is being taken out of the policy of {bucket.name}.", operation)


def _redirect(actor: User, distribution: Distribution) -> Mended:
    """A plan: what viewers meet is changed only once somebody has seen it and applies it."""
    config: dict[str, Any] = copy.deepcopy(distribution.config)
    for behavior in [config["DefaultCacheBehavior"], *items_of(config.get("CacheBehaviors") or {})]:
        if behavior.get("ViewerProtocolPolicy") == "allow-all":
            behavior["ViewerProtocolPolicy"] = "redirect-to-https"
    plan = plan_change(actor=actor, distribution=distribution, wanted=config, title=f"{distribution.name}: redirect to HTTPS")
    return Mended("The plan is ready: look through it, and apply it.", plan=plan)


def dismiss_finding(*, actor: User, finding: FoundProblem, reason: str) -> None:
    """Leave it as it is, and say why. It comes back once it was gone and is there anew. Raises InvalidInput (field "reason")."""
    require(actor, Action.MANAGE_DISTRIBUTIONS, finding.distribution)
    reason = without_controls(reason).strip()
    if not reason:
        raise InvalidInput("Say why it is left as it is: others will ask.", field="reason")
    with transaction.atomic():
        open_now = FoundProblem.objects.filter(pk=finding.pk, gone_at=None, dismissed_at=None)
        if not open_now.update(dismissed_at=timezone.now(), dismissed_by=actor, dismissed_reason=reason[:REASON_AT_MOST]):
            raise Conflict("It is dismissed already, or gone.")
        record(
            actor=actor,
            action="dismiss_finding",
            target=finding.reference,
            label=_label(finding),
            after={"finding": finding.code, "subject": finding.subject, "reason": reason[:REASON_AT_MOST]},
        )


def restore_finding(*, actor: User, finding: FoundProblem) -> None:
    """Have it listed again. Raises Conflict where it is not dismissed."""
    require(actor, Action.MANAGE_DISTRIBUTIONS, finding.distribution)
    with transaction.atomic():
        dismissed = FoundProblem.objects.filter(pk=finding.pk).exclude(dismissed_at=None)
        if not dismissed.update(dismissed_at=None, dismissed_by=None, dismissed_reason=""):
            raise Conflict("It is not dismissed.")
        about = {"finding": finding.code, "subject": finding.subject}
        record(actor=actor, action="restore_finding", target=finding.reference, label=_label(finding), after=about)


def least_privilege_policy(*, actor: User, account: AwsAccount) -> dict[str, Any]:
    """The IAM policy for exactly what is in use in the account."""
    require(actor, Action.MANAGE_DISTRIBUTIONS)
    examination = Examination.objects.filter(account=account).first()
    itself = str((examination.permissions if examination else {}).get("source", ""))
    return policy_document(features_in_use(account), ground_of(account, itself=itself))


def _record(actor: User, finding: FoundProblem, *, before: dict[str, object] | None = None, after: dict[str, object]) -> None:
    record(
        actor=actor,
        action="mend_finding",
        target=finding.reference,
        label=_label(finding),
        before=before,
        after={"finding": finding.code, "mend": finding.mend, **after},
    )


def _label(finding: FoundProblem) -> str:
    return finding.distribution.name if finding.distribution else finding.account.label


def _known(account: AwsAccount) -> Known:
    examination = Examination.objects.filter(account=account).first()
    return Known.from_json(examination.known if examination else {})
