"""Asking from outside whether a distribution is as private as it says."""

from __future__ import annotations

from django.db import transaction
from django.db.models import QuerySet

from cdnadmin.accounts.audit import record
from cdnadmin.accounts.models import User
from cdnadmin.accounts.permissions import Action, require
from cdnadmin.errors import NotReady
from cdnadmin.operations.models import Operation
from distributions.models import Distribution, PrivacyCheck
from distributions.privacy import watching


def check_privacy(*, actor: User, distribution: Distribution) -> Operation:
    """Ask now. Raises NotReady with the reason where nobody can be asked, Conflict while a check is under way, NotAllowed."""
    require(actor, Action.VIEW_DISTRIBUTIONS, distribution)
    because = watching.uncheckable_because(distribution)
    if because:
        raise NotReady(because)
    with transaction.atomic():
        operation = watching.request_check(distribution, PrivacyCheck.Trigger.PERSON, actor=actor)
        record(actor=actor, action="check_privacy", target=distribution.reference, label=distribution.name)
    return operation


def ask_about_due() -> int:
    """For the clock: distributions whose last check is long ago."""
    return watching.check_due()


def checks_of(distribution: Distribution) -> QuerySet[PrivacyCheck]:
    """The last ones, newest first, with what was asked."""
    return PrivacyCheck.objects.filter(distribution=distribution).prefetch_related("probes")
