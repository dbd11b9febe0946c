"""The connection test, in words, against a real sandbox and against nobody."""

from __future__ import annotations

import re
import socket
import time
from typing import Any

import pytest
from django.test import override_settings

from cdnadmin.accounts.models import AwsAccount, Role, User
from cdnadmin.accounts.services import aws_accounts
from cdnadmin.accounts.services.buckets import create_bucket
from cdnadmin.accounts.services.forgetting import delete_aws_account
from cdnadmin.errors import InvalidInput, NotAllowed
from tests.conftest import RunningSandbox, free_port
from tests.integration.accounts.conftest import connect, inject

pytestmark = pytest.mark.django_db


def tried(account: AwsAccount) -> dict[str, tuple[bool, str]]:
    report = aws_accounts.test_connection(actor=None, account=account)
    assert account.tested_at is not None
    assert account.test_result["ok"] is report.ok
    return {check.label: (check.ok, check.message) for check in report.checks}


def test_right_keys(account: AwsAccount) -> None:
    said = tried(account)
    assert list(said) == ["Credentials", "Distributions", "Buckets"]
    assert all(ok for ok, _ in said.values())
    assert len(account.aws_account_id) == 12
    assert said["Credentials"][1].startswith(f"Signed in to account {account.aws_account_id} as ")
    assert said["Distributions"][1] == "CloudFront answers."
    assert said["Buckets"][1].startswith("S3 answers: ")


def test_buckets_are_counted_in_words(account: AwsAccount) -> None:
    create_bucket(actor=None, account=account, name="acc-counted")
    assert re.fullmatch(r"S3 answers: (1 bucket|(?!1 )\d+ buckets)\.", tried(account)["Buckets"][1])


def test_a_wrong_key_id(sandbox: RunningSandbox) -> None:
    said = tried(connect(sandbox.url, key="AKIAWRONG"))
    assert {message for _, message in said.values()} == {"AWS does not know this access key. Check the access key id."}
    assert not any(ok for ok, _ in said.values())


def test_a_wrong_secret(sandbox: RunningSandbox) -> None:
    said = tried(connect(sandbox.url, secret="wrong"))
    assert {message for _, message in said.values()} == {"The secret access key does not belong to this access key id."}


def test_nobody_there_is_said_once_and_soon() -> None:
    began = time.monotonic()
    said = tried(connect(f"http://127.0.0.1:{free_port()}"))
    assert said == {"Credentials": (False, "AWS can't be reached. Check the network and the endpoint.")}
    assert time.monotonic() - began < 5


def test_one_part_refused_and_the_others_right(sandbox: RunningSandbox, account: AwsAccount) -> None:
    inject(sandbox, service="cloudfront", operation="ListDistributions", code="AccessDenied", status=403)
    said = tried(account)
    assert [ok for ok, _ in said.values()] == [True, False, True]
    assert said["Distributions"][1] == "AWS does not allow these credentials to list the distributions."


def test_in_production_nothing_connects_inside(account: AwsAccount) -> None:
    with socket.socket() as inner:
        inner.bind(("127.0.0.1", 0))
        inner.listen()
        inner.settimeout(0.2)
        # A row from before production, or from somebody's hand in the database.
        AwsAccount.objects.update(endpoint_url=f"http://127.0.0.1:{inner.getsockname()[1]}")
        account.refresh_from_db()
        with override_settings(PRODUCTION=True, SANDBOX_URL="", PRIVATE_ENDPOINTS=()):
            said = tried(account)
        with pytest.raises(TimeoutError):
            inner.accept()
    assert list(said) == ["Credentials"]
    assert "inside this server's own network" in said["Credentials"][1]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"access_key_id": " "}, "access_key_id"),
        ({"secret_access_key": ""}, "secret_access_key"),
        ({"endpoint_url": "http://169.254.169.254"}, "endpoint_url"),
        ({"viewer_base": "https://cdn.example.org"}, "viewer_base"),
        ({"viewer_base": "javascript:{domain}"}, "viewer_base"),
        ({"viewer_base": "https://ada:secret@{domain}"}, "viewer_base"),
        ({"viewer_base": "http://metadata.internal/{domain}"}, "viewer_base"),
        ({"viewer_base": "https://{domain}.example.org"}, "viewer_base"),
        ({"label": "Sandbox"}, "label"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(account: AwsAccount, wrong: dict[str, str], field: str) -> None:
    given: Any = {"label": "Ours", "access_key_id": "AKIA", "secret_access_key": "s"} | wrong
    with pytest.raises(InvalidInput) as refused:
        aws_accounts.create_aws_account(actor=None, **given)
    assert refused.value.field == field
    assert AwsAccount.objects.count() == 1


def test_a_region_that_is_none_is_said_in_words(sandbox: RunningSandbox) -> None:
    account = connect(sandbox.url)
    AwsAccount.objects.update(region="evil.example/x#")
    account.refresh_from_db()
    said = tried(account)
    assert said["Credentials"] == (False, "boto3 takes neither this region nor this endpoint.")


@pytest.mark.parametrize("role", [Role.VIEWER, Role.STAFF, Role.EDITOR])
def test_accounts_are_the_administrators_matter(account: AwsAccount, role: Role) -> None:
    actor = User.objects.create_user("p@example.org", "a long pass phrase", role=role)
    with pytest.raises(NotAllowed):
        aws_accounts.test_connection(actor=actor, account=account)
    with pytest.raises(NotAllowed):
        delete_aws_account(actor=actor, account=account)
    with pytest.raises(NotAllowed):
        aws_accounts.create_aws_account(actor=actor, label="Mine", access_key_id="A", secret_access_key="s")


def test_the_sandboxs_account_follows_its_port(account: AwsAccount) -> None:
    moved = aws_accounts.ensure_sandbox_account(url="http://127.0.0.1:9123")
    assert (moved.pk, moved.endpoint_url, moved.viewer_base) == (account.pk, "http://127.0.0.1:9123", "http://{domain}:9123")


def test_an_account_that_nothing_uses_is_forgotten(administrator: User, account: AwsAccount) -> None:
    delete_aws_account(actor=administrator, account=account)
    assert not AwsAccount.objects.exists()
