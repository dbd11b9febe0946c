"""What uploads leave behind when nobody finishes them, cleared up once a day old."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from cdnadmin.accounts.models import Bucket
from cdnadmin.accounts.services.credentials import connection_for
from cdnadmin.aws import objects
from cdnadmin.errors import CdnadminError
from cdnadmin.operations.models import Operation
from cdnadmin.operations.services import request_operation
from media import staging
from media.models import Upload, UploadPart
from media.services.uploads import STALE_AFTER, discard_receiving

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Swept:
    """How many of each were cleared."""

    uploads: int = 0
    staged_files: int = 0
    multipart_uploads: int = 0


def sweep_stale_uploads(*, now: datetime | None = None) -> Swept:
    """Stop uploads untouched for 24 hours, delete what no row knows in staging, abort what no row knows at S3.

    A bucket that can't be reached is left for the next round.
    """
    before = (now or timezone.now()) - STALE_AFTER
    return Swept(
        uploads=_stop_stale(before) + _discard_failed(before),
        staged_files=_delete_orphans(before),
        multipart_uploads=_abort_orphans(before),
    )


def _stop_stale(before: datetime) -> int:
    stale = list(Upload.objects.filter(state=Upload.State.RECEIVING, touched_at__lt=before).select_related("version__asset"))
    for upload in stale:
        discard_receiving(upload=upload, actor=None)
    return len(stale)


def _discard_failed(before: datetime) -> int:
    """Uploads whose publishing failed a day ago and was not tried again."""
    count = 0
    for upload in Upload.objects.filter(state=Upload.State.RECEIVED, touched_at__lt=before).select_related("version__asset"):
        target = f"asset:{upload.version.asset.public_id}"
        last = Operation.objects.filter(target=target, kind="publish_asset").first()
        if last is None or last.is_active or (last.finished_at or last.created_at) > before:
            continue
        with transaction.atomic():
            Upload.objects.filter(pk=upload.pk).update(state=Upload.State.ABORTED)
            request_operation(
                kind="discard_upload",
                target=f"upload:{upload.public_id}",
                title=f"Clear up after {upload.file_name}"[:200],
                input={"upload": upload.public_id, "key": last.data.get("key", "")},
            )
        count += 1
    return count


def _delete_orphans(before: datetime) -> int:
    for upload in Upload.objects.filter(state=Upload.State.FINISHED, parts__isnull=False).distinct():
        upload.parts.all().delete()
    known = set(UploadPart.objects.values_list("staged_name", flat=True))
    orphans = [name for name, modified in staging.iterate_staged() if name not in known and modified < before]
    staging.delete_staged(orphans)
    return len(orphans)


def _abort_orphans(before: datetime) -> int:
    known = set(Upload.objects.exclude(s3_upload_id="").values_list("s3_upload_id", flat=True))
    count = 0
    for bucket in Bucket.objects.select_related("account").prefetch_related("distributions"):
        # Only what lies under a prefix of ours: the bucket may serve others too.
        prefixes = tuple(f"{d.origin_path.lstrip('/')}/" for d in bucket.distributions.all() if d.origin_path)
        if not prefixes:
            continue
        try:
            connection = connection_for(bucket.account)
            for found in objects.list_multipart_uploads(connection, bucket=bucket.name):
                if found.upload_id not in known and found.initiated < before and found.key.startswith(prefixes):
                    objects.abort_multipart_upload(connection, bucket=bucket.name, key=found.key, upload_id=found.upload_id)
                    count += 1
        except CdnadminError as error:
            log.warning("sweep: bucket %s: %s", bucket.name, error.message)
    return count
