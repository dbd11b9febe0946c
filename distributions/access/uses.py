"""What an origin access serves, as far as it is known here: distributions, and buckets that name it themselves.

Lists go by the rows alone, which are indexed; the text of all configurations is read for one access at a time.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db.models import F, Q, QuerySet, TextField
from django.db.models.functions import Cast

from cdnadmin.accounts.models import Bucket
from distributions.models import BucketTruth, ChangePlan, Distribution, OriginAccess

COUNTED = 100
NAMED_IN_LIST = 3
NAMED = 50


@dataclass(frozen=True)
class Served:
    """Distributions whose own files it fetches, by name; `more` beyond them, of which `uncounted` may be yet more."""

    distributions: Sequence[Distribution]
    more: int = 0
    uncounted: bool = False
    buckets: Sequence[str] = ()

    @property
    def any(self) -> bool:
        return bool(self.distributions)


@dataclass(frozen=True)
class NamingBucket:
    """A bucket that names an identity itself: in its policy, or in ACLs of the few objects that were looked at."""

    bucket: Bucket
    by_policy: bool
    by_acl: bool


def distributions_naming(account_id: int, ids: Collection[str]) -> QuerySet[Distribution]:
    """Those of the account whose row or configuration has one of these ids of AWS's. Reads the text of them all."""
    text = Q()
    for id in ids:
        text |= Q(as_text__contains=f'"{id}"') | Q(as_text__contains=f"cloudfront/{id}")
    return (
        Distribution.objects.filter(account_id=account_id)
        .exclude(status=Distribution.Status.GONE)
        .annotate(as_text=Cast(F("config"), TextField()))
        .filter(Q(origin_access__aws_id__in=ids) | Q(key_group__aws_id__in=ids) | text)
    )


def served_by(access: OriginAccess, *, named: int = NAMED_IN_LIST) -> Served:
    """By the rows alone: distributions whose default behavior's origin comes with it. Never reads more than COUNTED + 1."""
    found = access.distributions.exclude(status=Distribution.Status.GONE).select_related("bucket")
    rows = list(found.order_by().only("name", "public_id", "origin_access", "bucket__name")[: COUNTED + 1])
    rows.sort(key=lambda row: row.name.lower())
    buckets = sorted({row.bucket.name for row in rows if row.bucket})
    return Served(rows[:named], max(0, min(len(rows), COUNTED) - named), len(rows) > COUNTED, buckets)


def named_in_configurations(access: OriginAccess) -> list[Distribution]:
    """Distributions that come by it for another origin than that of their own files, which only their configuration says."""
    found = distributions_naming(access.account_id, [access.aws_id]).exclude(origin_access=access)
    return list(found.order_by("name").only("name", "public_id")[:NAMED])


def changing_now(access: OriginAccess) -> list[str]:
    """Names of distributions that are on their way from it, or to it: until every edge has moved, some come by it."""
    moving = Q(state=ChangePlan.State.APPLYING) | ~Q(distribution__second_model="")
    found = ChangePlan.objects.filter(moving, distribution__account_id=access.account_id).annotate(
        before=Cast(F("base__config"), TextField()), after=Cast(F("wanted"), TextField())
    )
    named = found.filter(Q(before__contains=access.aws_id) | Q(after__contains=access.aws_id))
    return sorted(set(named.order_by().values_list("distribution__name", flat=True)[:NAMED]))


def buckets_naming(access: OriginAccess) -> list[NamingBucket]:
    """As they were last looked at. A control stands in no policy: there the distributions do."""
    if not access.is_identity:
        return []
    policy, samples = Q(policy_text__contains=access.aws_id), Q()
    if access.canonical_user_id:
        policy |= Q(policy_text__contains=access.canonical_user_id)
        samples = Q(samples_text__contains=access.canonical_user_id)
    found = (
        BucketTruth.objects.filter(bucket__account_id=access.account_id)
        .annotate(policy_text=Cast(F("policy"), TextField()), samples_text=Cast(F("samples"), TextField()))
        .filter(policy | samples)
        .select_related("bucket__account")
        .order_by("bucket__name")
    )
    named = []
    for truth in found[:NAMED]:
        by_policy = names_identity(access, truth.policy_text)
        by_acl = bool(access.canonical_user_id) and access.canonical_user_id in truth.samples_text
        named.append(NamingBucket(truth.bucket, by_policy, by_acl))
    return named


def names_identity(access: OriginAccess, policy_text: str | None) -> bool:
    """Whether the text of a policy has the identity in it, by ARN or by canonical user id."""
    text = policy_text or ""
    return access.aws_id in text or bool(access.canonical_user_id and access.canonical_user_id in text)
