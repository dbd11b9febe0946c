"""Invalidations: what people asked for, and the batches that CloudFront was sent."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

from cdnadmin.accounts.models import new_public_id
from distributions.models.distribution import Distribution


class InvalidationBatch(models.Model):
    """One CreateInvalidation: paths of one or several requests, gathered."""

    class State(models.TextChoices):
        SENDING = "sending", "Being sent"
        IN_PROGRESS = "in_progress", "Reaching the edges"
        COMPLETED = "completed", "Completed"
        FAILED = "failed", "Failed"

    public_id = models.CharField(max_length=12, unique=True, default=new_public_id, editable=False)
    distribution = models.ForeignKey(Distribution, on_delete=models.CASCADE, related_name="invalidation_batches")
    aws_id = models.CharField(max_length=64, blank=True)
    state = models.CharField(max_length=12, choices=State.choices, default=State.SENDING)
    path_count = models.PositiveIntegerField(default=0)
    wildcard_count = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    sent_at = models.DateTimeField(null=True, blank=True)
    completed_at = models.DateTimeField(null=True, blank=True)
    error_code = models.CharField(max_length=80, blank=True)
    error_message = models.TextField(blank=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(fields=["distribution", "state"], name="invalidation_batch_state"),
            models.Index(fields=["sent_at"], name="invalidation_batch_sent"),
        ]

    def __str__(self) -> str:
        return f"{self.path_count} paths of {self.distribution}"


class InvalidationRequest(models.Model):
    """What one person asked to be fetched anew, from where."""

    class Origin(models.TextChoices):
        DISTRIBUTION = "distribution", "Distribution"
        ASSET = "asset", "File"
        FOLDER = "folder", "Folder"
        PASTED = "pasted", "Pasted paths"

    public_id = models.CharField(max_length=12, unique=True, default=new_public_id, editable=False)
    distribution = models.ForeignKey(Distribution, on_delete=models.CASCADE, related_name="invalidation_requests")
    origin = models.CharField(max_length=12, choices=Origin.choices, default=Origin.PASTED)
    label = models.CharField(max_length=200, blank=True, help_text="What it was asked for, as in the file's title")
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    path_count = models.PositiveIntegerField()
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [models.Index(fields=["distribution", "-created_at", "-id"], name="invalidation_request_newest")]

    def __str__(self) -> str:
        return self.label or f"{self.path_count} paths"


class InvalidationPath(models.Model):
    """One path of a request; `batch` is null until it is gathered into one."""

    request = models.ForeignKey(InvalidationRequest, on_delete=models.CASCADE, related_name="paths")
    distribution = models.ForeignKey(Distribution, on_delete=models.CASCADE, related_name="+")
    batch = models.ForeignKey(InvalidationBatch, null=True, blank=True, on_delete=models.CASCADE, related_name="paths")
    path = models.CharField(max_length=4000)

    class Meta:
        indexes = [
            models.Index(fields=["distribution", "id"], condition=models.Q(batch__isnull=True), name="invalidation_path_queued")
        ]

    def __str__(self) -> str:
        return self.path
