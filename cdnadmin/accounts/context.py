"""What every page's frame shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from cdnadmin.accounts.models import AwsAccount, User
from cdnadmin.accounts.permissions import Action, may

# (group, ((url name, label, icon, permission), …)); an entry is shown to those who may open it.
NAVIGATION: tuple[tuple[str, tuple[tuple[str, str, str, Action | None], ...]], ...] = (
    ("", (("home", "Overview", "house", None),)),
    (
        "Media",
        (
            ("library", "Library", "clapperboard", Action.VIEW_LIBRARY),
            ("upload_list", "Uploads", "upload", Action.UPLOAD_MEDIA),
            ("share_link_list", "Share links", "link", Action.MAKE_SHARE_LINK),
        ),
    ),
    (
        "Delivery",
        (
            ("distribution_list", "Distributions", "globe", Action.VIEW_DISTRIBUTIONS),
            ("origin_access_list", "Origin access", "shield-check", Action.VIEW_DISTRIBUTIONS),
            ("signing_key_list", "Signing keys", "key-round", Action.MANAGE_DISTRIBUTIONS),
        ),
    ),
    (
        "System",
        (
            ("doctor", "Doctor", "stethoscope", Action.MANAGE_DISTRIBUTIONS),
            ("operation_list", "Operations", "activity", Action.VIEW_OPERATIONS),
            ("aws_account_list", "AWS accounts", "cloud", Action.MANAGE_ACCOUNTS),
            ("people", "People", "users", Action.MANAGE_PEOPLE),
            ("audit_list", "Activity", "scroll-text", Action.MANAGE_PEOPLE),
        ),
    ),
)

# Pages that stand under an entry without being it, by how the names of their addresses begin.
_UNDER = (
    ("asset_", "library"),
    ("upload", "upload_list"),
    ("share_link_", "share_link_list"),
    ("distribution_", "distribution_list"),
    ("plan_", "distribution_list"),
    ("origin_access_", "origin_access_list"),
    ("operation_", "operation_list"),
    ("aws_account_", "aws_account_list"),
    ("person_", "people"),
)


@dataclass(frozen=True)
class FrameAccounts:
    """The accounts as the frame tells of them. `may_open`: this person may see their pages."""

    rows: Sequence[AwsAccount]
    may_open: bool

    @property
    def first(self) -> AwsAccount | None:
        """A real one before the sandbox: what reaches AWS matters more."""
        return self.rows[0] if self.rows else None

    @property
    def more(self) -> int:
        return max(0, len(self.rows) - 1)

    @property
    def sandboxes(self) -> list[str]:
        return [row.label for row in self.rows if row.is_sandbox]

    @property
    def is_all_sandbox(self) -> bool:
        return bool(self.rows) and all(row.is_sandbox for row in self.rows)


def _accounts(user: User) -> FrameAccounts:
    rows = AwsAccount.objects.only("label", "is_sandbox", "aws_account_id").order_by("is_sandbox", "label")
    return FrameAccounts(list(rows), may(user, Action.MANAGE_ACCOUNTS))


def interface(request: HttpRequest) -> dict[str, Any]:
    """The navigation that this person may use, and the accounts at its top."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {}
    navigation = []
    for group, entries in NAVIGATION:
        shown = [(name, label, icon) for name, label, icon, action in entries if action is None or may(user, action)]
        if shown:
            navigation.append((group, shown))
    match = request.resolver_match
    name = (match.url_name or "") if match else ""
    return {
        "navigation": navigation,
        "current_page": name,
        "current_entry": next((entry for begin, entry in _UNDER if name.startswith(begin)), name),
        "frame_accounts": SimpleLazyObject(lambda: _accounts(user)),
    }
