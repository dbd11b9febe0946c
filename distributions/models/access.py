"""How CloudFront comes to a bucket, who may sign, and whose turn it is at a bucket's policy."""

from __future__ import annotations

import json

from django.db import models
from django.utils import timezone

from cdnadmin.accounts.models import AwsAccount, Bucket, new_public_id
from cdnadmin.aws.bucket_policies import oai_arn


class OriginAccess(models.Model):
    """An origin access control (today's form) or origin access identity (the legacy one) at CloudFront.

    `name` is what AWS calls it: a control's name, an identity's comment (its id where it has none).
    """

    class Type(models.TextChoices):
        OAC = "oac", "Origin access control"
        OAI = "oai", "Origin access identity"

    public_id = models.CharField(max_length=12, unique=True, default=new_public_id, editable=False)
    account = models.ForeignKey(AwsAccount, on_delete=models.CASCADE, related_name="origin_accesses")
    type = models.CharField(max_length=3, choices=Type.choices)
    aws_id = models.CharField(max_length=64)
    name = models.CharField(max_length=128)
    canonical_user_id = models.CharField(max_length=128, blank=True, help_text="OAI only: grantee of object ACLs")
    etag = models.CharField(max_length=64, blank=True)
    config = models.JSONField(default=dict, blank=True, help_text="OriginAccessControlConfig as last seen; a control's alone")
    reference = models.CharField(
        max_length=128, blank=True, help_text="What it was asked for by when it was made here: it outlives every renaming"
    )
    gone_at = models.DateTimeField(null=True, blank=True, help_text="When AWS was seen to have it no more")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "aws_id"], name="one_origin_access_row")]

    def __str__(self) -> str:
        return self.name

    @property
    def is_identity(self) -> bool:
        return self.type == self.Type.OAI

    @property
    def target(self) -> str:
        """How the audit trail names it."""
        return f"origin_access:{self.aws_id}"

    @property
    def status(self) -> str:
        return "gone" if self.gone_at else "there"

    @property
    def description(self) -> str:
        return str(self.config.get("Description", ""))

    @property
    def signing_behavior(self) -> str:
        """A control's: "always", "no-override" or "never"; "" where it was not read yet, and for an identity."""
        return str(self.config.get("SigningBehavior", ""))

    @property
    def arn(self) -> str:
        """An identity's, by which bucket policies name it; "" for a control, which they name by its distributions."""
        return oai_arn(self.aws_id) if self.is_identity else ""

    @property
    def arn_principal(self) -> str:
        """An identity as the `Principal` of a bucket policy's statement, by ARN."""
        return json.dumps({"AWS": self.arn}) if self.is_identity else ""

    @property
    def canonical_principal(self) -> str:
        """The same by canonical user id; S3 answers the policy with the ARN afterwards."""
        return json.dumps({"CanonicalUser": self.canonical_user_id}) if self.canonical_user_id else ""


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

    account = models.ForeignKey(AwsAccount, on_delete=models.CASCADE, related_name="key_groups")
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

    account = models.ForeignKey(AwsAccount, on_delete=models.CASCADE, related_name="public_keys")
    signing_key = models.ForeignKey(SigningKey, on_delete=models.PROTECT, related_name="public_keys")
    key_groups = models.ManyToManyField(KeyGroup, related_name="public_keys", blank=True)
    aws_id = models.CharField(max_length=64, blank=True)
    name = models.CharField(max_length=128)
    etag = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    def __str__(self) -> str:
        return self.name


class BucketPolicyLease(models.Model):
    """Whose turn it is to write one bucket's policy.

    S3 has no conditional PutBucketPolicy: two who read, merge and write at once would lose a statement.
    """

    bucket = models.OneToOneField(Bucket, on_delete=models.CASCADE, related_name="policy_lease")
    token = models.CharField(max_length=32, blank=True)
    until = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"Policy of {self.bucket}"
