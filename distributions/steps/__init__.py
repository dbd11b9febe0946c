"""The long work on distributions, as kinds of operations."""

from __future__ import annotations

from cdnadmin.accounts.permissions import Action
from cdnadmin.operations.models import Operation
from cdnadmin.operations.outcomes import Kind, Step, registry
from distributions import watching
from distributions.steps import (
    access,
    change,
    create,
    delete,
    drift,
    examine,
    grants,
    importing,
    invalidate,
    keys,
    mending,
    origin_access,
    privacy,
    propagation,
    succession,
)


def _is_private(operation: Operation) -> bool:
    return bool(operation.input.get("kind") == "private")


def _changes_access(operation: Operation) -> bool:
    return bool(operation.input.get("access"))


def _opens_files(operation: Operation) -> bool:
    return bool(operation.input.get("files_first"))


def _sets_files(operation: Operation) -> bool:
    return bool(operation.input.get("files_last"))


def _changes_tags(operation: Operation) -> bool:
    return bool(operation.input.get("tags"))


def register_kinds() -> None:
    registry.register(
        Kind(
            name="create_distribution",
            label="Create a distribution",
            steps=(
                Step("signing_key", "Choose or make the signing key", keys.ensure_signing_key, _is_private),
                Step("public_key", "Put the public key at CloudFront", keys.ensure_public_key, _is_private),
                Step("key_group", "Trust it through the key group", keys.ensure_key_group, _is_private),
                Step("origin_access", "Give CloudFront an identity at the bucket", origin_access.ensure_origin_access),
                Step("create", "Create it at CloudFront", create.create_at_cloudfront),
                Step("policy", "Let it read its part of the bucket", create.permit_origins),
                Step("propagate", "Wait until it reaches the edges", create.wait_for_edges),
                Step("verify", "Read back what AWS has", create.verify_distribution),
            ),
            permission=Action.MANAGE_DISTRIBUTIONS,
            on_end=create.end_creation,
            # Half of a distribution would be left at AWS; what was begun is finished, then disabled.
            cancellable=False,
        )
    )
    registry.register(
        Kind(
            name="update_distribution",
            label="Change a distribution",
            steps=(
                Step("permit", "Let CloudFront in the new way, beside the old", access.permit_new_access, _changes_access),
                Step("open_files", "Open each file for the new way", access.open_files, _opens_files),
                Step("update", "Write the configuration at CloudFront", change.update_at_cloudfront),
                Step("tags", "Write the tags", change.write_tags, _changes_tags),
                Step("propagate", "Wait until it reaches the edges", create.wait_for_edges),
                Step("verify", "Read back what AWS has", change.verify_change),
                Step("set_files", "Set the permission of each file", access.set_files, _sets_files),
                Step("revoke", "Shut the old way at the bucket", access.revoke_old_access, _changes_access),
            ),
            permission=Action.MANAGE_DISTRIBUTIONS,
            on_end=change.end_change,
            cancellable=False,
        )
    )
    registry.register(
        Kind(
            name=watching.KIND,
            label="Watch the edges",
            steps=(Step("look", "Look at every distribution of the account", propagation.look),),
            permission=Action.MANAGE_DISTRIBUTIONS,
            on_end=propagation.end_look_out,
        )
    )
    delete.register()
    access.register()
    privacy.register()
    examine.register()
    mending.register()
    grants.register()
    succession.register()
    _register_looking()
    registry.register(
        Kind(
            name="send_invalidations",
            label="Fetch files anew",
            steps=(Step("send", "Tell every edge to drop its copies", invalidate.send_and_follow),),
            permission=Action.EDIT_MEDIA,
            on_end=invalidate.end_sending,
            # What CloudFront was told can't be untold.
            cancellable=False,
        )
    )


_CHECKS = (
    Step("check", "Compare AWS’s list with what is known", drift.list_account),
    Step("changed", "Read what was changed outside", drift.read_changed),
    Step("missing", "Ask once more for what is listed no more", drift.confirm_missing),
)


def _register_looking() -> None:
    """What is only looked at: nothing of it changes anything at AWS."""
    registry.register(
        Kind(
            name="import_account",
            label="Import an account",
            steps=(
                Step("accesses", "Accesses, keys and key groups", importing.import_accesses),
                Step("count", "Count the distributions", importing.count_distributions),
                Step("distributions", "Distributions", importing.import_distributions),
                *_CHECKS,
                Step("streaming", "Old streaming distributions", importing.import_streaming),
            ),
            permission=Action.MANAGE_DISTRIBUTIONS,
        )
    )
    registry.register(
        Kind(
            name="check_drift",
            label="Look what was changed outside",
            steps=_CHECKS,
            permission=Action.MANAGE_DISTRIBUTIONS,
        )
    )
