"""From staging into S3: every step reads what is there before it writes, so a killed worker's work goes on."""

from __future__ import annotations

import time
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from django.db import transaction

from cdnadmin.accounts.services.credentials import connection_for
from cdnadmin.aws import objects
from cdnadmin.aws.objects import Acl
from cdnadmin.errors import AwsConflict, AwsError, AwsNotFound, CdnadminError
from cdnadmin.operations.models import Operation
from cdnadmin.operations.outcomes import Again, Next, Outcome
from cdnadmin.operations.services import record_progress, request_operation
from distributions.grants import acl_to_put, explained, is_public, opens_to_everybody
from distributions.models import Distribution
from distributions.services.objects import permit_object
from media import staging
from media.content_types import HEAD_BYTES, recognise
from media.models import Asset, AssetVersion, MediaObject, Upload, UploadPart
from media.names import object_key
from media.steps.discard import abort_transfers

# One PUT up to here; above it, parts, which are sent again one by one.
SINGLE_PUT_BYTES = 16 << 20
# What lies in a worker's memory at once is at most this, and never less than one part.
IN_FLIGHT_BYTES = 32 << 20
# A delivery ends well before the lease and the broker's visibility time-out do.
DELIVERY_SECONDS = 40.0

PUBLIC_CACHE = "public, max-age=31536000, immutable"
# Not "private": CloudFront would then not keep it, and it checks every request's signature itself.
# An hour bounds how long a viewer's own browser answers without asking again.
PRIVATE_CACHE = "max-age=3600, s-maxage=31536000"


def _upload(operation: Operation) -> Upload:
    found = (
        Upload.objects.select_related("version__asset__distribution__account", "version__asset__distribution__bucket")
        .filter(public_id=operation.input["upload"])
        .first()
    )
    if found is None:
        raise CdnadminError("This upload is no longer there.", code="NoSuchUpload")
    # A failed operation that is tried again goes on at the step that failed.
    AssetVersion.objects.filter(pk=found.version_id, state=AssetVersion.State.FAILED).update(
        state=AssetVersion.State.PUBLISHING, error_message=""
    )
    return found


def recognise_file(operation: Operation) -> Outcome:
    """Fix the key, and the type from the first bytes; both are written down before S3 hears of them."""
    upload = _upload(operation)
    version, asset = upload.version, upload.version.asset
    first = upload.parts.first()
    file_type = recognise(staging.read_head(first, HEAD_BYTES) if first else b"", upload.file_name)
    key = object_key(
        origin_path=asset.distribution.origin_path,
        slug=asset.slug,
        public_id=asset.public_id,
        version=version.number,
        file_name=upload.file_name,
    )
    Asset.objects.filter(pk=asset.pk).update(type=file_type.kind)
    record_progress(
        operation,
        done=0,
        total=upload.size,
        data={"key": key, "content_type": file_type.content_type, "attachment": file_type.attachment},
        message=f"It is {file_type.content_type}.",
    )
    return Next()


def send_file(operation: Operation) -> Outcome:
    """One PUT for a small file; parts for a large one, those that S3 has already left out."""
    upload = _upload(operation)
    if upload.size <= SINGLE_PUT_BYTES:
        _put_whole(operation, upload)
        record_progress(operation, done=upload.size, total=upload.size)
        return Next()
    if not upload.s3_upload_id:
        _begin_multipart(operation, upload)
    return _send_parts(operation, upload)


def verify_object(operation: Operation) -> Outcome:
    """What S3 says it has must be what was uploaded; else the operation fails. Transfers nobody completed are given up."""
    upload = _upload(operation)
    distribution = upload.version.asset.distribution
    seen = objects.head_object(connection_for(distribution.account), bucket=distribution.own_bucket.name, key=operation.data["key"])
    if seen is None or seen.size != upload.size:
        raise CdnadminError("What S3 has is not what was uploaded. Upload the file again.", code="Incomplete")
    if upload.size > SINGLE_PUT_BYTES:
        abort_transfers(distribution, operation.data["key"])
    record_progress(
        operation,
        data={"etag": seen.etag, "checksum": seen.checksum_crc64nvme or ""},
        message=f"S3 has {seen.size} bytes" + (f", CRC-64/NVME {seen.checksum_crc64nvme}." if seen.checksum_crc64nvme else "."),
    )
    return Next()


def permit_viewers(operation: Operation) -> Outcome:
    """What the distribution's access model needs for CloudFront to read the object: it came with that, and is looked at again."""
    distribution = _upload(operation).version.asset.distribution
    permit_object(distribution=distribution, key=operation.data["key"], opened=operation.data.get("opened", False))
    return Next()


def finish_version(operation: Operation) -> Outcome:
    """The version is ready; what lay in staging goes."""
    upload = _upload(operation)
    version, asset = upload.version, upload.version.asset
    with transaction.atomic():
        MediaObject.objects.update_or_create(
            bucket=asset.distribution.bucket,
            key=operation.data["key"],
            defaults={
                "version": version,
                "file_name": upload.file_name,
                "size": upload.size,
                "content_type": operation.data["content_type"],
                "checksum_crc64nvme": operation.data.get("checksum", ""),
                "etag": operation.data.get("etag", ""),
            },
        )
        AssetVersion.objects.filter(pk=version.pk).update(state=AssetVersion.State.READY, error_message="")
        Asset.objects.filter(pk=asset.pk).update(current_version=version)
        Upload.objects.filter(pk=upload.pk).update(state=Upload.State.FINISHED, s3_upload_id="")
    staging.delete_staged(upload.parts.values_list("staged_name", flat=True))
    upload.parts.all().delete()
    return Next()


