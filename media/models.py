"""The library: assets, their versions and objects, uploads on their way, and share links."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone

from cdnadmin.accounts.models import Bucket, new_public_id
from distributions.models import Distribution


class Asset(models.Model):
    """A file that the team keeps: a directory at S3, `<slug>-<public id>/<version>/`."""

    class Type(models.TextChoices):
        VIDEO = "video", "Video"
        AUDIO = "audio", "Audio"
        IMAGE = "image", "Image"
        OTHER = "other", "File"

    public_id = models.CharField(max_length=12, unique=True, default=new_public_id, editable=False)
    distribution = models.ForeignKey(Distribution, on_delete=models.PROTECT, related_name="assets")
    title = models.CharField(max_length=255)
    slug = models.CharField(max_length=80)
    type = models.CharField(max_length=8, choices=Type.choices, default=Type.OTHER)
    current_version = models.ForeignKey("AssetVersion", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["-created_at", "-id"]
        # The library pages by (created_at, id) within one of its filters.
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="asset_newest"),
            models.Index(fields=["type", "-created_at", "-id"], name="asset_type_newest"),
            models.Index(fields=["distribution", "-created_at", "-id"], name="asset_distribution_newest"),
        ]

    def __str__(self) -> str:
        return self.title


# A part of 8 MiB takes a minute and a half on a line of 100 kB/s.
BROKEN_OFF_AFTER = timedelta(minutes=2)


class AssetVersion(models.Model):
    """One upload of an asset."""

    class State(models.TextChoices):
        UPLOADING = "uploading", "Uploading"
        PUBLISHING = "publishing", "Publishing"
        READY = "ready", "Ready"
        FAILED = "failed", "Failed"
        DELETING = "deleting", "Being deleted"

    asset = models.ForeignKey(Asset, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField(default=1)
    state = models.CharField(max_length=12, choices=State.choices, default=State.UPLOADING)
    error_message = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["asset", "number"], name="one_row_per_asset_version")]

    def __str__(self) -> str:
        return f"{self.asset} v{self.number}"

    @property
    def broken_off(self) -> bool:
        """Whether it waits for parts of which none came lately: the page that sent them may be closed."""
        upload: Upload | None = getattr(self, "upload", None)
        waits = upload is not None and self.state == self.State.UPLOADING and upload.state == Upload.State.RECEIVING
        return waits and upload is not None and upload.touched_at < timezone.now() - BROKEN_OFF_AFTER


class MediaObject(models.Model):
    """One object at S3 that belongs to a version. `key` is whole, with the distribution's origin path."""

    class Role(models.TextChoices):
        ORIGINAL = "original", "Original"

    version = models.ForeignKey(AssetVersion, on_delete=models.CASCADE, related_name="objects_at_s3")
    role = models.CharField(max_length=16, choices=Role.choices, default=Role.ORIGINAL)
    bucket = models.ForeignKey(Bucket, on_delete=models.PROTECT, related_name="+")
    key = models.CharField(max_length=1024)
    file_name = models.CharField(max_length=1024, help_text="As the person's machine gave it")
    size = models.BigIntegerField(help_text="bytes")
    content_type = models.CharField(max_length=127)
    checksum_crc64nvme = models.CharField(max_length=16, blank=True, help_text="Base64, of the whole object, as S3 has it")
    etag = models.CharField(max_length=80, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["bucket", "key"], name="one_row_per_object")]

    def __str__(self) -> str:
        return self.key


class Upload(models.Model):
    """A file on its way: parts from the browser lie in staging until a worker has put them into S3."""

    class State(models.TextChoices):
        RECEIVING = "receiving", "Uploading"
        RECEIVED = "received", "Received"
        FINISHED = "finished", "Finished"
        ABORTED = "aborted", "Stopped"

    public_id = models.CharField(max_length=12, unique=True, default=new_public_id, editable=False)
    version = models.OneToOneField(AssetVersion, on_delete=models.CASCADE, related_name="upload")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    file_name = models.CharField(max_length=1024, help_text="As the person's machine gave it")
    size = models.BigIntegerField(help_text="bytes, as the browser announced")
    content_type = models.CharField(max_length=127)
    part_size = models.BigIntegerField()
    state = models.CharField(max_length=12, choices=State.choices, default=State.RECEIVING)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    touched_at = models.DateTimeField(default=timezone.now, help_text="When the last part came")
    # Written down before it is used, so that whoever goes on after a crash finds the parts already at S3.
    s3_upload_id = models.CharField(max_length=1024, blank=True)

    class Meta:
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["state", "touched_at"], name="upload_stale")]

    def __str__(self) -> str:
        return self.file_name

    @property
    def part_count(self) -> int:
        """How many parts make the whole; an empty file has none."""
        return -(-self.size // self.part_size)

    def size_of_part(self, number: int) -> int:
        """Bytes of part `number` (from 1): all are `part_size` but the last."""
        return min(self.part_size, self.size - (number - 1) * self.part_size)


class UploadPart(models.Model):
    """One part in staging."""

    upload = models.ForeignKey(Upload, on_delete=models.CASCADE, related_name="parts")
    number = models.PositiveIntegerField()
    size = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    staged_name = models.CharField(max_length=120)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["upload", "number"], name="one_row_per_part")]

    def __str__(self) -> str:
        return f"{self.upload} part {self.number}"


class ShareLink(models.Model):
    """A link of ours: checked, counted and ended by us, though CloudFront's signatures can't be.

    Its token is the public id and an HMAC over id and generation: nothing secret is stored, and raising
    the generation takes it back.
    """

    public_id = models.CharField(max_length=12, unique=True, default=new_public_id, editable=False)
    asset = models.ForeignKey(Asset, on_delete=models.CASCADE, related_name="share_links")
    message = models.CharField(max_length=500, blank=True)
    generation = models.PositiveIntegerField(default=1)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="share_links")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"Link to {self.asset}"


class ShareVisit(models.Model):
    """One opening of a share link."""

    link = models.ForeignKey(ShareLink, on_delete=models.CASCADE, related_name="visits")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    ip = models.GenericIPAddressField(null=True, blank=True)

    class Meta:
        ordering = ["-at"]

    def __str__(self) -> str:
        return f"{self.person} at {self.at:%Y-%m-%d %H:%M}"
