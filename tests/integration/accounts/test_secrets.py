"""An account's secret: sealed to its row, and found nowhere else."""

from __future__ import annotations

import logging
import traceback
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from cdnadmin.accounts.models import AuditEntry, AwsAccount, User
from cdnadmin.accounts.services import aws_accounts
from cdnadmin.accounts.services.credentials import connection_for
from cdnadmin.errors import InvalidInput, VaultError
from tests.conftest import RunningSandbox
from tests.integration.accounts.conftest import connect

SECRET = "canary-9Zq7-never-to-be-seen-anywhere-4Xk2"
pytestmark = pytest.mark.django_db(transaction=True)


def test_the_secret_is_in_no_page_log_row_or_text(
    administrator: User, client: Client, sandbox: RunningSandbox, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    client.force_login(administrator)
    form = {
        "label": "Ours", "region": "us-east-1", "credentials": "static", "access_key_id": "sandbox",
        "secret_access_key": SECRET, "endpoint_url": sandbox.url, "viewer_base": "https://{domain}",
    }  # fmt: skip
    pages = [client.post(reverse("aws_account_create"), {**form, "label": ""})]  # comes back with its errors
    pages.append(client.post(reverse("aws_account_create"), form, follow=True))
    account = AwsAccount.objects.get()
    detail = reverse("aws_account_detail", args=[account.public_id])
    pages.append(client.post(detail, {**form, "endpoint_url": "ftp://nowhere"}))
    pages.append(client.post(reverse("aws_account_test", args=[account.public_id]), follow=True))
    pages += [client.get(path) for path in (detail, reverse("aws_account_list"), reverse("audit_list"))]
    assert [page.status_code for page in pages] == [422, 200, 422, 200, 200, 200, 200]
    for page in pages:
        assert SECRET not in page.content.decode()
        assert SECRET not in str(page.headers)
    assert connection_for(account).secret_access_key == SECRET
    assert SECRET not in caplog.text
    assert SECRET not in str(list(AuditEntry.objects.values()) + list(AwsAccount.objects.values()))
    assert SECRET not in repr(account) + repr(connection_for(account)) + str(connection_for(account))
    if connection.vendor == "sqlite":
        name = str(connection.settings_dict["NAME"])
        for file in (Path(name), Path(f"{name}-wal")):
            assert not file.exists() or SECRET.encode() not in file.read_bytes()


def test_no_exception_carries_it(sandbox: RunningSandbox) -> None:
    account = connect(sandbox.url, secret=SECRET)
    sealed = dict(account.sealed_secret or {})
    account.sealed_secret = {**sealed, "ciphertext": sealed["wrapped_key"]}
    with pytest.raises(VaultError) as refused:
        connection_for(account)
    assert SECRET not in "".join(traceback.format_exception(refused.value))
    with pytest.raises(InvalidInput) as taken:
        connect(sandbox.url, secret=SECRET)
    assert taken.value.field == "label"
    assert SECRET not in str(taken.value)


def test_it_opens_in_its_own_row_only(sandbox: RunningSandbox) -> None:
    one, two = connect(sandbox.url, secret=SECRET), connect(sandbox.url, label="Theirs", secret="another")
    one.sealed_secret, two.sealed_secret = two.sealed_secret, one.sealed_secret
    for account in (one, two):
        with pytest.raises(VaultError):
            connection_for(account)
    report = aws_accounts.test_connection(actor=None, account=one)  # reads the row, which was not saved
    assert not report.ok
    assert [check.label for check in report.checks] == ["Credentials"]


@pytest.mark.parametrize("part", ["wrapped_key", "ciphertext", "key_id", "version"])
def test_a_changed_cell_does_not_open(sandbox: RunningSandbox, part: str) -> None:
    account = connect(sandbox.url, secret=SECRET)
    sealed = dict(account.sealed_secret or {})
    text = str(sealed[part])
    account.sealed_secret = {**sealed, part: ("A" if text[0] != "A" else "B") + text[1:]}
    with pytest.raises(VaultError):
        connection_for(account)


def test_an_empty_secret_keeps_the_stored_one_and_own_credentials_forget_it(administrator: User, sandbox: RunningSandbox) -> None:
    account = connect(sandbox.url, secret=SECRET)
    given = {
        "label": "Renamed", "region": "eu-west-1", "endpoint_url": sandbox.url, "access_key_id": "sandbox",
        "secret_access_key": "", "viewer_base": "https://{domain}",
    }  # fmt: skip
    aws_accounts.update_aws_account(actor=administrator, account=account, credentials="static", **given)
    account.refresh_from_db()
    assert (account.label, connection_for(account).secret_access_key) == ("Renamed", SECRET)
    aws_accounts.update_aws_account(actor=administrator, account=account, credentials="environment", **given)
    account.refresh_from_db()
    assert (account.sealed_secret, account.access_key_id) == (None, "")
    with pytest.raises(InvalidInput) as refused:
        aws_accounts.update_aws_account(actor=administrator, account=account, credentials="static", **given)
    assert refused.value.field == "secret_access_key"
