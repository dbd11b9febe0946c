"""The second factor outlives a new password, and an administrator can take it away for who lost their phone."""

from __future__ import annotations

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.test import Client
from django.urls import reverse

from cdnadmin.accounts.models import AuditEntry, Role, User
from cdnadmin.accounts.services import people
from cdnadmin.errors import NotAllowed
from tests.integration.accounts.conftest import PASSWORD

pytestmark = pytest.mark.django_db
NEW_PASSWORD = "another long phrase"


@pytest.fixture
def protected() -> User:
    person = User.objects.create_user("nia@example.org", PASSWORD, name="Nia", role=Role.EDITOR)
    TOTP.activate(person, generate_totp_secret())
    RecoveryCodes.activate(person)
    return person


def test_a_link_sets_the_password_and_the_log_in_asks_for_the_code(administrator: User, protected: User, client: Client) -> None:
    link = people.renew_invitation(actor=administrator, person=protected)
    page = reverse("invitation_accept", args=[link.token])
    assert "a code from your authenticator app" in client.get(page).content.decode()
    answer = client.post(page, {"password": NEW_PASSWORD}, follow=True)
    assert answer.redirect_chain == [(reverse("account_login"), 302)]
    assert "Your password is set." in answer.content.decode()
    assert "_auth_user_id" not in client.session
    entered = client.post(reverse("account_login"), {"login": protected.email, "password": NEW_PASSWORD})
    assert entered.headers["Location"] == reverse("mfa_authenticate")
    assert "_auth_user_id" not in client.session


def test_a_link_opened_where_somebody_else_is_logged_in_leads_to_the_log_in(
    administrator: User, protected: User, client: Client
) -> None:
    client.force_login(administrator)
    link = people.renew_invitation(actor=administrator, person=protected)
    client.post(reverse("invitation_accept", args=[link.token]), {"password": NEW_PASSWORD})
    assert "_auth_user_id" not in client.session
    assert client.get(reverse("account_login")).status_code == 200


def test_an_administrator_removes_it_for_a_lost_phone(administrator: User, protected: User, client: Client) -> None:
    client.force_login(administrator)
    page = reverse("person_detail", args=[protected.public_id])
    action = reverse("person_remove_second_factor", args=[protected.public_id])
    assert f'action="{action}"' in client.get(page).content.decode()
    assert client.get(action).status_code == 405
    assert people.has_second_factor(protected)
    assert client.post(action).headers["Location"] == page
    assert not Authenticator.objects.filter(user=protected).exists()
    entry = AuditEntry.objects.get(action="remove_second_factor")
    assert (entry.actor, entry.target, entry.subject) == (administrator, f"person:{protected.public_id}", "Nia")
    shown = client.get(page).content.decode()
    assert "No second factor is set" in shown
    assert action not in shown
    client.logout()
    entered = client.post(reverse("account_login"), {"login": protected.email, "password": PASSWORD})
    assert entered.headers["Location"] == reverse("home")


def test_removing_what_is_not_there_writes_nothing(administrator: User) -> None:
    people.remove_second_factor(actor=administrator, person=administrator)
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize("role", [Role.VIEWER, Role.STAFF, Role.EDITOR])
def test_nobody_else_may(role: Role, protected: User, client: Client) -> None:
    actor = User.objects.create_user("p@example.org", PASSWORD, role=role)
    with pytest.raises(NotAllowed):
        people.remove_second_factor(actor=actor, person=protected)
    client.force_login(actor)
    assert client.post(reverse("person_remove_second_factor", args=[protected.public_id])).status_code == 403
    assert people.has_second_factor(protected)
