"""Changes of a few settings at once: a plan that is applied in the same breath."""

from __future__ import annotations

import copy

from django.db import transaction

from cdnadmin.accounts.models import User
from cdnadmin.accounts.permissions import Action, require
from cdnadmin.errors import CdnadminError, InvalidInput, NotReady
from cdnadmin.operations.models import Operation
from cdnadmin.text import without_controls
from distributions.guards import require_changeable
from distributions.models import Distribution, OriginAccess
from distributions.services.access_models import plan_access_model
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
    by_acl = distribution.access_model == Distribution.AccessModel.OAI_ACL and origin_access.type == OriginAccess.Type.OAI
    model = Distribution.AccessModel.OAI_ACL if by_acl else Distribution.AccessModel(origin_access.type)
    plan = plan_access_model(actor=actor, distribution=distribution, model=model, origin_access=origin_access)
    try:
        return apply_plan(actor=actor, plan=plan)
    except CdnadminError:
        plan.delete()  # nobody asked for a plan to be kept
        raise
