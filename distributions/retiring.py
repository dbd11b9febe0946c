"""The request for a distribution's deletion: by a person on its page, or by what was to retire it at its end."""

from __future__ import annotations

import copy
from collections.abc import Sequence

from django.db import transaction

from cdnadmin.accounts.audit import record
from cdnadmin.accounts.models import User
from cdnadmin.errors import Conflict
from cdnadmin.operations.models import Operation
from cdnadmin.operations.services import request_operation
from distributions.models import Distribution

KIND = "delete_distribution"


def undeletable_because(distribution: Distribution) -> str:
    """Why it is never deleted from here, as a sentence; "" where it may be."""
    if not distribution.aws_id:
        return "CloudFront does not have it: take it out of the list instead."
    asked = copy.copy(distribution)
    if not distribution.enabled:
        # Nothing of its configuration is written, so nothing that is not known here can be lost.
        asked.unknown_fields = []
    return asked.unchangeable_because


def request_deletion(*, actor: User, distribution: Distribution, cleanup: Sequence[str]) -> Operation:
    """The caller has asked whether this person may, and had the name typed.

    Raises Conflict: "unchangeable" where it is never deleted from here, else something is under way.
    """
    because = undeletable_because(distribution)
    if because:
        raise Conflict(because, code="unchangeable")
    with transaction.atomic():
        operation = request_operation(
            kind=KIND,
            target=distribution.reference,
            title=f"Delete {distribution.name}"[:200],
            actor=actor,
            input={"cleanup": list(cleanup), "account": distribution.account_id, "name": distribution.name},
        )
        record(
            actor=actor,
            action="delete_distribution",
            target=distribution.reference,
            label=distribution.name,
            before={"name": distribution.name, "id": distribution.aws_id, "domain": distribution.domain_name},
            after={"cleanup": list(cleanup), "changed outside": distribution.drift_id is not None},
        )
    return operation


def deletion_under_way(distribution: Distribution) -> Operation | None:
    """The deletion that runs, or waits, now."""
    return Operation.objects.filter(kind=KIND, target=distribution.reference, state__in=Operation.ACTIVE).first()
