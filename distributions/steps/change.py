"""A change of a distribution: the new access is allowed first, CloudFront told, the old access taken away last.

In this order no viewer meets a moment in which neither may read.
"""

from __future__ import annotations

import copy
from typing import Any

from django.db import transaction
from django.utils import timezone

from cdnadmin.aws import distributions as aws_distributions
from cdnadmin.aws import objects as aws_objects
from cdnadmin.aws.distribution_config import replace_origin_access
from cdnadmin.errors import Conflict
from cdnadmin.operations.models import Operation
from cdnadmin.operations.outcomes import Next, Outcome, Wait
from cdnadmin.operations.services import record_progress
from distributions import wanted
from distributions.grants import grant_read
from distributions.models import Distribution, OriginAccess
from distributions.steps.bucket_policy import apply_statements
from distributions.steps.create import save_seen
from distributions.steps.target import connect, load_distribution
from distributions.watching import start_watching


def _apply_wish(operation: Operation, distribution: Distribution) -> Distribution:
    """The row as it shall be, in memory: it is written once CloudFront has taken it."""
    wish: dict[str, Any] = operation.input["changes"]
    for name in ("comment", "enabled", "price_class", "default_root_object"):
        if name in wish:
            setattr(distribution, name, wish[name])
    if "origin_access" in wish:
        access = OriginAccess.objects.get(pk=wish["origin_access"], account=distribution.account)
        distribution.origin_access = access
        if access.type == OriginAccess.Type.OAC:
            distribution.access_model = Distribution.AccessModel.OAC
        elif distribution.access_model != Distribution.AccessModel.OAI_ACL:
            distribution.access_model = Distribution.AccessModel.OAI
    return distribution


def permit_new_access(operation: Operation) -> Outcome:
    distribution = load_distribution(operation)
    if "origin_access" not in operation.input["changes"]:
        return Next()
    if "old_sid" not in operation.data:
        record_progress(operation, data={"old_sid": _sid(distribution)})
    wished = _apply_wish(operation, distribution)
    if wished.access_model == Distribution.AccessModel.OAI_ACL:
        return _grant_all(operation, wished, replace=False)
    return apply_statements(operation, wished)


def _grant_all(operation: Operation, distribution: Distribution, *, replace: bool) -> Outcome:
    """Object by object; what has its grant already is only read."""
    connection, bucket = connect(distribution), distribution.own_bucket.name
    done = 0
    for listed in aws_objects.list_objects(connection, bucket=bucket, prefix=distribution.prefix):
        grant_read(distribution=distribution, key=listed.key, replace=replace)
        done += 1
        record_progress(operation, note=f"{done} objects looked at")
    return Next(f"{done} objects let {distribution.origin_access} read them")


def _sid(distribution: Distribution) -> str:
    access = distribution.origin_access
    if access is None or distribution.access_model == Distribution.AccessModel.OAI_ACL:
        return ""
    return wanted.control_sid(distribution) if access.type == OriginAccess.Type.OAC else wanted.identity_sid(distribution)


def changed_config(config: dict[str, Any], distribution: Distribution) -> dict[str, Any]:
    """What AWS has now, with the row's wishes in it; whatever else stands there stays."""
    changed = copy.deepcopy(config)
    changed["Comment"] = (distribution.comment or distribution.name)[:128]
    changed["Enabled"] = distribution.enabled
    changed["PriceClass"] = distribution.price_class
    changed["DefaultRootObject"] = distribution.default_root_object
    if distribution.origin_access:
        changed = replace_origin_access(changed, **wanted.access_ids(distribution.origin_access))
    return changed


def update_at_cloudfront(operation: Operation) -> Outcome:
    """Read, change, write back under its ETag. Raises Conflict where somebody changed it since the person looked."""
    distribution = _apply_wish(operation, load_distribution(operation))
    connection = connect(distribution)
    seen = aws_distributions.get_distribution(connection, id=distribution.aws_id)
    config = changed_config(seen.config, distribution)
    known = operation.input.get("etag", "")
    if not aws_distributions.is_same_config(config, seen.config):
        if known and seen.etag != known:
            raise Conflict("Somebody changed this distribution at CloudFront meanwhile. Look at it again, then repeat the change.")
        seen = aws_distributions.update_distribution(connection, id=distribution.aws_id, config=config, etag=seen.etag)
    with transaction.atomic():
        save_seen(
            distribution,
            seen,
            status=Distribution.Status.IN_PROGRESS,
            changed_at=timezone.now(),
            comment=distribution.comment,
            price_class=distribution.price_class,
            default_root_object=distribution.default_root_object,
            origin_access=distribution.origin_access,
            access_model=distribution.access_model,
        )
        start_watching(distribution.account)
    return Next("CloudFront has taken it")


def revoke_old_access(operation: Operation) -> Outcome:
    """Only once every edge comes as the new one."""
    distribution = load_distribution(operation)
    if "origin_access" not in operation.input["changes"]:
        return Next()
    if distribution.access_model == Distribution.AccessModel.OAI_ACL:
        return _grant_all(operation, distribution, replace=True)
    old = operation.data.get("old_sid", "")
    if not old or old == _sid(distribution):
        return Next()
    outcome = apply_statements(operation, distribution, remove=(old,))
    return outcome if isinstance(outcome, Wait) else Next("The old origin access may read nothing here any more")


def end_change(operation: Operation) -> None:
    """A failed change leaves the distribution as CloudFront has it: the row was written only after CloudFront's yes."""
