"""What strangers were answered who asked for a distribution's files: each check, and each way that it asked."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from cdnadmin.accounts.models import new_public_id
from distributions.models.distribution import Distribution


class PrivacyCheck(models.Model):
    """One look from outside at a distribution."""

    class Trigger(models.TextChoices):
        CHANGE = "change", "after a change"
        SCHEDULE = "schedule", "on schedule"
        PERSON = "person", "asked for"

    class Verdict(models.TextChoices):
        RUNNING = "", "Being asked"
        REFUSED = "refused", "Refused everywhere"
        PROMISED = "promised", "As its access model promises"
        OPEN = "open", "Open where it should not be"
        SHUT = "shut", "Refused where it should open"
        UNKNOWN = "unknown", "Could not be asked"

    public_id = models.CharField(max_length=12, unique=True, default=new_public_id, editable=False)
    distribution = models.ForeignKey(Distribution, on_delete=models.CASCADE, related_name="privacy_checks")
    trigger = models.CharField(max_length=10, choices=Trigger.choices)
    asked_by = models.CharField(max_length=160, blank=True)
    verdict = models.CharField(max_length=10, choices=Verdict.choices, blank=True, default="")
    began_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-began_at", "-id"]
        indexes = [models.Index(fields=["distribution", "-began_at", "-id"], name="privacy_check_newest")]

    def __str__(self) -> str:
        return f"{self.get_verdict_display()} ({self.distribution})"

    @property
    def ended_early(self) -> bool:
        """It failed or was stopped: what was answered until then is there, and comes to nothing."""
        return not self.verdict and self.finished_at is not None


class PrivacyProbe(models.Model):
    """One thing that was asked, and the answer. `address` has no signature in it, whatever was sent."""

    class Way(models.TextChoices):
        EDGE = "edge", "Through CloudFront, without a signature"
        BEHAVIOR = "behavior", "A behavior, without a signature"
        EDGE_LISTING = "edge-listing", "Listing through CloudFront"
        S3 = "s3", "Straight at S3"
        LISTING = "listing", "Listing at S3"
        OTHER = "other", "Through another distribution"
        OLD = "old-signature", "With a signature that has ended"
        UNTRUSTED = "untrusted-key", "With a key that is not trusted"

    class Outcome(models.TextChoices):
        PENDING = "", "Not asked yet"
        REFUSED = "refused", "Refused"
        OPEN = "open", "Open"
        UNREACHABLE = "unreachable", "Could not be asked"

    check_row = models.ForeignKey(PrivacyCheck, on_delete=models.CASCADE, related_name="probes")
    way = models.CharField(max_length=16, choices=Way.choices)
    subject = models.CharField(max_length=300, blank=True, help_text="The file, the pattern, or the other distribution’s name")
    address = models.CharField(max_length=2048)
    wanted = models.CharField(max_length=10, blank=True, help_text="refused, open, or empty: nobody’s to say")
    outcome = models.CharField(max_length=12, choices=Outcome.choices, blank=True, default="")
    status = models.PositiveSmallIntegerField(null=True, blank=True)
    code = models.CharField(max_length=80, blank=True)
    detail = models.CharField(max_length=200, blank=True)
    open_since = models.DateTimeField(null=True, blank=True, help_text="Since which check this way stands open without a break")

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.get_way_display()}: {self.outcome or 'pending'}"

    @property
    def words(self) -> str:
        """The way, within a sentence."""
        label = str(self.get_way_display())
        return label[:1].lower() + label[1:]

    @property
    def is_breach(self) -> bool:
        """Also what stood open when it was last answered, and could not be asked since: nobody has seen it shut."""
        return self.wanted == "refused" and (self.outcome == self.Outcome.OPEN or self.stood_open)

    @property
    def stood_open(self) -> bool:
        return self.outcome == self.Outcome.UNREACHABLE and self.open_since is not None

    @property
    def is_broken(self) -> bool:
        return self.outcome == self.Outcome.REFUSED and self.wanted == "open"
