"""A distribution: what a person wants of CloudFront, beside what AWS was last seen to have."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils import timezone

from cdnadmin.accounts.models import AwsAccount, Bucket, new_public_id
from cdnadmin.errors import NotReady
from distributions.models.access import KeyGroup, OriginAccess, SigningKey


class Distribution(models.Model):
    """A CloudFront distribution: what is wanted, and what AWS was last seen to have."""

    class Kind(models.TextChoices):
        PUBLIC = "public", "Public"
        PRIVATE = "private", "Private"

    class Family(models.TextChoices):
        WEB = "web", "Web"
        RTMP = "rtmp", "RTMP streaming (shut down by AWS in 2020)"

    class AccessModel(models.TextChoices):
        OAC = "oac", "Origin access control"
        OAI = "oai", "Origin access identity"
        OAI_ACL = "oai-acl", "Origin access identity, by object ACL"
        PUBLIC_ACL = "public-acl", "Public objects, by ACL"
        OPEN = "open", "None of its own: as the origin allows"

    class ManagedBy(models.TextChoices):
        HERE = "", "cdnadmin"
        TERRAFORM = "terraform", "Terraform"
        CLOUDFORMATION = "cloudformation", "CloudFormation"
        OTHER = "other", "Somebody else"

    class Status(models.TextChoices):
        CREATING = "creating", "Being created"
        IN_PROGRESS = "in_progress", "Reaching the edges"
        DEPLOYED = "deployed", "Live"
        DISABLED = "disabled", "Disabled"
        FAILED = "failed", "Failed"
        GONE = "gone", "Deleted at AWS"

    public_id = models.CharField(max_length=12, unique=True, default=new_public_id, editable=False)
    account = models.ForeignKey(AwsAccount, on_delete=models.CASCADE, related_name="distributions")
    name = models.CharField(max_length=80)
    family = models.CharField(max_length=8, choices=Family.choices, default=Family.WEB)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    managed_by = models.CharField(
        max_length=16, choices=ManagedBy.choices, default=ManagedBy.HERE, blank=True, help_text="Who may change it"
    )
    access_model = models.CharField(max_length=12, choices=AccessModel.choices, default=AccessModel.OAC)
    second_model = models.CharField(
        max_length=12,
        choices=AccessModel.choices,
        blank=True,
        help_text="While a switch of the access model is under way: new files are opened in this way, too",
    )
    bucket = models.ForeignKey(
        Bucket,
        null=True,
        blank=True,
        on_delete=models.RESTRICT,
        related_name="distributions",
        help_text="Where its own files lie; none where the default behavior's origin is no bucket",
    )
    origin_path = models.CharField(
        max_length=255, blank=True, help_text="Leading slash, none at the end; the prefix that is its own"
    )
    origin_access = models.ForeignKey(OriginAccess, null=True, blank=True, on_delete=models.RESTRICT, related_name="distributions")
    key_group = models.ForeignKey(KeyGroup, null=True, blank=True, on_delete=models.RESTRICT, related_name="distributions")
    signing_key = models.ForeignKey(
        SigningKey,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="distributions",
        help_text="Signs its URLs; others of the key group stay valid",
    )
    comment = models.CharField(max_length=128, blank=True)
    price_class = models.CharField(max_length=16, default="PriceClass_All")
    default_root_object = models.CharField(max_length=255, blank=True)
    aliases = models.JSONField(default=list, blank=True)
    certificate_arn = models.CharField(max_length=200, blank=True, help_text="ACM, us-east-1: covers the aliases")
    template = models.JSONField(default=dict, blank=True, help_text="What it is created with beyond the fields here")
    tags = models.JSONField(default=dict, blank=True)
    succeeds = models.CharField(
        max_length=64,
        blank=True,
        db_index=True,
        help_text="Id at AWS of the streaming distribution of old whose place it takes; that one's row may be gone",
    )
    enabled = models.BooleanField(default=True)
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.CREATING)
    # what AWS has
    aws_id = models.CharField(max_length=64, blank=True, db_index=True)
    arn = models.CharField(max_length=200, blank=True)
    domain_name = models.CharField(max_length=255, blank=True)
    etag = models.CharField(max_length=64, blank=True)
    config = models.JSONField(default=dict, blank=True, help_text="DistributionConfig as last read from AWS")
    unknown_fields = models.JSONField(
        default=list, blank=True, help_text="What AWS answered that this version would lose in a change"
    )
    active_signers = models.JSONField(
        default=dict, blank=True, help_text="By id of a key group or account: the ids of the keys with which AWS says it can sign"
    )
    active_signers_at = models.DateTimeField(null=True, blank=True, help_text="When AWS said so")
    is_served = models.BooleanField(default=False, help_text="Whether the edges answer with its files, when last seen")
    changed_at = models.DateTimeField(null=True, blank=True, help_text="When the change under way was sent to CloudFront")
    seen_at = models.DateTimeField(null=True, blank=True)
    drift = models.ForeignKey(
        "ConfigurationVersion",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="What somebody made of it outside cdnadmin, until that is accepted or put back",
    )
    drift_found_at = models.DateTimeField(null=True, blank=True)
    privacy_verdict = models.CharField(max_length=10, blank=True, help_text="Of the last check from outside; see PrivacyCheck")
    privacy_checked_at = models.DateTimeField(null=True, blank=True)
    privacy_open_since = models.DateTimeField(null=True, blank=True, help_text="Since when something stands open that should not")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(fields=["account", "status"], name="distribution_status"),
            models.Index(fields=["-created_at", "-id"], name="distribution_newest"),
            models.Index(fields=["status", "-created_at", "-id"], name="distribution_status_newest"),
            models.Index(fields=["kind", "-created_at", "-id"], name="distribution_kind_newest"),
            models.Index(fields=["-privacy_open_since"], condition=models.Q(privacy_verdict="open"), name="distribution_open"),
            models.Index(fields=["privacy_checked_at"], name="distribution_privacy_checked"),
            models.Index(fields=["-drift_found_at"], condition=models.Q(drift__isnull=False), name="distribution_drifted"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_private(self) -> bool:
        return self.kind == self.Kind.PRIVATE

    @property
    def config_at_aws(self) -> dict[str, Any]:
        """What viewers meet: with somebody's change from outside, whether it is to stay or not."""
        found: dict[str, Any] = self.drift.config if self.drift is not None else self.config
        return found

    @property
    def is_moving(self) -> bool:
        return self.status in {self.Status.CREATING, self.Status.IN_PROGRESS}

    @property
    def prefix(self) -> str:
        """The keys that are its own begin with this: "press-kit-abc/", or "" for a bucket of its own."""
        return f"{self.origin_path.lstrip('/')}/" if self.origin_path else ""

    @property
    def closed_because(self) -> str:
        """Why nobody can open its files now, as a sentence; "" where they open.

        A change on its way says nothing of it: until it arrives, the edges go on as before.
        """
        if self.is_served:
            return ""
        if self.is_moving:
            return f"“{self.name}” is still on its way to CloudFront’s edges. Its files open once it is there."
        if self.status == self.Status.GONE:
            return f"“{self.name}” was deleted at AWS: its files can’t be opened through it any more."
        if self.status == self.Status.DISABLED:
            return f"“{self.name}” is disabled: nobody can open its files until it is enabled again."
        return f"“{self.name}” does not answer at CloudFront, so its files can’t be opened."

    @property
    def reference(self) -> str:
        """How operations and the audit trail name it."""
        return f"distribution:{self.public_id}"

    @property
    def own_bucket(self) -> Bucket:
        """The bucket of its own files. Raises NotReady where its origin is none that is known here."""
        if self.bucket is None:
            raise NotReady(f"“{self.name}” has no bucket of its own here: its origin is somebody else’s server.")
        return self.bucket

    @property
    def is_publishable(self) -> bool:
        """Whether files can be put into it here: it has a bucket of this account, AWS has it, and viewers reach it.

        `queries.publishable_distributions` says the same to the database.
        """
        there = self.bucket_id is not None and bool(self.arn) and self.status not in {self.Status.GONE, self.Status.FAILED}
        return there and self.answers_viewers and not self.config.get("Staging")

    @property
    def answers_viewers(self) -> bool:
        """Whether viewers reach anything by its own domain name: not those of RTMP, nor those that serve tenants."""
        return self.family == self.Family.WEB and self.config.get("ConnectionMode") != "tenant-only"

    @property
    def unchangeable_because(self) -> str:
        """Why its configuration is never changed from here, as a sentence; "" where it may be."""
        if self.managed_by:
            return f"“{self.name}” is marked as managed by {self.get_managed_by_display()}: change it there."
        if self.status == self.Status.GONE:
            return f"“{self.name}” was deleted at AWS: there is nothing to change."
        if self.config.get("ConnectionMode") == "tenant-only":
            return f"“{self.name}” serves distribution tenants: a change here could break every one of them. Use AWS for it."
        if self.config.get("Staging"):
            return f"“{self.name}” is the staging side of a continuous deployment: change it where that is run."
        if self.unknown_fields:
            return (
                f"AWS has settings of “{self.name}” that this version of cdnadmin does not know and would lose "
                f"({', '.join(self.unknown_fields[:3])}). Update cdnadmin, or change it in the AWS console."
            )
        return ""
