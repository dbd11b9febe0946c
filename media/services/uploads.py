"""Uploads from the browser: begun, received part by part into staging, completed or stopped."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from cdnadmin.accounts import audit
from cdnadmin.accounts.models import User
from cdnadmin.accounts.permissions import Action, require
from cdnadmin.errors import Conflict, InvalidInput, NotReady
from cdnadmin.operations.services import request_operation
from cdnadmin.text import without_controls
from distributions.models import Distribution
from media import staging
from media.models import Asset, AssetVersion, Upload, UploadPart
from media.names import clean_file_name, slug_for, title_for

MIB = 1 << 20
MIN_PART_BYTES = 8 * MIB
# Resuming reads one page of ListParts, which holds 1,000.
MAX_PARTS = 1000
# S3 User Guide, "Amazon S3 multipart upload limits": an object is at most 50 TB, a part at most 5 GiB.
MAX_FILE_BYTES = MAX_PARTS * 5 * 1024 * MIB
STALE_AFTER = timedelta(hours=24)


def choose_part_size(size: int) -> int:
    """Bytes of each part but the last: whole MiB, at least 8 MiB, so many that there are at most 1,000 parts."""
    least = -(-size // MAX_PARTS)
    return max(MIN_PART_BYTES, -(-least // MIB) * MIB)


def begin_upload(
    *, actor: User, distribution: Distribution, file_name: str, size: int, content_type: str, title: str = ""
) -> Upload:
    """Make an asset with its first version and the upload that will fill it. `size` in bytes, 0 allowed.

    Two files of one name become two assets. Raises InvalidInput, NotReady, NotAllowed or StagingFull.
    """
    require(actor, Action.UPLOAD_MEDIA, distribution)
    if not 0 <= size <= MAX_FILE_BYTES:
        raise InvalidInput("A file may hold at most 5 TB.", field="size")
    if distribution.status in {Distribution.Status.FAILED, Distribution.Status.CREATING} and not distribution.arn:
        raise NotReady(f"“{distribution.name}” is not at CloudFront yet. Wait until it is, or choose another distribution.")
    staging.check_room(size)
    shown = clean_file_name(file_name)
    title = without_controls(title).strip()[:255] or title_for(shown)
    with transaction.atomic():
        asset = Asset.objects.create(distribution=distribution, title=title, slug=slug_for(title), created_by=actor)
        version = AssetVersion.objects.create(asset=asset)
        asset.current_version = version
        asset.save(update_fields=["current_version"])
        return Upload.objects.create(
            version=version,
            person=actor,
            file_name=shown,
            size=size,
            content_type=content_type[:127],
            part_size=choose_part_size(size),
        )


def receive_part(*, upload: Upload, number: int, stream: staging.Readable, length: int, sha256: str = "") -> UploadPart:
    """Take part `number` (from 1) of `length` bytes from `stream` into staging; a part sent again replaces the first.

    `sha256` in hex, where the sender gave one, must be that of what came. Raises InvalidInput (wrong number,
    length or digest; CutOff), Conflict (no longer receiving) or StagingFull; then nothing was kept.
    """
    if upload.state != Upload.State.RECEIVING:
        raise Conflict("This upload is no longer receiving.", code="NoSuchUpload")
    if not 1 <= number <= upload.part_count:
        raise InvalidInput(f"There is no part {number}: the file has {upload.part_count}.", code="InvalidPart")
    if length != upload.size_of_part(number):
        raise InvalidInput(
            f"Part {number} must hold {upload.size_of_part(number)} bytes, not {length}. The file may have changed meanwhile.",
            code="EntityTooLarge" if length > upload.size_of_part(number) else "EntityTooSmall",
        )
    staging.check_room(length)
    staged = staging.store_part(directory=f"uploads/{upload.public_id}", number=number, stream=stream, length=length)
    try:
        if sha256 and staged.sha256 != sha256.lower():
            raise InvalidInput(f"Part {number} was damaged on its way; nothing was kept. Send it again.", code="BadDigest")
        return _record_part(upload, number, staged)
    except BaseException:
        staging.delete_staged([staged.name])
        raise


def complete_upload(*, upload: Upload) -> Upload:
    """Hand the received file to a worker, once all parts are there. Harmless when repeated.

    Raises NotReady where parts are missing, Conflict where it was stopped.
    """
    parts = list(upload.parts.values_list("number", "size"))
    missing = sorted(set(range(1, upload.part_count + 1)) - {number for number, _ in parts})
    if upload.state == Upload.State.RECEIVING and missing:
        raise NotReady(
            f"{len(missing)} of {upload.part_count} parts have not arrived, the first of them {missing[0]}.", code="InvalidPart"
        )
    if upload.state == Upload.State.RECEIVING and sum(size for _, size in parts) != upload.size:
        raise NotReady(f"The parts do not make {upload.size} bytes.", code="InvalidPart")
    asset = upload.version.asset
    with transaction.atomic():
        moved = Upload.objects.filter(pk=upload.pk, state=Upload.State.RECEIVING).update(
            state=Upload.State.RECEIVED, touched_at=timezone.now()
        )
        if moved:
            AssetVersion.objects.filter(pk=upload.version_id).update(state=AssetVersion.State.PUBLISHING)
            request_operation(
                kind="publish_asset",
                target=f"asset:{asset.public_id}",
                title=f"Publish {asset.title}"[:200],
                actor=upload.person,
                input={"upload": upload.public_id},
            )
            audit.record(
                actor=upload.person,
                action="upload_asset",
                target=f"asset:{asset.public_id}",
                label=asset.title,
                after={"title": asset.title, "file_name": upload.file_name, "size": upload.size},
            )
    upload.refresh_from_db()
    if upload.state == Upload.State.ABORTED:
        raise Conflict("This upload was stopped.", code="NoSuchUpload")
    return upload


def abort_upload(*, actor: User | None, upload: Upload) -> None:
    """Stop an upload that is still receiving: its asset, which never was at S3, and its parts go. Harmless when repeated."""
    if actor is None or upload.person_id != actor.pk:
        require(actor, Action.MANAGE_OPERATIONS, upload)
    discard_receiving(upload=upload, actor=actor)


def discard_receiving(*, upload: Upload, actor: User | None) -> None:
    """What `abort_upload` does, for whoever may decide it: the sweep has no actor."""
    with transaction.atomic():
        if not Upload.objects.filter(pk=upload.pk, state=Upload.State.RECEIVING).update(state=Upload.State.ABORTED):
            return
        names = list(upload.parts.values_list("staged_name", flat=True))
        asset = upload.version.asset
        asset.delete()
        target, before = f"asset:{asset.public_id}", {"file_name": upload.file_name}
        audit.record(actor=actor, action="stop_upload", target=target, label=asset.title, before=before)
        transaction.on_commit(lambda: staging.delete_staged(names), robust=True)


def _record_part(upload: Upload, number: int, staged: staging.StagedPart) -> UploadPart:
    with transaction.atomic():
        still = Upload.objects.filter(pk=upload.pk, state=Upload.State.RECEIVING).update(touched_at=timezone.now())
        if not still:
            raise Conflict("This upload is no longer receiving.", code="NoSuchUpload")
        old = list(UploadPart.objects.filter(upload=upload, number=number).values_list("staged_name", flat=True))
        part, _ = UploadPart.objects.update_or_create(
            upload=upload,
            number=number,
            defaults={"size": staged.size, "sha256": staged.sha256, "staged_name": staged.name},
        )
        transaction.on_commit(lambda: staging.delete_staged(old), robust=True)
    return part
