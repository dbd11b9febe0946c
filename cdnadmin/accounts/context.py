"""What every page's frame shows."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from cdnadmin.accounts.models import AwsAccount
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
            ("signing_key_list", "Signing keys", "key-round", Action.MANAGE_DISTRIBUTIONS),
        ),
    ),
    (
        "System",
        (
            ("operation_list", "Operations", "activity", Action.VIEW_OPERATIONS),
            ("aws_account_list", "AWS accounts", "cloud", Action.MANAGE_ACCOUNTS),
            ("people", "People", "users", Action.MANAGE_PEOPLE),
            ("audit_list", "Activity", "scroll-text", Action.MANAGE_PEOPLE),
        ),
    ),
)


def interface(request: HttpRequest) -> dict[str, Any]:
    """The navigation that this person may use, and the account at its top."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {}
    navigation = []
    for group, entries in NAVIGATION:
        shown = [(name, label, icon) for name, label, icon, action in entries if action is None or may(user, action)]
        if shown:
            navigation.append((group, shown))
    match = request.resolver_match
    return {
        "navigation": navigation,
        "current_page": match.url_name if match else "",
        "current_account": SimpleLazyObject(lambda: AwsAccount.objects.order_by("-is_sandbox", "label").first()),
    }
