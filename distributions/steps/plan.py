"""The plan that a change carries out."""

from __future__ import annotations

from cdnadmin.errors import Conflict
from cdnadmin.operations.models import Operation
from distributions.models import ChangePlan


def load_plan(operation: Operation) -> ChangePlan:
    related = ("base", "author", "distribution")
    return ChangePlan.objects.select_related(*related).get(public_id=operation.input["plan"])


def require_as_applied(plan: ChangePlan) -> None:
    """What failed may be tried again, unless its plan was edited, discarded or found in conflict since."""
    as_applied = ChangePlan.objects.filter(pk=plan.pk, state__in=[ChangePlan.State.APPLYING, ChangePlan.State.FAILED])
    if not as_applied.update(state=ChangePlan.State.APPLYING):
        raise Conflict("This plan is not as it was when it was applied: apply it again from its own page.", code="plan_changed")