def end_publishing(operation: Operation) -> None:
    """Once it ended: a failure stays in staging to be tried again; what was cancelled is cleared up."""
    if operation.state == Operation.State.SUCCEEDED:
        return
    upload = Upload.objects.filter(public_id=operation.input["upload"]).select_related("version").first()
    if upload is None:
        return
    cancelled = operation.state == Operation.State.CANCELLED
    message = "Publishing was cancelled." if cancelled else operation.error_message
    AssetVersion.objects.filter(pk=upload.version_id).update(state=AssetVersion.State.FAILED, error_message=message)
    if cancelled:
        Upload.objects.filter(pk=upload.pk).update(state=Upload.State.ABORTED)
        request_operation(
            kind="discard_upload",
            target=f"upload:{upload.public_id}",
            title=f"Clear up after {upload.file_name}"[:200],
            actor=operation.requested_by,
            input={"upload": upload.public_id, "key": operation.data.get("key", "")},
        )


def _headers(operation: Operation, upload: Upload) -> dict[str, str]:
    private = upload.version.asset.distribution.is_private
    return {
        "content_type": operation.data["content_type"],
        "cache_control": PRIVATE_CACHE if private else PUBLIC_CACHE,
        "content_disposition": "attachment" if operation.data["attachment"] else "",
    }


def _acl(operation: Operation, distribution: Distribution) -> Acl | None:
    """The object comes with it. That it is to be open to everybody is written down first: the access model may change before
    the last part has come, and then it is shut again.
    """
    if opens_to_everybody(distribution) and not operation.data.get("opened"):
        record_progress(operation, data={"opened": True})
    return acl_to_put(distribution, operation.data["key"])


def _object_is_there(operation: Operation, upload: Upload) -> bool:
    distribution = upload.version.asset.distribution
    seen = objects.head_object(connection_for(distribution.account), bucket=distribution.own_bucket.name, key=operation.data["key"])
    return seen is not None and seen.size == upload.size


def _put_whole(operation: Operation, upload: Upload) -> None:
    distribution = upload.version.asset.distribution
    body = b"".join(staging.read_part(part) for part in upload.parts.all())
    acl = _acl(operation, distribution)
    try:
        with explained(distribution, public=is_public(acl)):
            objects.put_object(
                connection_for(distribution.account),
                bucket=distribution.own_bucket.name,
                key=operation.data["key"],
                body=body,
                if_none_match=True,
                acl=acl,
                **_headers(operation, upload),
            )
    except AwsConflict:
        # An answer that was lost, and botocore's own retry: the key carries this asset's random id, so it is ours.
        if not _object_is_there(operation, upload):
            raise


def _begin_multipart(operation: Operation, upload: Upload) -> None:
    distribution = upload.version.asset.distribution
    acl = _acl(operation, distribution)
    with explained(distribution, public=is_public(acl)):
        upload.s3_upload_id = objects.create_multipart_upload(
            connection_for(distribution.account),
            bucket=distribution.own_bucket.name,
            key=operation.data["key"],
            acl=acl,
            **_headers(operation, upload),
        )
    Upload.objects.filter(pk=upload.pk).update(s3_upload_id=upload.s3_upload_id)


def _send_parts(operation: Operation, upload: Upload) -> Outcome:
    distribution = upload.version.asset.distribution
    connection = connection_for(distribution.account)
    where = {"bucket": distribution.own_bucket.name, "key": operation.data["key"], "upload_id": upload.s3_upload_id}
    try:
        there = {part.number: part for part in objects.list_parts(connection, **where)}
    except AwsNotFound as error:
        return _after_lost_upload(operation, upload, error)
    parts = list(upload.parts.all())
    waiting = [part for part in parts if part.number not in there or there[part.number].size != part.size]
    done = upload.size - sum(part.size for part in waiting)
    record_progress(operation, done=done, total=upload.size)

    def send(part: UploadPart) -> UploadPart:
        objects.upload_part(connection, part_number=part.number, body=staging.read_part(part), **where)
        return part

    end = time.monotonic() + DELIVERY_SECONDS
    at_once = max(1, min(4, IN_FLIGHT_BYTES // upload.part_size))
    queue = iter(waiting)
    running: set[Future[UploadPart]] = set()
    with ThreadPoolExecutor(at_once) as pool:
        while True:
            while len(running) < at_once and time.monotonic() < end and (part := next(queue, None)):
                running.add(pool.submit(send, part))
            if not running:
                break
            finished, running = wait(running, return_when=FIRST_COMPLETED)
            done += sum(future.result().size for future in finished)
            record_progress(operation, done=done, total=upload.size)
    if done < upload.size:
        return Again()
    sent = objects.list_parts(connection, **where)
    try:
        objects.complete_multipart_upload(connection, parts=sent, size=upload.size, if_none_match=True, **where)
    except (AwsNotFound, AwsConflict) as error:
        return _after_lost_upload(operation, upload, error)
    return Next()


def _after_lost_upload(operation: Operation, upload: Upload, error: AwsError) -> Outcome:
    """S3 no longer knows the upload: it was completed and the answer lost, or somebody aborted it. Look, then decide."""
    if _object_is_there(operation, upload):
        return Next()
    if error.code != "NoSuchUpload":
        raise error
    Upload.objects.filter(pk=upload.pk).update(s3_upload_id="")
    record_progress(operation, done=0, total=upload.size, message="S3 no longer knew the transfer; it begins again.")
    return Again()
