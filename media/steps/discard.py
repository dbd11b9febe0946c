"""What is left of an upload that was stopped: a multipart upload at S3, parts in staging."""

from __future__ import annotations

from contextlib import suppress

from cdnadmin.accounts.services.credentials import connection_for
from cdnadmin.aws import objects
from cdnadmin.errors import AwsDenied
from cdnadmin.operations.models import Operation
from cdnadmin.operations.outcomes import Next, Outcome
from distributions.models import Distribution
from media import staging
from media.models import Upload


def abort_at_s3(operation: Operation) -> Outcome:
    upload = (
        Upload.objects.select_related("version__asset__distribution__account", "version__asset__distribution__bucket")
        .filter(public_id=operation.input["upload"])
        .first()
    )
    if upload is None:
        return Next()
    distribution = upload.version.asset.distribution
    connection, bucket, key = connection_for(distribution.account), distribution.own_bucket.name, operation.input["key"]
    if upload.s3_upload_id and key:
        objects.abort_multipart_upload(connection, bucket=bucket, key=key, upload_id=upload.s3_upload_id)
        Upload.objects.filter(pk=upload.pk).update(s3_upload_id="")
    if key:
        abort_transfers(distribution, key)
        # Cancelled between S3's completion and ours: the object is there, but in no library.
        objects.delete_object(connection, bucket=bucket, key=key)
    return Next()


def abort_transfers(distribution: Distribution, key: str) -> None:
    """Give up whatever transfers of `key` S3 still knows. The row may name none: a worker was killed, or an answer
    lost, between S3's beginning one and our writing its id down."""
    connection, bucket = connection_for(distribution.account), distribution.own_bucket.name
    with suppress(AwsDenied):  # who may not list them leaves them to the bucket's own rules
        for found in objects.list_multipart_uploads(connection, bucket=bucket, prefix=key):
            if found.key == key:
                objects.abort_multipart_upload(connection, bucket=bucket, key=key, upload_id=found.upload_id)


def clear_staging(operation: Operation) -> Outcome:
    upload = Upload.objects.filter(public_id=operation.input["upload"]).first()
    if upload is not None:
        staging.delete_staged(upload.parts.values_list("staged_name", flat=True))
        upload.parts.all().delete()
    return Next()
