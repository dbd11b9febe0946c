"""What a person wants of CloudFront, beside what AWS was last seen to have."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

from cdnadmin.accounts.models import AwsAccount, Bucket, new_public_id


class OriginAccess(models.Model):
    """An origin access control (today's form) or origin access identity (the legacy one) at CloudFront."""

    class Type(models.TextChoices):
        OAC = "oac", "Origin access control"
        OAI = "oai", "Origin access identity"

    account = models.ForeignKey(AwsAccount, on_delete=models.PROTECT, related_name="origin_accesses")
    type = models.CharField(max_length=3, choices=Type.choices)
    aws_id = models.CharField(max_length=64)
    name = models.CharField(max_length=128)
    canonical_user_id = models.CharField(max_length=128, blank=True, help_text="OAI only: grantee of object ACLs")
    etag = models.CharField(max_length=64, blank=True)
    config = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "aws_id"], name="one_origin_access_row")]

    def __str__(self) -> str:
        return self.name


class SigningKey(models.Model):
    """A key pair whose private half lies sealed in the vault; its public half is at CloudFront as a PublicKey."""

    class Algorithm(models.TextChoices):
        ECDSA_P256 = "ecdsa-p256", "ECDSA P-256"
        RSA_2048 = "rsa-2048", "RSA 2048"

    public_id = models.CharField(max_length=12, unique=True, default=new_public_id, editable=False)
    name = models.CharField(max_length=80)
    algorithm = models.CharField(max_length=16, choices=Algorithm.choices, default=Algorithm.ECDSA_P256)
    public_pem = models.TextField()
    sealed_private_key = models.JSONField(editable=False, null=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    def __str__(self) -> str:
        return self.name


class KeyGroup(models.Model):
    """A key group at CloudFront. One a account is shared by default, since CloudFront's quotas are small."""

    account = models.ForeignKey(AwsAccount, on_delete=models.PROTECT, related_name="key_groups")
    aws_id = models.CharField(max_length=64, blank=True)
    name = models.CharField(max_length=128)
    etag = models.CharField(max_length=64, blank=True)
    is_default = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account"], condition=models.Q(is_default=True), name="one_default_key_group_per_account"
            )
        ]

    def __str__(self) -> str:
        return self.name


class PublicKey(models.Model):
    """A signing key's public half at one account's CloudFront; `aws_id` (K…) is the Key-Pair-Id of its signatures."""

    account = models.ForeignKey(AwsAccount, on_delete=models.PROTECT, related_name="public_keys")
    signing_key = models.ForeignKey(SigningKey, on_delete=models.PROTECT, related_name="public_keys")
    key_groups = models.ManyToManyField(KeyGroup, related_name="public_keys", blank=True)
    aws_id = models.CharField(max_length=64, blank=True)
    name = models.CharField(max_length=128)
    etag = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    def __str__(self) -> str:
        return self.name


class Distribution(models.Model):
    """A CloudFront distribution: what is wanted, and what AWS was last seen to have."""

    class Kind(models.TextChoices):
        PUBLIC = "public", "Public"
        PRIVATE = "private", "Private"

    class AccessModel(models.TextChoices):
        OAC = "oac", "Origin access control"
        OAI = "oai", "Origin access identity"
        OAI_ACL = "oai-acl", "Origin access identity, by object ACL"

    class Status(models.TextChoices):
        CREATING = "creating", "Being created"
        IN_PROGRESS = "in_progress", "Reaching the edges"
        DEPLOYED = "deployed", "Live"
        DISABLED = "disabled", "Disabled"
        FAILED = "failed", "Failed"

    public_id = models.CharField(max_length=12, unique=True, default=new_public_id, editable=False)
    account = models.ForeignKey(AwsAccount, on_delete=models.PROTECT, related_name="distributions")
    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    access_model = models.CharField(max_length=12, choices=AccessModel.choices, default=AccessModel.OAC)
    bucket = models.ForeignKey(Bucket, on_delete=models.PROTECT, related_name="distributions")
    origin_path = models.CharField(
        max_length=255, blank=True, help_text="Leading slash, none at the end; the prefix that is its own"
    )
    origin_access = models.ForeignKey(OriginAccess, null=True, blank=True, on_delete=models.PROTECT, related_name="distributions")
    key_group = models.ForeignKey(KeyGroup, null=True, blank=True, on_delete=models.PROTECT, related_name="distributions")
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
    enabled = models.BooleanField(default=True)
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.CREATING)
    # what AWS has
    aws_id = models.CharField(max_length=64, blank=True, db_index=True)
    arn = models.CharField(max_length=200, blank=True)
    domain_name = models.CharField(max_length=255, blank=True)
    etag = models.CharField(max_length=64, blank=True)
    config = models.JSONField(default=dict, blank=True, help_text="DistributionConfig as last read from AWS")
    is_served = models.BooleanField(default=False, help_text="Whether the edges answer with its files, when last seen")
    changed_at = models.DateTimeField(null=True, blank=True, help_text="When the change under way was sent to CloudFront")
    seen_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(fields=["account", "status"], name="distribution_status"),
            models.Index(fields=["-created_at", "-id"], name="distribution_newest"),
            models.Index(fields=["status", "-created_at", "-id"], name="distribution_status_newest"),
            models.Index(fields=["kind", "-created_at", "-id"], name="distribution_kind_newest"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_private(self) -> bool:
        return self.kind == self.Kind.PRIVATE

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
        if self.status == self.Status.DISABLED:
            return f"“{self.name}” is disabled: nobody can open its files until it is enabled again."
        return f"“{self.name}” does not answer at CloudFront, so its files can’t be opened."

    @property
    def reference(self) -> str:
        """How operations and the audit trail name it."""
        return f"distribution:{self.public_id}"


class BucketPolicyLease(models.Model):
    """Whose turn it is to write one bucket's policy.

    S3 has no conditional PutBucketPolicy: two who read, merge and write at once would lose a statement.
    """

    bucket = models.OneToOneField(Bucket, on_delete=models.CASCADE, related_name="policy_lease")
    token = models.CharField(max_length=32, blank=True)
    until = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"Policy of {self.bucket}"


class Propagation(models.Model):
    """How long one change took to reach the edges: what estimates are made of."""

    account = models.ForeignKey(AwsAccount, on_delete=models.CASCADE, related_name="propagations")
    distribution = models.ForeignKey(Distribution, on_delete=models.CASCADE, related_name="propagations")
    seconds = models.FloatField()
    finished_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["account", "-finished_at"], name="propagation_newest")]

    def __str__(self) -> str:
        return f"{self.seconds:.0f} s"


class HandedSignature(models.Model):
    """That a signature was given, to whom, for what, until when. Never the signature itself."""

    distribution = models.ForeignKey(Distribution, on_delete=models.CASCADE, related_name="handed_signatures")
    public_key = models.ForeignKey(PublicKey, on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    resource = models.CharField(max_length=2048)
    reason = models.CharField(max_length=80, blank=True, help_text='As in "private_link" or "share_link:abc"')
    at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.resource
