"""What the doctor found, since when, and what somebody decided to leave as it is."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from cdnadmin.accounts.models import AwsAccount, Bucket, new_public_id
from distributions.models.distribution import Distribution


class Examination(models.Model):
    """How an account was last looked through, and what of it is the same for all of its distributions."""

    account = models.OneToOneField(AwsAccount, on_delete=models.CASCADE, related_name="examination")
    began_at = models.DateTimeField(null=True, blank=True, help_text="When the last whole one began")
    finished_at = models.DateTimeField(null=True, blank=True, help_text="When the last whole one had ended")
    changes_until = models.DateTimeField(default=timezone.now, help_text="What was changed until then has been looked at again")
    known = models.JSONField(default=dict, blank=True, help_text="As `doctor.known.Known`")
    permissions = models.JSONField(
        default=dict, blank=True, help_text="{arn, source, root, problem, refused: [action], allowed: [action]}"
    )

    def __str__(self) -> str:
        return f"Examination of {self.account}"


class FoundProblem(models.Model):
    """A finding at one place: it stays one row for as long as it is there, and keeps since when."""

    class Severity(models.TextChoices):
        DANGER = "danger", "Danger"
        WARNING = "warning", "Warning"
        ADVICE = "advice", "Advice"

    public_id = models.CharField(max_length=12, unique=True, default=new_public_id, editable=False)
    account = models.ForeignKey(AwsAccount, on_delete=models.CASCADE, related_name="found_problems")
    distribution = models.ForeignKey(Distribution, null=True, blank=True, on_delete=models.CASCADE, related_name="found_problems")
    bucket = models.ForeignKey(Bucket, null=True, blank=True, on_delete=models.CASCADE, related_name="found_problems")
    place = models.CharField(max_length=80, help_text="distribution:…, bucket:…, or account: where it was found")
    code = models.CharField(max_length=40)
    severity = models.CharField(max_length=8, choices=Severity.choices)
    rank = models.PositiveSmallIntegerField(default=0, help_text="Of the severity: 0 is the gravest")
    subject = models.CharField(max_length=255, blank=True)
    sentence = models.CharField(max_length=1000)
    details = models.TextField(blank=True)
    mend = models.CharField(max_length=24, blank=True)
    first_seen = models.DateTimeField(default=timezone.now)
    last_seen = models.DateTimeField(default=timezone.now)
    gone_at = models.DateTimeField(null=True, blank=True, help_text="When it was seen to be there no more")
    dismissed_at = models.DateTimeField(null=True, blank=True)
    dismissed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    dismissed_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["rank", "-first_seen", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["account", "place", "code", "subject"], name="one_row_per_finding"),
        ]
        indexes = [
            models.Index(
                fields=["rank", "-first_seen", "-id"], name="found_problem_open", condition=Q(gone_at=None, dismissed_at=None)
            ),
            models.Index(fields=["account", "last_seen"], name="found_problem_seen"),
        ]

    def __str__(self) -> str:
        return self.sentence

    @property
    def reference(self) -> str:
        """How the audit trail names what it is about."""
        return self.distribution.reference if self.distribution else f"aws account:{self.account.public_id}"
