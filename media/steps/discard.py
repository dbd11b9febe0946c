"""What is left of an upload that was stopped: a multipart upload at S3, parts in staging."""

from __future__ import annotations

from cdnadmin.accounts.services.credentials import connection_for
from cdnadmin.aws import objects
from cdnadmin.operations.models import Operation
from cdnadmin.operations.outcomes import Next, Outcome
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
    connection, bucket, key = connection_for(distribution.account), distribution.bucket.name, operation.input["key"]
    if upload.s3_upload_id and key:
        objects.abort_multipart_upload(connection, bucket=bucket, key=key, upload_id=upload.s3_upload_id)
        Upload.objects.filter(pk=upload.pk).update(s3_upload_id="")
    if key:
        # Cancelled between S3's completion and ours: the object is there, but in no library.
        objects.delete_object(connection, bucket=bucket, key=key)
    return Next()


def clear_staging(operation: Operation) -> Outcome:
    upload = Upload.objects.filter(public_id=operation.input["upload"]).first()
    if upload is not None:
        staging.delete_staged(upload.parts.values_list("staged_name", flat=True))
        upload.parts.all().delete()
    return Next()
