"""What was changed outside cdnadmin: taken over as ours, with nothing written at AWS."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from cdnadmin.accounts.audit import record
from cdnadmin.accounts.models import User
from cdnadmin.accounts.permissions import Action, require
from cdnadmin.errors import Conflict
from distributions.configuration.differences import compare
from distributions.mirror import MIRRORED, mirror_configuration
from distributions.models import Distribution
from distributions.watching import start_watching


def accept_drift(*, actor: User, distribution: Distribution) -> None:
    """From now on what somebody made of it outside is what is wanted. Raises Conflict where there is no drift."""
    require(actor, Action.MANAGE_DISTRIBUTIONS, distribution)
    with transaction.atomic():
        row = Distribution.objects.select_for_update().get(pk=distribution.pk)
        drift = row.drift
        if drift is None:
            raise Conflict("There is nothing to accept: AWS has what is known here.")
        differences = compare(row.config, drift.config)
        row.config, row.etag = drift.config, drift.etag
        mirror_configuration(row)
        row.drift, row.drift_found_at, row.seen_at = None, None, timezone.now()
        # How far it is, the look-out finds.
        row.status, row.changed_at = Distribution.Status.IN_PROGRESS, None
        row.save(update_fields=["config", "etag", "drift", "drift_found_at", "seen_at", "status", "changed_at", *MIRRORED])
        start_watching(row.account)
        record(
            actor=actor,
            action="accept_drift",
            target=row.reference,
            label=row.name,
            before={each.path: each.before_words for each in differences},
            after={each.path: each.after_words for each in differences},
        )
