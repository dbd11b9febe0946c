"""Every role against every action, and who is nobody."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser

from cdnadmin.accounts.models import Role, User
from cdnadmin.accounts.permissions import GRANTS, Action, may, require
from cdnadmin.errors import NotAllowed

# viewer, staff, editor, administrator
MATRIX = {
    Action.VIEW_LIBRARY: "1111",
    Action.SIGN_URL: "1111",
    Action.MAKE_SHARE_LINK: "0111",
    Action.UPLOAD_MEDIA: "0011",
    Action.EDIT_MEDIA: "0011",
    Action.VIEW_DISTRIBUTIONS: "0011",
    Action.VIEW_OPERATIONS: "0011",
    Action.MANAGE_SHARE_LINKS: "0001",
    Action.MANAGE_DISTRIBUTIONS: "0001",
    Action.MANAGE_OPERATIONS: "0001",
    Action.MANAGE_ACCOUNTS: "0001",
    Action.MANAGE_PEOPLE: "0001",
}
ROLES = (Role.VIEWER, Role.STAFF, Role.EDITOR, Role.ADMINISTRATOR)
CELLS = [(role, action, row[index] == "1") for action, row in MATRIX.items() for index, role in enumerate(ROLES)]


def test_the_matrix_names_every_role_and_action() -> None:
    assert set(MATRIX) == set(Action)
    assert set(ROLES) == set(Role) == set(GRANTS)


@pytest.mark.parametrize(("role", "action", "allowed"), CELLS)
def test_each_role_may_just_this(role: Role, action: Action, allowed: bool) -> None:
    person = User(email="p@example.org", role=role)
    assert may(person, action) is allowed
    assert may(person, action.value) is allowed
    if not allowed:
        with pytest.raises(NotAllowed):
            require(person, action)


@pytest.mark.parametrize("action", Action)
def test_nobody_and_who_is_shut_out_may_nothing(action: Action) -> None:
    shut_out = User(email="p@example.org", role=Role.ADMINISTRATOR, is_active=False)
    unknown_role = User(email="q@example.org", role="owner")
    superuser = User(email="r@example.org", role="", is_superuser=True)
    assert not any(may(actor, action) for actor in (None, AnonymousUser(), shut_out, unknown_role, superuser))


def test_an_action_that_is_none_is_an_error_not_a_yes() -> None:
    with pytest.raises(ValueError, match="own_everything"):
        may(User(email="p@example.org", role=Role.ADMINISTRATOR), "own_everything")
