"""The audit trail: written by services, in the same transaction as the change it records."""

from __future__ import annotations

from collections.abc import Mapping

from cdnadmin.accounts.models import AuditEntry, User


def record(
    *,
    actor: User | None,
    action: str,
    target: str = "",
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
    request_id: str = "",
) -> AuditEntry:
    """Write one entry. `action` is verb_noun ("create_distribution"); `before`/`after` hold no secrets."""
    return AuditEntry.objects.create(
        actor=actor,
        actor_label=str(actor) if actor else "cdnadmin",
        action=action,
        target=target,
        before=dict(before or {}),
        after=dict(after or {}),
        request_id=request_id,
    )
