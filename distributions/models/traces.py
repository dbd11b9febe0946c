"""What is remembered of a distribution's work: how long changes took, and who was handed a signature."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

from cdnadmin.accounts.models import AwsAccount
from distributions.models.access import PublicKey
from distributions.models.distribution import Distribution


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
    public_key = models.ForeignKey(PublicKey, on_delete=models.RESTRICT, related_name="+")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    resource = models.CharField(max_length=2048)
    reason = models.CharField(max_length=80, blank=True, help_text='As in "private_link" or "share_link:abc"')
    at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.resource
