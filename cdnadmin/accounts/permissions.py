"""Who may do what: one function answers for pages, services, tasks and templates alike."""

from __future__ import annotations

from enum import StrEnum

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser

from cdnadmin.accounts.models import Role, User
from cdnadmin.errors import NotAllowed


class Action(StrEnum):
    """Everything that needs a permission, as a short phrase of what the person wants to do."""

    VIEW_LIBRARY = "view_library"
    UPLOAD_MEDIA = "upload_media"
    EDIT_MEDIA = "edit_media"
    SIGN_URL = "sign_url"
    MAKE_SHARE_LINK = "make_share_link"
    MANAGE_SHARE_LINKS = "manage_share_links"
    VIEW_DISTRIBUTIONS = "view_distributions"
    MANAGE_DISTRIBUTIONS = "manage_distributions"
    VIEW_OPERATIONS = "view_operations"
    MANAGE_OPERATIONS = "manage_operations"
    MANAGE_ACCOUNTS = "manage_accounts"
    MANAGE_PEOPLE = "manage_people"


_VIEWER = frozenset({Action.VIEW_LIBRARY, Action.SIGN_URL})
_STAFF = _VIEWER | {Action.MAKE_SHARE_LINK}
_EDITOR = _STAFF | {Action.UPLOAD_MEDIA, Action.EDIT_MEDIA, Action.VIEW_DISTRIBUTIONS, Action.VIEW_OPERATIONS}
GRANTS: dict[str, frozenset[Action]] = {
    Role.VIEWER: _VIEWER,
    Role.STAFF: frozenset(_STAFF),
    Role.EDITOR: frozenset(_EDITOR),
    Role.ADMINISTRATOR: frozenset(Action),
}


def may(actor: AbstractBaseUser | AnonymousUser | None, action: Action | str, obj: object = None) -> bool:
    """Whether `actor` may do `action` (to `obj`, where one is meant). Unknown actors may nothing."""
    if not isinstance(actor, User) or not actor.is_active:
        return False
    return Action(action) in GRANTS.get(actor.role, frozenset())


def require(actor: AbstractBaseUser | AnonymousUser | None, action: Action, obj: object = None) -> None:
    """Raise NotAllowed unless `actor` may do `action`."""
    if not may(actor, action, obj):
        raise NotAllowed("Your role does not allow this. Ask an administrator.")
