"""Deleting an asset: its directory at S3 first, its rows once nothing of it is left there."""

from __future__ import annotations

from cdnadmin.accounts.services.credentials import connection_for
from cdnadmin.aws import objects
from cdnadmin.operations.models import Operation
from cdnadmin.operations.outcomes import Next, Outcome
from cdnadmin.operations.services import record_progress
from media.models import Asset, AssetVersion


def delete_objects(operation: Operation) -> Outcome:
    asset = (
        Asset.objects.select_related("distribution__account", "distribution__bucket")
        .filter(public_id=operation.input["asset"])
        .first()
    )
    if asset is None:
        return Next()
    connection, bucket = connection_for(asset.distribution.account), asset.distribution.own_bucket.name
    deleted = 0
    for listed in objects.list_objects(connection, bucket=bucket, prefix=operation.input["prefix"]):
        objects.delete_object(connection, bucket=bucket, key=listed.key)
        deleted += 1
        record_progress(operation, done=deleted)
    record_progress(operation, message=f"{deleted} deleted at S3.")
    return Next()


def delete_rows(operation: Operation) -> Outcome:
    Asset.objects.filter(public_id=operation.input["asset"]).delete()
    return Next()


def end_deleting(operation: Operation) -> None:
    """A deletion that failed leaves the asset in the library, so that it can be tried again."""
    if operation.state != Operation.State.SUCCEEDED:
        AssetVersion.objects.filter(asset__public_id=operation.input["asset"], state=AssetVersion.State.DELETING).update(
            state=AssetVersion.State.FAILED, error_message=operation.error_message
        )
