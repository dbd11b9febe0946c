"""Changes of a few settings at once: a plan that is applied in the same breath."""

from __future__ import annotations

import copy

from django.db import transaction

from cdnadmin.accounts.models import User
from cdnadmin.accounts.permissions import Action, require
from cdnadmin.aws.distribution_config import replace_origin_access
from cdnadmin.errors import Conflict, InvalidInput, NotReady
from cdnadmin.operations.models import Operation
from cdnadmin.text import without_controls
from distributions import wanted
from distributions.guards import require_changeable
from distributions.models import Distribution, OriginAccess
from distributions.services.plans import apply_plan, plan_change


def update_distribution(
    *,
    actor: User,
    distribution: Distribution,
    etag: str = "",
    comment: str | None = None,
    enabled: bool | None = None,
    price_class: str | None = None,
    default_root_object: str | None = None,
) -> Operation:
    """Ask for a change at CloudFront; what is None stays. `etag`: that of the configuration the person looked at.

    Raises InvalidInput, Conflict (a change is under way, nothing would change, others changed it), NotReady, NotAllowed.
    """
    require(actor, Action.MANAGE_DISTRIBUTIONS, distribution)
    require_changeable(distribution)
    config = copy.deepcopy(distribution.config)
    if comment is not None:
        config["Comment"] = without_controls(comment).strip() or distribution.name[:128]
    for name, value in (("Enabled", enabled), ("PriceClass", price_class), ("DefaultRootObject", default_root_object)):
        if value is not None:
            config[name] = value
    with transaction.atomic():
        plan = plan_change(actor=actor, distribution=distribution, wanted=config, etag=etag)
        return apply_plan(actor=actor, plan=plan)


def associate_origin_access(*, actor: User, distribution: Distribution, origin_access: OriginAccess) -> Operation:
    """Have CloudFront come to the bucket as `origin_access` from now on: the bucket is opened to it first, and shut
    to the old one once every edge has the change. Raises Conflict, InvalidInput, NotReady, NotAllowed.
    """
    require(actor, Action.MANAGE_DISTRIBUTIONS, distribution)
    if origin_access.account_id != distribution.account_id:
        raise InvalidInput("This origin access belongs to another AWS account.", field="origin_access")
    if not distribution.aws_id:
        raise NotReady("CloudFront does not have this distribution yet.")
    if distribution.origin_access_id == origin_access.pk:
        raise Conflict("It uses this origin access already.")
    config = replace_origin_access(distribution.config, **wanted.access_ids(origin_access))
    with transaction.atomic():
        title = f"Let {distribution.name} come to its bucket as {origin_access.aws_id}"
        plan = plan_change(actor=actor, distribution=distribution, wanted=config, title=title)
        return apply_plan(actor=actor, plan=plan)
