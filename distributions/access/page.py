"""What the page of a distribution's access shows: who can read, and what is true at S3, statement by statement."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from distributions import wanted
from distributions.access.policies import PolicyChange, changed_policy, compare_policies, policy_bytes, statements_of
from distributions.access.prediction import Reading, predict
from distributions.access.switching import superfluous, switch_of
from distributions.models import BucketTruth, ChangePlan, Distribution, OriginAccess
from distributions.reach.s3 import explain_statement
from distributions.reach.state import SWITCHES

OWNERSHIPS = {
    "BucketOwnerEnforced": "Bucket owner enforced: ACLs are off, policies alone decide",
    "BucketOwnerPreferred": "Bucket owner preferred: ACLs count beside policies",
    "ObjectWriter": "Object writer: ACLs count beside policies",
}
SWITCH_MEANINGS = {
    "BlockPublicAcls": "refuses new public ACLs",
    "IgnorePublicAcls": "ignores public ACLs",
    "BlockPublicPolicy": "refuses public policies",
    "RestrictPublicBuckets": "shuts a bucket with a public policy to all but the account and AWS services",
}
GROUPS = {
    "http://acs.amazonaws.com/groups/global/AllUsers": "Everybody",
    "http://acs.amazonaws.com/groups/global/AuthenticatedUsers": "Everybody with an AWS account",
    "http://acs.amazonaws.com/groups/s3/LogDelivery": "S3's log delivery",
}


@dataclass(frozen=True)
class StatementRow:
    """`whose`: ours (this distribution's), another (a distribution's of ours) or others."""

    sid: str
    words: str
    effect: str
    whose: str
    text: str


@dataclass(frozen=True)
class SwitchRow:
    name: str
    meaning: str
    bucket: bool
    account: bool


@dataclass(frozen=True)
class FileRow:
    """A sampled file. `grants`: who and what in words; None where its ACL could not be read."""

    key: str
    grants: list[tuple[str, str]] | None
    kms: bool


@dataclass(frozen=True)
class AccessPage:
    """`truth` None: it was never looked at."""

    truth: BucketTruth | None
    readings: list[Reading]
    ownership: str
    switches: list[SwitchRow]
    statements: list[StatementRow]
    policy_size: int
    files: list[FileRow]

    @property
    def breaches(self) -> list[Reading]:
        return [each for each in self.readings if each.is_breach]

    @property
    def broken(self) -> list[Reading]:
        return [each for each in self.readings if each.is_broken]


def access_page(distribution: Distribution) -> AccessPage:
    truth = BucketTruth.objects.select_related("bucket__account").filter(bucket=distribution.bucket).first()
    if truth is None or distribution.bucket_id is None:
        return AccessPage(None, [], "", [], [], 0, [])
    return AccessPage(
        truth=truth,
        readings=predict(distribution, truth),
        ownership=OWNERSHIPS.get(truth.ownership, truth.ownership),
        switches=[
            SwitchRow(name, SWITCH_MEANINGS[name], name in truth.switches, name in truth.account_switches) for name in SWITCHES
        ],
        statements=[_row(distribution, each) for each in statements_of(truth.policy)],
        policy_size=policy_bytes(truth.policy) if truth.policy else 0,
        files=_files(distribution, truth),
    )


def _row(distribution: Distribution, statement: dict[str, Any]) -> StatementRow:
    sid = str(statement.get("Sid", ""))
    whose = "ours" if wanted.made_here(distribution, sid) else "another" if sid.startswith("Cdnadmin") else "others"
    text = json.dumps(statement, indent=2, ensure_ascii=False)
    return StatementRow(sid, explain_statement(statement), str(statement.get("Effect", "")), whose, text)


def _files(distribution: Distribution, truth: BucketTruth) -> list[FileRow]:
    sampled = [each for each in truth.samples.get(distribution.prefix, []) if not each.get("gone")]
    grantees = {grantee for each in sampled for grantee, _ in each.get("grants", [])}
    named = {row.canonical_user_id: f"{row.name} ({row.aws_id})" for row in _identities(grantees)}
    found = []
    for each in sampled:
        grants = None
        if "grants" in each:
            owner = each.get("owner", "")
            grants = [
                (GROUPS.get(grantee) or named.get(grantee) or ("Its owner" if grantee == owner else f"{grantee[:12]}…"), permission)
                for grantee, permission in each["grants"]
            ]
        found.append(FileRow(each["key"], grants, each.get("kms", False)))
    return found


def _identities(canonical_ids: set[str]) -> list[OriginAccess]:
    return list(OriginAccess.objects.filter(Q(canonical_user_id__in=canonical_ids) & ~Q(canonical_user_id="")))


def policy_changes(plan: ChangePlan) -> list[tuple[PolicyChange, PolicyChange]]:
    """For each bucket whose policy the plan changes: from now to while edges move, and from now to the end.

    From what was last seen at S3; the write itself reads the policy anew and merges into what stands there then.
    """
    distribution = plan.distribution
    switch = switch_of(distribution, plan)
    if not switch.changes_access:
        return []
    truths = {
        truth.bucket.name: truth
        for truth in BucketTruth.objects.select_related("bucket").filter(
            bucket__account_id=distribution.account_id, bucket__name__in=switch.buckets
        )
    }
    found = []
    for name in switch.buckets:
        truth = truths.get(name)
        now = {"Version": "2012-10-17", "Statement": statements_of(truth.policy if truth else None)}
        if truth is not None and truth.policy is not None:
            now = {**truth.policy, "Statement": statements_of(truth.policy)}
        during = changed_policy(now, put=switch.put_first(name))
        needed = switch.after.get(name, [])
        remove = [*superfluous(distribution, statements_of(during), needed), *plan.outdated_sids.get(name, ())]
        after = changed_policy(during, put=needed, remove=remove)
        pair = tuple(compare_policies(name, now, then, most=wanted.POLICY_BYTES) for then in (during, after))
        if pair[0].changes or pair[1].changes:
            found.append((pair[0], pair[1]))
    return found
