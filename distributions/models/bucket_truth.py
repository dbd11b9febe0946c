"""What was true of a bucket at S3 when it was last looked at, whoever made it so."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from cdnadmin.accounts.models import Bucket


class BucketTruth(models.Model):
    """As `cdnadmin.aws.bucket_truth.SeenBucket`, kept for pages; and a sample of its objects, by prefix."""

    bucket = models.OneToOneField(Bucket, on_delete=models.CASCADE, related_name="truth")
    policy = models.JSONField(null=True, blank=True, help_text="null: it has none, or it could not be read (`unread`)")
    ownership = models.CharField(max_length=32, blank=True)
    switches = models.JSONField(default=list, blank=True, help_text="Block Public Access: those of the bucket that are on")
    account_switches = models.JSONField(default=list, blank=True, help_text="Those of the whole account that are on")
    encryption = models.CharField(max_length=16, blank=True)
    kms_key_id = models.CharField(max_length=2048, blank=True)
    kms_policies = models.JSONField(
        default=dict, blank=True, help_text="key → its policy, of those that encrypt here; null: it could not be read"
    )
    cors = models.JSONField(default=list, blank=True)
    owner = models.CharField(max_length=128, blank=True, help_text="Canonical user id")
    acl = models.JSONField(null=True, blank=True, help_text="The bucket’s own: [[grantee, permission]]; null: not known")
    unread = models.JSONField(default=dict, blank=True, help_text="What could not be read, and AWS's code")
    samples = models.JSONField(
        default=dict,
        blank=True,
        help_text="prefix → a few objects: [{key, owner, grants: [[grantee, permission]], kms, kms_key}]",
    )
    error = models.CharField(max_length=500, blank=True, help_text="Why it could not be looked at at all, the last time")
    seen_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.bucket} at S3"
