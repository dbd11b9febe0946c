"""From rows to what the checks look at, a distribution or a bucket at a time."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models.functions import Coalesce
from django.utils import timezone

from cdnadmin.accounts.models import AwsAccount, Bucket
from cdnadmin.aws.session import Connection
from cdnadmin.operations.models import Operation
from distributions.access.bucket_truth import read_key_policy, sample_objects
from distributions.access.policies import statements_of
from distributions.doctor.encryption import MANAGED, keys_in_use
from distributions.doctor.known import Known
from distributions.doctor.places import Places
from distributions.doctor.sites import BucketSite, DistributionSite, PlannedEnd, SampledObject
from distributions.doctor.statements import owner_of
from distributions.models import BucketTruth, ChangePlan, Distribution, OriginAccess
from distributions.reach.state import ObjectState
from distributions.signatures import links_that_end, valid_by_key

# Files that stand for all of a distribution's, and others that are named beside it.
SAMPLED, OTHERS = 2, 20
# Of a bucket's distributions so many say which access models it has to do with.
MODELS_FROM = 500


def places_of(account: AwsAccount) -> Places:
    """Of all distributions here, those of other accounts too: a bucket may serve several. One pass over the configurations."""
    rows = Distribution.objects.filter(family=Distribution.Family.WEB).exclude(aws_id="")
    rows = rows.exclude(status__in=[Distribution.Status.GONE, Distribution.Status.FAILED])
    met = rows.order_by("pk").values_list("pk", Coalesce("drift__config", "config"))
    return Places(met.iterator(chunk_size=500))


def site_of(distribution: Distribution, known: Known, places: Places, connection: Connection) -> DistributionSite:
    """Raises AwsError where S3 can't be asked for a sample."""
    bucket = distribution.bucket
    truth = BucketTruth.objects.defer("samples").select_related("bucket__account").filter(bucket=bucket).first() if bucket else None
    sampled: tuple[SampledObject, ...] = ()
    if truth is not None and not truth.error and distribution.family == Distribution.Family.WEB:
        sampled = tuple(_objects(sample_objects(connection, truth.bucket.name, distribution.prefix, truth.ownership, SAMPLED)))
    over = places.over(bucket.name, distribution.prefix, but=distribution.pk) if bucket and distribution.is_private else []
    others = Distribution.objects.select_related("account", "drift").in_bulk(over[:OTHERS])
    identities = OriginAccess.objects.filter(account_id=distribution.account_id, type=OriginAccess.Type.OAI)
    site = DistributionSite(
        distribution=distribution,
        truth=truth,
        known=known,
        now=timezone.now(),
        objects=sampled,
        canonical=dict(identities.values_list("aws_id", "canonical_user_id")),
        others=tuple(others[pk] for pk in over[:OTHERS] if pk in others),
        more_others=max(0, len(over) - OTHERS),
        links=valid_by_key(distribution),
        planned=tuple(_planned(distribution)),
    )
    policies = {key: _key_policy(truth, connection, key) for key in keys_in_use(site) if truth is not None and key != MANAGED}
    return DistributionSite(**{**site.__dict__, "key_policies": policies})


def _key_policy(truth: BucketTruth, connection: Connection, key: str) -> Any:
    return truth.kms_policies[key] if truth.kms_policies.get(key) else read_key_policy(connection, key)


def _objects(found: Iterable[dict[str, Any]]) -> Iterable[SampledObject]:
    for each in found:
        if each.get("gone"):
            continue
        grants = tuple((grantee, permission) for grantee, permission in each["grants"]) if "grants" in each else None
        state = ObjectState(key=each["key"], grants=grants, kms=each.get("kms", False), owner=each.get("owner", ""))
        yield SampledObject(state, each.get("kms_key", ""))


def _planned(distribution: Distribution) -> Iterable[PlannedEnd]:
    for plan in ChangePlan.objects.filter(distribution=distribution, state__in=ChangePlan.OPEN).order_by("pk"):
        found = links_that_end(distribution, distribution.config, plan.wanted)
        ends = tuple(each.sentence for each in found if each.tone != "info")
        if ends:
            yield PlannedEnd(plan.public_id, str(plan), ends)


def bucket_site(bucket: Bucket, truth: BucketTruth, known: Known) -> BucketSite:
    here = Distribution.objects.filter(bucket=bucket).exclude(status=Distribution.Status.GONE)
    wanted = {owner_of(str(each.get("Sid", ""))) for each in statements_of(truth.policy)} - {""}
    owners = {
        row.public_id: row
        for row in Distribution.objects.select_related("account", "bucket", "origin_access").filter(public_id__in=wanted)
    }
    references = {row.reference: row.public_id for row in owners.values()}
    active = Operation.objects.filter(target__in=references, lane="main", state__in=Operation.ACTIVE).values_list(
        "target", flat=True
    )
    busy = {references[target] for target in active} | {row.public_id for row in owners.values() if row.second_model}
    applying = ChangePlan.objects.filter(distribution__in=list(owners.values()), state=ChangePlan.State.APPLYING)
    busy |= set(applying.values_list("distribution__public_id", flat=True))
    identities = OriginAccess.objects.filter(account_id=bucket.account_id, type=OriginAccess.Type.OAI)
    gone = set(identities.exclude(gone_at=None).values_list("aws_id", flat=True))
    if known.identities is not None:
        gone |= set(identities.values_list("aws_id", flat=True)) - set(known.identities)
    return BucketSite(
        truth=truth,
        known=known,
        distributions=tuple(here.select_related("account", "origin_access").defer("config", "template")[:MODELS_FROM]),
        owners=owners,
        busy=frozenset(busy),
        gone=frozenset(gone),
    )
