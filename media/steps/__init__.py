"""The long work of the library, as kinds of operations."""

from __future__ import annotations

from cdnadmin.accounts.permissions import Action
from cdnadmin.operations.outcomes import Kind, Step, registry
from media.steps import delete, discard, publish


def register_kinds() -> None:
    registry.register(
        Kind(
            name="publish_asset",
            label="Publish a file",
            steps=(
                Step("recognise", "Look at the file", publish.recognise_file),
                Step("send", "Put it into S3", publish.send_file),
                Step("verify", "Compare what S3 has", publish.verify_object),
                Step("permit", "Let CloudFront read it", publish.permit_viewers),
                Step("finish", "Clear the staging area", publish.finish_version),
            ),
            permission=Action.UPLOAD_MEDIA,
            on_end=publish.end_publishing,
        )
    )
    registry.register(
        Kind(
            name="discard_upload",
            label="Clear up after a stopped upload",
            steps=(
                Step("abort", "Stop the transfer at S3", discard.abort_at_s3),
                Step("clear", "Clear the staging area", discard.clear_staging),
            ),
            permission=Action.UPLOAD_MEDIA,
            cancellable=False,
        )
    )
    registry.register(
        Kind(
            name="delete_asset",
            label="Delete a file",
            steps=(
                Step("objects", "Delete it at S3", delete.delete_objects),
                Step("rows", "Take it out of the library", delete.delete_rows),
            ),
            permission=Action.EDIT_MEDIA,
            cancellable=False,
            on_end=delete.end_deleting,
        )
    )
