"""What the frame of every page says about accounts: the sandbox is never taken for AWS, nor AWS for the sandbox."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cdnadmin.accounts.models import AwsAccount, Role, User

pytestmark = pytest.mark.django_db


def frame_of(person: User) -> tuple[str, str]:
    """The strip's words, "" where there is none, and those of the account's box."""
    client = Client()
    client.force_login(person)
    page = client.get(reverse("library")).content.decode()
    strip = re.search(r'<aside class="sandbox-strip.*?</aside>', page, re.DOTALL)
    box = re.search(r'<div class="panel flex.*?</div>', page.split('href="/" class="flex')[1], re.DOTALL)
    return tuple(" ".join(re.sub("<[^>]*>", " ", each.group()).split()) if each else "" for each in (strip, box))  # type: ignore[return-value]


def sandbox(label: str = "Sandbox") -> AwsAccount:
    return AwsAccount.objects.create(label=label, is_sandbox=True)


def real(label: str) -> AwsAccount:
    return AwsAccount.objects.create(label=label, aws_account_id="123456789012")


def test_with_the_sandbox_alone_nothing_reaches_aws(administrator: User) -> None:
    sandbox()
    assert frame_of(administrator) == (
        "Sandbox. Nothing here reaches AWS. Connect an AWS account",
        "Sandbox local account",
    )


def test_beside_a_real_account_the_strip_names_the_sandbox_only(administrator: User) -> None:
    sandbox("A sandbox")
    real("Production")
    real("Zoo")
    assert frame_of(administrator) == (
        "The account “A sandbox” is a sandbox: nothing in it reaches AWS.",
        "Production 123456789012 · and 2 more",
    )


def test_without_a_sandbox_there_is_no_strip(administrator: User) -> None:
    assert frame_of(administrator) == ("", "")
    real("Production")
    assert frame_of(administrator) == ("", "Production 123456789012")


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.VIEWER])
def test_the_rest_is_a_link_for_who_may_open_it(role: Role, person: Callable[[Role], User]) -> None:
    real("Production")
    real("Zoo")
    client = Client()
    client.force_login(person(role))
    linked = f'href="{reverse("aws_account_list")}">and 1 more</a>' in client.get(reverse("library")).content.decode()
    assert linked == (role == Role.ADMINISTRATOR)


def test_accounts_cost_one_query_however_many(administrator: User, client: Client) -> None:
    client.force_login(administrator)
    sandbox()
    for number in range(5):
        real(f"Account {number}")
    with CaptureQueriesContext(
        connection,
    ) as asked:
        client.get(reverse("audit_list"))
    assert sum("accounts_awsaccount" in each["sql"] for each in asked.captured_queries) == 1
