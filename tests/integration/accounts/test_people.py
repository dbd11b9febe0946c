"""One-time links, roles, the last administrator, shutting out."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from cdnadmin.accounts.models import AuditEntry, Invitation, Role, User
from cdnadmin.accounts.services import people
from cdnadmin.accounts.services.people import InvitationEnded, accept_invitation, invite_person
from cdnadmin.errors import InvalidInput, NotAllowed
from tests.integration.accounts.conftest import PASSWORD

pytestmark = pytest.mark.django_db


def invited(administrator: User, email: str = "new@example.org", role: str = Role.EDITOR) -> people.Invited:
    return invite_person(actor=administrator, email=email, name="", role=role)


def test_a_link_sets_the_password_once(administrator: User) -> None:
    given = invited(administrator)
    assert not given.user.has_usable_password()
    user = accept_invitation(token=given.token, password=PASSWORD, name="Nia")
    user.refresh_from_db()
    assert (user.name, user.role, user.check_password(PASSWORD)) == ("Nia", Role.EDITOR, True)
    with pytest.raises(InvitationEnded):
        accept_invitation(token=given.token, password="another long phrase")
    user.refresh_from_db()
    assert user.check_password(PASSWORD)


def test_an_expired_link_opens_nothing(administrator: User) -> None:
    given = invited(administrator)
    Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    with pytest.raises(InvitationEnded):
        accept_invitation(token=given.token, password=PASSWORD)


def test_a_changed_link_opens_nothing(administrator: User) -> None:
    token = invited(administrator).token
    stored = Invitation.objects.get().token_hash
    for wrong in (token[:-1], token + "A", token.swapcase(), token[1:] + token[0], stored, "", "\0", "é" * 43, "A" * 5000):
        with pytest.raises(InvitationEnded):
            people.find_invitation(token=wrong)
    assert people.find_invitation(token=token).user.email == "new@example.org"


def test_a_new_link_ends_the_one_before(administrator: User) -> None:
    old = invited(administrator)
    new = people.renew_invitation(actor=administrator, person=old.user)
    with pytest.raises(InvitationEnded):
        people.find_invitation(token=old.token)
    people.find_invitation(token=new.token)


@pytest.mark.parametrize("weak", ["", "short", "password123", "1234567890", "new@example.org"])
def test_a_weak_password_is_refused_and_the_link_stays(administrator: User, weak: str) -> None:
    given = invited(administrator)
    with pytest.raises(InvalidInput) as refused:
        accept_invitation(token=given.token, password=weak)
    assert refused.value.field == "password"
    accept_invitation(token=given.token, password=PASSWORD)


@pytest.mark.django_db(transaction=True)
def test_a_link_used_by_two_at_once_opens_for_one(administrator: User) -> None:
    token = invited(administrator).token
    together, won, lost = threading.Barrier(4), [], []

    def use(number: int) -> None:
        try:
            together.wait(timeout=10)
            accept_invitation(token=token, password=f"{PASSWORD} {number}")
            won.append(number)
        except InvitationEnded:
            lost.append(number)
        finally:
            connection.close()

    threads = [threading.Thread(target=use, args=[number]) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert (len(won), len(lost)) == (1, 3)
    assert User.objects.get(email="new@example.org").check_password(f"{PASSWORD} {won[0]}")


def test_one_address_one_person(administrator: User) -> None:
    invited(administrator)
    with pytest.raises(InvalidInput) as refused:
        invited(administrator, " NEW@Example.org ")
    assert refused.value.field == "email"
    assert User.objects.count() == 2


def test_a_role_that_is_none_is_refused(administrator: User) -> None:
    with pytest.raises(InvalidInput) as refused:
        invited(administrator, role="owner")
    assert refused.value.field == "role"
    with pytest.raises(InvalidInput):
        people.set_role(actor=administrator, person=administrator, role="")


@pytest.mark.parametrize("role", [Role.VIEWER, Role.STAFF, Role.EDITOR])
def test_people_are_the_administrators_matter(administrator: User, role: Role) -> None:
    actor = User.objects.create_user("p@example.org", PASSWORD, role=role)
    for forbidden in (
        lambda: invited(actor),
        lambda: people.renew_invitation(actor=actor, person=actor),
        lambda: people.set_role(actor=actor, person=actor, role=Role.ADMINISTRATOR),
        lambda: people.deactivate_person(actor=actor, person=administrator),
        lambda: people.reactivate_person(actor=actor, person=administrator),
    ):
        with pytest.raises(NotAllowed):
            forbidden()
    actor.refresh_from_db()
    assert actor.role == role


def test_the_last_administrator_stays(administrator: User) -> None:
    invited(administrator, "second@example.org", Role.ADMINISTRATOR)  # has no password yet: does not count
    User.objects.create_user("out@example.org", PASSWORD, role=Role.ADMINISTRATOR, is_active=False)
    with pytest.raises(InvalidInput, match="last administrator"):
        people.set_role(actor=administrator, person=administrator, role=Role.EDITOR)
    with pytest.raises(InvalidInput, match="last administrator"):
        people.deactivate_person(actor=administrator, person=administrator)
    administrator.refresh_from_db()
    assert (administrator.role, administrator.is_active) == (Role.ADMINISTRATOR, True)
    User.objects.create_user("third@example.org", PASSWORD, role=Role.ADMINISTRATOR)
    people.set_role(actor=administrator, person=administrator, role=Role.EDITOR)


def test_shut_out_means_at_once_and_links_end_too(administrator: User) -> None:
    given = invited(administrator)
    user = accept_invitation(token=given.token, password=PASSWORD)
    client = Client()
    client.force_login(user)
    pending = people.renew_invitation(actor=administrator, person=user)
    people.deactivate_person(actor=administrator, person=user)
    assert not client.login(email=user.email, password=PASSWORD)
    assert "_auth_user_id" not in client.session
    with pytest.raises(InvitationEnded):
        people.find_invitation(token=pending.token)
    with pytest.raises(InvalidInput, match="shut out"):
        people.renew_invitation(actor=administrator, person=user)
    people.reactivate_person(actor=administrator, person=user)
    assert client.login(email=user.email, password=PASSWORD)


def test_a_role_changed_while_the_link_is_open_holds(administrator: User, monkeypatch: pytest.MonkeyPatch) -> None:
    given = invited(administrator)
    invitation = people.find_invitation(token=given.token)
    people.set_role(actor=administrator, person=given.user, role=Role.VIEWER)
    monkeypatch.setattr(people, "find_invitation", lambda *, token: invitation)  # read just before the change
    accept_invitation(token=given.token, password=PASSWORD)
    assert User.objects.get(pk=given.user.pk).role == Role.VIEWER


def test_the_first_administrator() -> None:
    token = people.ensure_first_administrator()
    assert token is not None
    again = people.ensure_first_administrator()
    assert again is not None
    with pytest.raises(InvitationEnded):
        people.find_invitation(token=token)
    with pytest.raises(InvalidInput) as refused:
        accept_invitation(token=again, password=PASSWORD)
    assert refused.value.field == "email"
    user = accept_invitation(token=again, password=PASSWORD, email="Ada@Example.org")
    assert (user.email, user.role) == ("ada@example.org", Role.ADMINISTRATOR)
    assert people.ensure_first_administrator() is None
    assert User.objects.count() == 1


def test_every_change_is_in_the_trail_and_no_token_is(administrator: User) -> None:
    given = invited(administrator)
    people.set_role(actor=administrator, person=given.user, role=Role.STAFF)
    renewed = people.renew_invitation(actor=administrator, person=given.user)
    accept_invitation(token=renewed.token, password=PASSWORD)
    people.deactivate_person(actor=administrator, person=given.user)
    assert set(AuditEntry.objects.values_list("action", flat=True)) == {
        "invite_person", "set_role", "renew_invitation", "accept_invitation", "deactivate_person",
    }  # fmt: skip
    written = str(list(AuditEntry.objects.values())) + str(list(Invitation.objects.values()))
    for secret in (given.token, renewed.token, PASSWORD):
        assert secret not in written
        assert secret not in repr(given) + repr(renewed)
