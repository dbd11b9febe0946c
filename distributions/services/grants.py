"""The permissions of all of a distribution's files: looked through, given where they lack, taken off everybody."""

from __future__ import annotations

from django.db import transaction

from cdnadmin.accounts.audit import record
from cdnadmin.accounts.models import User
from cdnadmin.accounts.permissions import Action, require
from cdnadmin.errors import Conflict, InvalidInput
from cdnadmin.operations.models import Operation
from cdnadmin.operations.services import request_operation
from distributions.grant_passes import KIND
from distributions.grants import needs_everybody, opens_by_acl
from distributions.models import Distribution

TITLES = {
    "look": "Look through the permissions of {}’s files",
    "permit": "Give {}’s files the permission that they lack",
    "close": "Take everybody’s permission off {}’s files",
}


def repair_grants(*, actor: User, distribution: Distribution, do: str, replace: bool = False) -> Operation:
    """Ask for one pass over all files of the distribution, each ACL read and written where it is not as it should be.

    `do`: "look" counts what lacks its permission and writes nothing; "permit" gives it (`replace`: and takes all others but
    the owner's off); "close" takes what is granted to everybody off, for one that opens its files so no more.
    Raises InvalidInput, Conflict (its access model is another, something is under way), NotReady (no bucket), NotAllowed.
    """
    require(actor, Action.MANAGE_DISTRIBUTIONS, distribution)
    if do not in TITLES:
        raise InvalidInput("Choose what is to be done with the permissions.", field="do")
    bucket = distribution.own_bucket
    if do == "close":
        needing = needs_everybody(distribution)
        if needing is not None:
            raise Conflict(f"“{needing}” shows these files by everybody’s permission to read them: change its access model first.")
    elif not opens_by_acl(distribution):
        raise Conflict(f"“{distribution.name}” opens its files by the bucket’s policy: no file needs a permission of its own.")
    replace = replace and do != "close"
    with transaction.atomic():
        operation = request_operation(
            kind=KIND,
            target=distribution.reference,
            title=TITLES[do].format(distribution.name)[:200],
            actor=actor,
            input={"distribution": distribution.public_id, "do": do, "replace": replace},
        )
        record(
            actor=actor,
            action=KIND,
            target=distribution.reference,
            label=distribution.name,
            after={"do": do, "replace": replace, "files": f"{bucket.name}/{distribution.prefix}*"},
        )
    return operation
