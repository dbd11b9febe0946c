"""The access model of a distribution: what can be chosen, why something can't, and the plan that leads to it."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction

from cdnadmin.accounts.audit import record
from cdnadmin.accounts.models import User
from cdnadmin.accounts.permissions import Action, require
from cdnadmin.errors import Conflict, InvalidInput, NotReady
from distributions import wanted
from distributions.access.bucket_truth import look_at_bucket
from distributions.access.ensuring import ensure_access
from distributions.access.policies import changed_policy, policy_bytes
from distributions.access.reading import effective_switches, recognised_model, shut_because, statements_for_old_access
from distributions.access.switching import with_access
from distributions.guards import require_changeable
from distributions.mirror import main_origin, s3_place
from distributions.models import BucketTruth, ChangePlan, Distribution, OriginAccess
from distributions.services.plans import plan_change

Model = Distribution.AccessModel
# By which type of access CloudFront comes in each model; none in the others.
TYPES = {Model.OAC: OriginAccess.Type.OAC, Model.OAI: OriginAccess.Type.OAI, Model.OAI_ACL: OriginAccess.Type.OAI}


@dataclass(frozen=True)
class Choice:
    """One access model as it can be chosen: what it means, and why it can't be ("" where it can)."""

    model: str
    label: str
    meaning: str
    because: str
    current: bool


MEANINGS = {
    Model.OAC: "CloudFront signs each request to the bucket, and the bucket’s policy lets it in on behalf of this distribution "
    "alone. The bucket stays private. It works in every region and with files encrypted by KMS.",
    Model.OAI: "The older way: CloudFront comes as an identity that the bucket’s policy lets in, whichever distribution uses it. "
    "The bucket stays private. Files encrypted by KMS can’t be read.",
    Model.OAI_ACL: "The way of 2009: each file’s own ACL lets the identity in, so each upload and each file of before needs its "
    "grant. For buckets whose other users depend on ACLs.",
    Model.PUBLIC_ACL: "The oldest way: every file is open to everybody at S3 itself. CloudFront comes as nobody, and its logs, "
    "country rules and firewall can be gone around.",
    Model.OPEN: "CloudFront comes as nobody, and nothing is written at the bucket: what its policy shows to everybody can be read.",
}


def choices_for(distribution: Distribution) -> list[Choice]:
    truth = BucketTruth.objects.filter(bucket=distribution.bucket).first()
    return [
        Choice(
            model.value,
            str(model.label),
            MEANINGS[model],
            unavailable_because(distribution, model, truth),
            model == distribution.access_model,
        )
        for model in MEANINGS
    ]


def unavailable_because(distribution: Distribution, model: str, truth: BucketTruth | None) -> str:
    """Why the model can't be had as things stand at S3, as a sentence that says what to do; "" where it can."""
    if distribution.family != Distribution.Family.WEB:
        return "A streaming distribution of old knows identities alone."
    if s3_place(main_origin(distribution.config)) is None:
        return "Its origin is no bucket: nobody but that server decides who reads there."
    if distribution.bucket is None:
        return "Its bucket is not known here, so nothing can be written there: it belongs to another account, or was not added."
    if truth is None or model in {Model.OAC, Model.OAI, Model.OPEN}:
        return ""
    if truth.ownership == "BucketOwnerEnforced":
        return f"{distribution.bucket.name} has its ACLs turned off (Object Ownership: bucket owner enforced)."
    if model == Model.PUBLIC_ACL:
        if distribution.is_private:
            return "It is private: files that are public at S3 would be open to everybody without a signature."
        blocking = effective_switches(truth) & {"BlockPublicAcls", "IgnorePublicAcls"}
        if blocking:
            return f"Block Public Access is on ({', '.join(sorted(blocking))}): S3 would refuse or ignore public ACLs."
    return ""


