"""What a bucket's truth means for one distribution: who may read there, in the terms of `distributions.reach`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from cdnadmin.aws.objects import ALL_USERS
from distributions.access.policies import statements_of
from distributions.models import BucketTruth, Distribution, OriginAccess
from distributions.reach.conditions import facts_of
from distributions.reach.s3 import may_read
from distributions.reach.state import BucketState, ObjectState
from distributions.reach.statements import Asked, weigh
from distributions.reach.visitors import Control, Identity, Stranger, Visitor

Model = Distribution.AccessModel
IDENTITY_ARN = "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity "


def effective_switches(truth: BucketTruth) -> frozenset[str]:
    """Block Public Access as it counts: the bucket's and the account's together."""
    return frozenset([*truth.switches, *truth.account_switches])


def bucket_state(truth: BucketTruth) -> BucketState:
    return BucketState(
        name=truth.bucket.name,
        account_id=truth.bucket.account.aws_account_id,
        policy=truth.policy,
        ownership=truth.ownership,
        switches=effective_switches(truth),
        owner=truth.owner,
        grants=tuple((grantee, permission) for grantee, permission in truth.acl) if truth.acl is not None else None,
    )


def sampled_objects(truth: BucketTruth, distribution: Distribution) -> list[ObjectState]:
    """The sample of the distribution's files; one whose ACL could not be read has none that is known."""
    return [
        ObjectState(
            key=each["key"],
            grants=tuple((grantee, permission) for grantee, permission in each["grants"]) if "grants" in each else None,
            kms=each.get("kms", False),
            kms_allows=key_allows(truth.kms_policies.get(each.get("kms_key", "")), distribution) if each.get("kms") else None,
            owner=each.get("owner", ""),
        )
        for each in truth.samples.get(distribution.prefix, [])
        if not each.get("gone")
    ]


def key_allows(policy: Mapping[str, Any] | None, distribution: Distribution) -> bool | None:
    """Whether a KMS key's policy lets CloudFront decrypt for the distribution; None where the policy is not known.

    It is weighed as a bucket's is: the same language. Of which key it is does not matter: it is the key's own.
    """
    if policy is None:
        return None
    account = distribution.arn.split(":")[4]
    visitor = Control(distribution.arn, account)
    said = weigh(policy, Asked(visitor, "kms:Decrypt", f"arn:aws:kms:us-east-1:{account}:key/this", facts_of(visitor)))
    if said.denies:
        return False
    if said.unsure_denies:
        return None
    return True if said.allows else None if said.unsure_allows else False


def visitor_of(distribution: Distribution, access: OriginAccess | None) -> Visitor:
    """As whom CloudFront comes to the bucket for the distribution."""
    if access is None:
        return Stranger()
    if access.type == OriginAccess.Type.OAC:
        return Control(distribution.arn, distribution.account.aws_account_id)
    return Identity(access.aws_id, access.canonical_user_id)


def shut_because(
    distribution: Distribution, truth: BucketTruth, policy: Mapping[str, Any], access: OriginAccess | None, *, granted: bool
) -> str:
    """Why CloudFront could not read with this policy, coming as `access`; "" where nothing is known to hinder it.

    `granted`: its files' ACLs will let it in. Looked at: the sampled files, and one that is still to come.
    """
    bucket = replace(bucket_state(truth), policy=policy)
    reader = access.canonical_user_id if access is not None and access.type == OriginAccess.Type.OAI else ALL_USERS
    grants = ((reader, "READ"),) if granted else ()
    kms = truth.encryption.startswith("aws:kms")
    objects = [replace(each, grants=grants) for each in sampled_objects(truth, distribution)]
    for each in [*objects, ObjectState(key=f"{distribution.prefix}any", grants=grants, kms=kms)]:
        verdict = may_read(bucket, each, visitor_of(distribution, access))
        if verdict.allowed is False:
            return verdict.sentence
    return ""


def recognised_model(distribution: Distribution, truth: BucketTruth) -> str:
    """The access model that an imported distribution has by its files' ACLs; "" where nothing says so.

    Its configuration tells an identity from none; whether policy or ACLs open the files is the bucket's to say.
    """
    bucket, objects = bucket_state(truth), sampled_objects(truth, distribution)
    if not objects or distribution.second_model:
        return ""
    access = distribution.origin_access
    bare = ObjectState(key=f"{distribution.prefix}any")
    visitor: Identity | Stranger
    if distribution.access_model == Model.OAI and access is not None:
        model, visitor = Model.OAI_ACL, Identity(access.aws_id, access.canonical_user_id)
    elif distribution.access_model == Model.OPEN:
        model, visitor = Model.PUBLIC_ACL, Stranger()
    else:
        return ""
    if may_read(bucket, bare, visitor).allowed is not False:
        return ""
    return model if all(may_read(bucket, each, visitor).allowed for each in objects) else ""


def statements_for_old_access(distribution: Distribution, truth: BucketTruth, new: OriginAccess | None) -> list[str]:
    """Sids of statements that somebody else wrote and that let in nobody but what this distribution comes as today.

    Not where another distribution known here comes as the same identity.
    """
    old = distribution.origin_access
    if old is None or (new is not None and new.pk == old.pk):
        return []
    shared = old.distributions.exclude(pk=distribution.pk).exists()
    found = []
    for statement in statements_of(truth.policy):
        sid = str(statement.get("Sid", ""))
        if not sid or sid.startswith("Cdnadmin") or statement.get("Effect") != "Allow":
            continue
        for_it_alone = old.type == OriginAccess.Type.OAC and _source_arns(statement) == [distribution.arn]
        if for_it_alone or (_names_identity_alone(statement, old) and not shared):
            found.append(sid)
    return found


def _names_identity_alone(statement: Mapping[str, Any], access: OriginAccess) -> bool:
    principal = statement.get("Principal")
    if access.type != OriginAccess.Type.OAI or not isinstance(principal, Mapping) or len(principal) != 1:
        return False
    named = next(iter(principal.values()))
    return named in (f"{IDENTITY_ARN}{access.aws_id}", access.canonical_user_id) or named in (
        [f"{IDENTITY_ARN}{access.aws_id}"],
        [access.canonical_user_id],
    )


def _source_arns(statement: Mapping[str, Any]) -> list[str]:
    found: list[str] = []
    for tests in statement.get("Condition", {}).values():
        for key, value in tests.items():
            if key.lower() == "aws:sourcearn":
                found += [value] if isinstance(value, str) else list(value)
    return found
