"""Deleting a distribution, and changing one's mind before it is done."""

from __future__ import annotations

from collections.abc import Collection

from cdnadmin.accounts.models import User
from cdnadmin.accounts.permissions import Action, require
from cdnadmin.errors import Conflict, InvalidInput
from cdnadmin.operations.models import Operation
from cdnadmin.operations.services import cancel_operation
from distributions.models import Distribution
from distributions.retiring import deletion_under_way, request_deletion, undeletable_because

__all__ = (
    "CLEANED_BY_DEFAULT",
    "CLEANUPS",
    "delete_distribution",
    "deletion_under_way",
    "undeletable_because",
    "undo_deletion",
)
# What may be cleaned up behind it, in this order; each only if nothing else uses it.
CLEANUPS = (
    ("policy", "Take its statement out of the bucket’s policy"),
    ("access", "Delete its origin access control or identity"),
    ("keys", "Delete its key group, and the public keys in it"),
)
CLEANED_BY_DEFAULT = ("policy",)


def delete_distribution(
    *, actor: User, distribution: Distribution, typed_name: str, cleanup: Collection[str] = CLEANED_BY_DEFAULT
) -> Operation:
    """Ask for the operation that disables it, waits for the edges, deletes it and cleans up what was chosen of CLEANUPS.

    Raises InvalidInput (fields "typed_name", "cleanup"), Conflict where it is never deleted from here or something is
    under way, NotAllowed.
    """
    require(actor, Action.MANAGE_DISTRIBUTIONS, distribution)
    if typed_name.strip() != distribution.name.strip():
        raise InvalidInput(f"Type its name as it stands here: {distribution.name}", field="typed_name")
    chosen = [name for name, _ in CLEANUPS if name in cleanup]
    if set(cleanup) - set(chosen):
        raise InvalidInput("Choose from what is listed.", field="cleanup")
    return request_deletion(actor=actor, distribution=distribution, cleanup=chosen)


def undo_deletion(*, actor: User, distribution: Distribution) -> None:
    """Stop the deletion: what it has disabled is enabled again. Raises Conflict once CloudFront has deleted it."""
    require(actor, Action.MANAGE_DISTRIBUTIONS, distribution)
    operation = deletion_under_way(distribution)
    if operation is None:
        raise Conflict("It is not being deleted.")
    if operation.data.get("deleted") or distribution.status == Distribution.Status.GONE:
        raise Conflict("It is too late: CloudFront has deleted it. What is left of its clean-up is being done.")
    cancel_operation(actor=actor, operation=operation)
