"""Long work as rows: an Operation is written with the change that asks for it; Celery only carries it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from cdnadmin.accounts.models import new_public_id
from cdnadmin.errors import CREDENTIAL_CODES
from cdnadmin.operations.outcomes import registry


class Operation(models.Model):
    """One piece of long work: what, of what, how far, when next, who holds it, how it ended."""

    class State(models.TextChoices):
        PENDING = "pending", "Waiting for a worker"
        RUNNING = "running", "Running"
        WAITING = "waiting", "Waiting"
        SUCCEEDED = "succeeded", "Done"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"

    ACTIVE = (State.PENDING, State.RUNNING, State.WAITING)

    public_id = models.CharField(max_length=12, unique=True, default=new_public_id, editable=False)
    kind = models.CharField(max_length=64)
    lane = models.CharField(max_length=32, default="main")
    target = models.CharField(max_length=120, help_text="kind:public id, as in distribution:abc")
    title = models.CharField(max_length=200)
    input = models.JSONField(default=dict)
    data = models.JSONField(default=dict, help_text="What the steps wrote down: ids at AWS, upload ids. No secrets")
    state = models.CharField(max_length=12, choices=State.choices, default=State.PENDING)
    step = models.CharField(max_length=64, blank=True)
    note = models.CharField(max_length=300, blank=True)
    done = models.BigIntegerField(default=0)
    total = models.BigIntegerField(default=0)
    attempt = models.PositiveIntegerField(default=0, help_text="Starts since the last progress")
    due_at = models.DateTimeField(default=timezone.now)
    published_at = models.DateTimeField(null=True, blank=True, help_text="When the broker was last given it")
    lease_until = models.DateTimeField(null=True, blank=True)
    lease_token = models.CharField(max_length=32, blank=True)
    cancel_requested = models.BooleanField(default=False)
    error_code = models.CharField(max_length=80, blank=True)
    error_message = models.TextField(blank=True)
    request_id = models.CharField(max_length=128, blank=True)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["target", "lane"],
                condition=Q(state__in=["pending", "running", "waiting"]),
                name="one_active_operation_per_target_and_lane",
            )
        ]
        indexes = [
            models.Index(fields=["state", "due_at"], name="operation_due"),
            models.Index(fields=["target", "-created_at"], name="operation_target"),
            models.Index(fields=["-created_at", "-id"], name="operation_newest"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_active(self) -> bool:
        return self.state in self.ACTIVE

    @property
    def awaits_credentials(self) -> bool:
        """Whether it waits for a person to mend the account's credentials."""
        return self.state == self.State.WAITING and self.error_code in CREDENTIAL_CODES

    @property
    def kind_label(self) -> str:
        kind = registry.kinds.get(self.kind)
        return kind.label if kind else self.kind

    @property
    def step_label(self) -> str:
        """The current step in words; "" where the kind has no such step (any more)."""
        kind = registry.kinds.get(self.kind)
        return next((step.label for step in kind.steps if step.name == self.step), "") if kind else ""

    @property
    def percent(self) -> int | None:
        """0 to 100 of the current step; None where its size is not known."""
        return min(100, self.done * 100 // self.total) if self.total > 0 else None


class OperationEvent(models.Model):
    """The history of an operation, in words for people. Append-only."""

    operation = models.ForeignKey(Operation, on_delete=models.CASCADE, related_name="events")
    at = models.DateTimeField(default=timezone.now)
    step = models.CharField(max_length=64, blank=True)
    level = models.CharField(max_length=8, choices=[("info", "Info"), ("warning", "Warning"), ("error", "Error")], default="info")
    message = models.CharField(max_length=500)
    request_id = models.CharField(max_length=128, blank=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.message
