"""People, the AWS accounts they work with, and the trail of what they did."""

from __future__ import annotations

import secrets
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.urls import reverse
from django.utils import timezone

_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


def new_public_id() -> str:
    """A random id for URLs: 12 letters and digits that can't be misread (about 59 bits)."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(12))


class Role(models.TextChoices):
    ADMINISTRATOR = "administrator", "Administrator"
    EDITOR = "editor", "Editor"
    STAFF = "staff", "Staff"
    VIEWER = "viewer", "Viewer"


class People(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **extra: Any) -> User:
        user = self.model(email=self.normalize_email(email).lower(), **extra)
        user.set_password(password)
        user.save()
        return user


class User(AbstractBaseUser, PermissionsMixin):
    """A person. What they may do follows from `role` alone (`accounts.permissions.may`)."""

    public_id = models.CharField(max_length=12, unique=True, default=new_public_id, editable=False)
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120, blank=True)
    role = models.CharField(max_length=16, choices=Role.choices, default=Role.VIEWER)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[People] = People()
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        ordering = ["email"]

    def __str__(self) -> str:
        return self.name or self.email

    @property
    def initials(self) -> str:
        parts = (self.name or self.email.split("@")[0].replace(".", " ")).split()
        return "".join(part[0] for part in parts[:2]).upper()


class Invitation(models.Model):
    """A one-time link to set a password. Only a hash of its token is stored."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="invitations")
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"Invitation of {self.user}"


class AwsAccount(models.Model):
    """An AWS account, or a sandbox: the product never knows the difference but for the endpoint.

    Secrets lie in `sealed_secret`, opened by `accounts.services.credentials` alone.
    """

    class Credentials(models.TextChoices):
        STATIC = "static", "Access key"
        ENVIRONMENT = "environment", "This machine's own (environment, instance role)"

    public_id = models.CharField(max_length=12, unique=True, default=new_public_id, editable=False)
    label = models.CharField(max_length=80, unique=True)
    aws_account_id = models.CharField(max_length=12, blank=True, help_text="12 digits; filled by the connection test")
    region = models.CharField(max_length=32, default="us-east-1")
    endpoint_url = models.URLField(blank=True, help_text="Empty: AWS")
    viewer_base = models.CharField(
        max_length=120, default="https://{domain}", help_text="How viewers reach a distribution; {domain} is its domain name"
    )
    credentials = models.CharField(max_length=16, choices=Credentials.choices, default=Credentials.STATIC)
    access_key_id = models.CharField(max_length=128, blank=True)
    sealed_secret = models.JSONField(null=True, blank=True, editable=False)
    is_sandbox = models.BooleanField(default=False)
    default_bucket = models.ForeignKey("Bucket", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    tested_at = models.DateTimeField(null=True, blank=True)
    test_result = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["label"]

    def __str__(self) -> str:
        return self.label


class Bucket(models.Model):
    """A bucket of an account that cdnadmin publishes from."""

    account = models.ForeignKey(AwsAccount, on_delete=models.CASCADE, related_name="buckets")
    name = models.CharField(max_length=63)
    region = models.CharField(max_length=32)
    object_ownership = models.CharField(max_length=32, default="BucketOwnerEnforced")
    block_public_access = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["account", "name"], name="one_bucket_row_per_account")]

    def __str__(self) -> str:
        return self.name


# Kinds of targets that have a page, and the name of its address.
_PAGES = {
    "distribution": "distribution_detail",
    "asset": "asset_detail",
    "person": "person_detail",
    "aws account": "aws_account_detail",
}


class AuditEntry(models.Model):
    """Who did what, when, to what; what was and what is; AWS's request id. Never a secret. Append-only."""

    at = models.DateTimeField(default=timezone.now, db_index=True)
    actor = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    actor_label = models.CharField(max_length=160)
    action = models.CharField(max_length=64)
    target = models.CharField(max_length=160, blank=True)
    target_label = models.CharField(max_length=160, blank=True)
    before = models.JSONField(default=dict, blank=True)
    after = models.JSONField(default=dict, blank=True)
    request_id = models.CharField(max_length=128, blank=True)

    class Meta:
        ordering = ["-at", "-id"]

    def __str__(self) -> str:
        return f"{self.actor_label}: {self.action} {self.target}"

    @property
    def words(self) -> str:
        return self.action.replace("_", " ").capitalize().replace(" aws ", " AWS ")

    @property
    def subject(self) -> str:
        """What it was done to, by the name that it had then, or else its id."""
        if self.target_label:
            return self.target_label
        named = {**self.before, **self.after}
        name = next((named[key] for key in ("name", "title", "label", "email", "file_name") if named.get(key)), "")
        return str(name) or self.target.partition(":")[2]

    @property
    def page(self) -> str:
        """The address of what it was done to (which may be gone by now), or ""."""
        kind, _, public_id = self.target.partition(":")
        view = _PAGES.get(kind)
        gone = self.action.startswith(("delete", "discard")) or self.action == "stop_upload"
        return reverse(view, args=[public_id]) if view and public_id and not gone else ""
