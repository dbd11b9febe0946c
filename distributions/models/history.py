"""Every configuration ever seen, the changes that people plan, and what an account was found to have."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

from cdnadmin.accounts.models import AwsAccount, new_public_id
from distributions.models.distribution import Distribution


class ConfigurationVersion(models.Model):
    """One configuration that a distribution had at AWS. An ETag is never used twice: one row each."""

    class Source(models.TextChoices):
        HERE = "here", "Changed here"
        OUTSIDE = "outside", "Changed outside cdnadmin"
        IMPORTED = "imported", "Found at import"

    distribution = models.ForeignKey(Distribution, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    etag = models.CharField(max_length=64)
    config = models.JSONField()
    source = models.CharField(max_length=8, choices=Source.choices)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    actor_label = models.CharField(max_length=160, blank=True)
    title = models.CharField(max_length=200, blank=True, help_text="What the change was called")
    seen_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["distribution", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["distribution", "number"], name="one_version_per_number"),
            models.UniqueConstraint(fields=["distribution", "etag"], name="one_version_per_etag"),
        ]

    def __str__(self) -> str:
        return f"Version {self.number}"

    @property
    def who(self) -> str:
        """Who made it so, as far as is known."""
        return self.actor_label or ("somebody outside cdnadmin" if self.source == self.Source.OUTSIDE else "cdnadmin")


class ChangePlan(models.Model):
    """A change that somebody prepares: from which version, to which configuration; shown before it is applied."""

    class State(models.TextChoices):
        DRAFT = "draft", "Draft"
        APPLYING = "applying", "Being applied"
        APPLIED = "applied", "Applied"
        CONFLICT = "conflict", "Needs a decision"
        FAILED = "failed", "Failed"
        DISCARDED = "discarded", "Discarded"

    OPEN = (State.DRAFT, State.CONFLICT, State.FAILED)

    public_id = models.CharField(max_length=12, unique=True, default=new_public_id, editable=False)
    distribution = models.ForeignKey(Distribution, on_delete=models.CASCADE, related_name="plans")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    title = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    base = models.ForeignKey(ConfigurationVersion, on_delete=models.CASCADE, related_name="+")
    wanted = models.JSONField(help_text="The whole DistributionConfig as it shall be")
    wanted_tags = models.JSONField(null=True, blank=True, help_text="null: they stay as they are")
    base_tags = models.JSONField(default=dict, blank=True, help_text="The tags that wanted_tags were made from")
    base_model = models.CharField(max_length=12, blank=True, help_text="The access model when it was applied")
    wanted_model = models.CharField(
        max_length=12, blank=True, help_text="The access model that it shall have; empty: as follows from `wanted`"
    )
    outdated_sids = models.JSONField(
        default=dict, blank=True, help_text="bucket → Sids of statements that others wrote for the old access, to be taken out last"
    )
    theirs = models.ForeignKey(
        ConfigurationVersion,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="What was found at AWS instead of the base",
    )
    note = models.TextField(blank=True, help_text="What reading back found, or why it failed")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    changed_at = models.DateTimeField(default=timezone.now)
    applied_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [models.Index(fields=["distribution", "state"], name="plan_state")]

    def __str__(self) -> str:
        return self.title or f"Change {self.distribution.name}"

    @property
    def is_open(self) -> bool:
        return self.state in self.OPEN


class AccountInventory(models.Model):
    """What an account was last found to have, and when it was looked through."""

    account = models.OneToOneField(AwsAccount, on_delete=models.CASCADE, related_name="inventory")
    imported_at = models.DateTimeField(null=True, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True, help_text="When it was last checked for drift")
    check_error = models.CharField(max_length=500, blank=True)
    found = models.JSONField(default=dict, blank=True, help_text="Counts by kind, as in {'distributions': 12}")
    not_imported = models.PositiveIntegerField(default=0, help_text="Distributions at AWS that are not here")
    names = models.JSONField(default=dict, blank=True, help_text="What AWS's ids of policies, key groups and controls are called")

    def __str__(self) -> str:
        return f"Inventory of {self.account}"


class CallBudget(models.Model):
    """How many calls a second an account's CloudFront takes: shared by all workers, lowered when it throttles."""

    account = models.OneToOneField(AwsAccount, on_delete=models.CASCADE, related_name="call_budget")
    rate = models.FloatField(default=10.0, help_text="Calls a second")
    tokens = models.FloatField(default=10.0)
    filled_at = models.DateTimeField(default=timezone.now)
    throttled_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.rate:.1f} calls a second to {self.account}"
