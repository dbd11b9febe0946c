"""The audit trail: written by services, in the same transaction as the change it records."""

from __future__ import annotations

from collections.abc import Mapping

from cdnadmin.accounts.models import AuditEntry, User


def record(
    *,
    actor: User | None,
    action: str,
    target: str = "",
    label: str = "",
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
    request_id: str = "",
) -> AuditEntry:
    """Write one entry. `action` is verb_noun ("create_distribution"); `before`/`after` hold no secrets.

    `label` is what `target` is called now: the entry is read when it may have another name, or none.
    """
    return AuditEntry.objects.create(
        actor=actor,
        actor_label=str(actor)[:160] if actor else "cdnadmin",
        action=action,
        target=target,
        target_label=label[:160],
        before=dict(before or {}),
        after=dict(after or {}),
        request_id=request_id,
    )
