"""Every page of people, accounts and activity, for every role; and the page behind a one-time link."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.test import Client
from django.urls import reverse

from cdnadmin.accounts.audit import record
from cdnadmin.accounts.models import AwsAccount, Role, User
from cdnadmin.accounts.services import people
from cdnadmin.accounts.services.aws_accounts import create_aws_account
from tests.integration.accounts.conftest import PASSWORD

pytestmark = pytest.mark.django_db
READ = ("people", "person_invite", "person_detail", "aws_account_list", "aws_account_create", "aws_account_detail", "audit_list")
WRITE = ("person_link", "person_set_active", "person_remove_second_factor", "aws_account_test", "aws_account_delete")


def address(name: str, person: User, account: AwsAccount) -> str:
    if name.startswith("person_") and name != "person_invite":
        return reverse(name, args=[person.public_id])
    if name in {"aws_account_detail", "aws_account_test", "aws_account_delete"}:
        return reverse(name, args=[account.public_id])
    return reverse(name)


@pytest.fixture
def foreign_account() -> AwsAccount:
    return AwsAccount.objects.create(label="Foreign", credentials="environment")


@pytest.mark.parametrize("role", Role)
def test_pages_are_for_administrators(
    role: Role, person: Callable[[Role], User], foreign_account: AwsAccount, client: Client
) -> None:
    me = person(role)
    client.force_login(me)
    for name in READ:
        expected = 200 if role == Role.ADMINISTRATOR else 403
        assert client.get(address(name, me, foreign_account)).status_code == expected, name
    if role != Role.ADMINISTRATOR:
        for name in (*WRITE, "person_invite", "person_detail", "aws_account_create", "aws_account_detail"):
            assert client.post(address(name, me, foreign_account), {"label": "Foreign"}).status_code == 403, name
        assert AwsAccount.objects.filter(label="Foreign").exists()
    for name in WRITE:
        expected = 405 if role == Role.ADMINISTRATOR else client.get(address(name, me, foreign_account)).status_code
        assert client.get(address(name, me, foreign_account)).status_code == expected
        assert expected in {403, 405}


def test_nobody_gets_further_than_the_log_in(administrator: User, foreign_account: AwsAccount, client: Client) -> None:
    for name in (*READ, *WRITE):
        response = client.get(address(name, administrator, foreign_account))
        assert response.status_code == 302, name
        assert response.headers["Location"].startswith(reverse("account_login"))


def test_nobody_signs_up_alone(client: Client) -> None:
    client.post(reverse("account_signup"), {"email": "me@example.org", "password1": PASSWORD, "password2": PASSWORD})
    assert not User.objects.exists()


def test_the_log_ins_closed_doors_say_what_to_do_and_lead_back(client: Client) -> None:
    for name, words in (("account_inactive", "has shut you out"), ("account_signup", "one-time link")):
        page = client.get(reverse(name)).content.decode()
        assert words in page
        assert f'href="{reverse("account_login")}"' in page


def test_one_button_of_the_log_ins_pages_is_primary(administrator: User, client: Client) -> None:
    TOTP.activate(administrator, generate_totp_secret())
    client.post(reverse("account_login"), {"login": administrator.email, "password": PASSWORD})
    page = client.get(reverse("mfa_authenticate")).content.decode()
    assert re.findall(r'<button class="(btn[^"]*)"', page) == ["btn btn-sm btn-primary", "btn btn-sm"]


def test_what_an_access_key_needs_is_not_called_optional(administrator: User, client: Client) -> None:
    client.force_login(administrator)
    page = client.get(reverse("aws_account_create")).content.decode()
    for field in ("access_key_id", "secret_access_key"):
        label = re.search(rf'<label[^>]*for="id_{field}">(.*?)</label>', page)
        assert label is not None
        assert "optional" not in label.group(1)
    stored = create_aws_account(actor=None, label="Ours", access_key_id="AKIA", secret_access_key="s")
    page = client.get(reverse("aws_account_detail", args=[stored.public_id])).content.decode()
    assert re.search(r'for="id_secret_access_key">Secret access key <span[^>]*>optional', page)


def test_the_link_logs_in_once(administrator: User, client: Client) -> None:
    given = people.invite_person(actor=administrator, email="new@example.org", name="", role=Role.VIEWER)
    page = reverse("invitation_accept", args=[given.token])
    shown = client.get(page)
    assert shown.status_code == 200
    assert shown.headers["Referrer-Policy"] == "same-origin"
    assert "no-store" in shown.headers["Cache-Control"]
    weak = client.post(page, {"password": "short"})
    assert weak.status_code == 422
    assert "too short" in weak.content.decode()
    assert client.post(page, {"password": PASSWORD}).status_code == 302
    assert client.session["_auth_user_id"] == str(given.user.pk)
    for again in (Client().get(page), Client().post(page, {"password": PASSWORD}), Client().get("/welcome/never-was-one/")):
        assert again.status_code == 410
        assert "used already or has expired" in again.content.decode()


def test_the_token_is_shown_once_and_never_listed(administrator: User, client: Client) -> None:
    client.force_login(administrator)
    response = client.post(reverse("person_invite"), {"email": "new@example.org", "role": "viewer"})
    text = response.content.decode()
    token = text.split("/welcome/")[1].split("/")[0]
    assert people.find_invitation(token=token).user.email == "new@example.org"
    person = User.objects.get(email="new@example.org")
    for page in (reverse("people"), reverse("person_detail", args=[person.public_id]), reverse("audit_list")):
        assert token not in client.get(page).content.decode()


def test_the_last_administrator_reads_why(administrator: User, client: Client) -> None:
    client.force_login(administrator)
    response = client.post(reverse("person_detail", args=[administrator.public_id]), {"role": "viewer"})
    assert response.status_code == 422
    assert "last administrator" in response.content.decode()


def test_an_id_of_nobody_is_404(administrator: User, client: Client) -> None:
    client.force_login(administrator)
    for name in ("person_detail", "aws_account_detail"):
        assert client.get(reverse(name, args=["abcdefghjkmn"])).status_code == 404


def test_activity_names_what_was_changed_and_leads_there(administrator: User, client: Client) -> None:
    record(actor=administrator, action="set_role", target=f"person:{administrator.public_id}", after={"role": "editor"})
    record(actor=administrator, action="create_distribution", target="distribution:abc", after={"name": "Press kit"})
    record(actor=administrator, action="discard_distribution", target="distribution:gone", before={"name": "Old one"})
    client.force_login(administrator)
    page = client.get(reverse("audit_list")).content.decode()
    assert f'href="/people/{administrator.public_id}/"' in page
    assert 'href="/distributions/abc/">Press kit<' in page
    assert "Old one" in page
    assert "/distributions/gone/" not in page
