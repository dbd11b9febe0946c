"""Reading people, accounts and the audit trail for pages."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q, QuerySet

from cdnadmin.accounts.models import AuditEntry, AwsAccount, User

PAGE = 50


def list_people(*, search: str = "", role: str = "") -> QuerySet[User]:
    people = User.objects.order_by("-is_active", "email")
    if search:
        people = people.filter(Q(email__icontains=search) | Q(name__icontains=search))
    return people.filter(role=role) if role else people


def list_aws_accounts(*, search: str = "") -> QuerySet[AwsAccount]:
    accounts = AwsAccount.objects.select_related("default_bucket")
    return accounts.filter(Q(label__icontains=search) | Q(aws_account_id__contains=search)) if search else accounts


@dataclass(frozen=True)
class AuditPage:
    """Newest first; `older` continues it. Counted by key, so that a million rows page as fast as ten."""

    entries: list[AuditEntry]
    older: int | None


def list_audit_entries(*, search: str = "", before: int | None = None) -> AuditPage:
    found = AuditEntry.objects.select_related("actor").order_by("-id")
    if search:
        named = Q(target__icontains=search) | Q(target_label__icontains=search)
        found = found.filter(Q(actor_label__icontains=search) | Q(action__icontains=search) | named)
    if before is not None:
        found = found.filter(id__lt=before)
    entries = list(found[: PAGE + 1])
    return AuditPage(entries[:PAGE], entries[PAGE - 1].pk if len(entries) > PAGE else None)