def look_at_access(*, actor: User, distribution: Distribution) -> BucketTruth | None:
    """Ask S3 anew what is true of its bucket and of a few of its files; None where it has no bucket here.

    An imported distribution whose files are opened by their ACLs is noted as such: its configuration can't say it.
    """
    require(actor, Action.VIEW_DISTRIBUTIONS, distribution)
    if distribution.bucket is None:
        return None
    truth = look_at_bucket(bucket=distribution.bucket, prefixes=(distribution.prefix,))
    model = "" if truth.error else recognised_model(distribution, truth)
    if model and model != distribution.access_model:
        with transaction.atomic():
            changed = Distribution.objects.filter(pk=distribution.pk, access_model=distribution.access_model, second_model="")
            if changed.update(access_model=model):
                record(
                    actor=actor,
                    action="recognise_access_model",
                    target=distribution.reference,
                    label=distribution.name,
                    before={"access_model": distribution.access_model},
                    after={"access_model": model},
                )
        distribution.refresh_from_db()
    return truth


def plan_access_model(
    *, actor: User, distribution: Distribution, model: str, origin_access: OriginAccess | None = None, take_out_old: bool = True
) -> ChangePlan:
    """A plan by which the distribution has this access model; nothing but the identity or control itself is made at AWS yet.

    `origin_access`: the one to come as; without it the account's own of today, or a new one. `take_out_old`: statements
    that others wrote for the old access alone are taken out at the end, too. Raises InvalidInput (fields "model",
    "origin_access"), Conflict, NotReady, AwsError.
    """
    require(actor, Action.MANAGE_DISTRIBUTIONS, distribution)
    require_changeable(distribution)
    if model not in MEANINGS:
        raise InvalidInput("Choose how CloudFront reaches the bucket.", field="model")
    if distribution.bucket is None:
        raise NotReady(unavailable_because(distribution, model, None))
    truth = look_at_bucket(bucket=distribution.bucket, prefixes=(distribution.prefix,))
    because = unavailable_because(distribution, model, truth)
    if because:
        raise InvalidInput(because, field="model")
    access = _access(distribution, model, origin_access)
    if distribution.access_model == model and (access is None or access.pk == distribution.origin_access_id):
        raise Conflict("It is like this already: nothing would change.", code="unchanged")
    _require_open(distribution, truth, model, access)
    title = f"{distribution.name}: {_title(model, access)}"
    outdated = statements_for_old_access(distribution, truth, access) if take_out_old else []
    with transaction.atomic():
        plan = plan_change(actor=actor, distribution=distribution, wanted=with_access(distribution.config, access), title=title)
        plan.wanted_model = model
        plan.outdated_sids = {distribution.bucket.name: outdated} if outdated else {}
        plan.save(update_fields=["wanted_model", "outdated_sids"])
    return plan


def _require_open(distribution: Distribution, truth: BucketTruth, model: str, access: OriginAccess | None) -> None:
    """Raise InvalidInput where CloudFront could not read in the new way: somebody's Deny, or files that KMS encrypts."""
    by_acl = model in {Model.OAI_ACL, Model.PUBLIC_ACL}
    config = with_access(distribution.config, access)
    needed = wanted.policy_statements(distribution, config, model).get(distribution.own_bucket.name, [])
    policy = changed_policy(truth.policy or {"Version": "2012-10-17", "Statement": []}, put=needed)
    because = "" if truth.error else shut_because(distribution, truth, policy, access, granted=by_acl)
    if because:
        raise InvalidInput(f"CloudFront could not read the files that way. {because}", field="model")
    if policy_bytes(policy) > wanted.POLICY_BYTES:
        raise InvalidInput(
            f"The policy of {distribution.own_bucket.name} is full: with this statement it would have "
            f"{policy_bytes(policy):,} bytes, and S3 takes 20,480. Take statements out that nobody needs.",
            field="model",
        )


def _title(model: str, access: OriginAccess | None) -> str:
    return f"{Model(model).label.lower()}{f' ({access.aws_id})' if access else ''}"


def _access(distribution: Distribution, model: str, chosen: OriginAccess | None) -> OriginAccess | None:
    type = TYPES.get(Model(model))
    if type is None:
        return None
    if chosen is not None:
        if chosen.account_id != distribution.account_id:
            raise InvalidInput("This origin access belongs to another AWS account.", field="origin_access")
        if chosen.gone_at is not None:
            raise InvalidInput(f"{chosen.name} was deleted at AWS: choose another.", field="origin_access")
        if chosen.type != type:
            raise InvalidInput(
                f"{chosen.name} is of the other kind: this model needs an {type.label.lower()}.", field="origin_access"
            )
        return chosen
    now = distribution.origin_access
    return now if now is not None and now.type == type else ensure_access(distribution.account, type)
