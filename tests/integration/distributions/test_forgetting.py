"""An account is forgotten with all that is only a picture of AWS, and comes back whole by import."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from django.test import Client
from django.urls import reverse

from cdnadmin.accounts.models import AwsAccount, Bucket, User
from cdnadmin.accounts.services.aws_accounts import ensure_sandbox_account
from cdnadmin.accounts.services.forgetting import count_forgotten, count_uses, delete_aws_account
from cdnadmin.operations.models import Operation
from cdnadmin.operations.runner import run_operation
from distributions.models import Distribution, KeyGroup, OriginAccess, PublicKey, SigningKey
from distributions.services.changes import update_distribution
from distributions.services.importing import import_account
from distributions.services.signing import sign_object_url
from tests.conftest import RunningSandbox, wait_until
from tests.integration.distributions.conftest import Edge, finish, make

pytestmark = pytest.mark.django_db(transaction=True)


def test_what_is_known_of_an_account_goes_with_it_and_its_keys_sign_again_after_an_import(
    administrator: User, bucket: Bucket, account: AwsAccount, sandbox: RunningSandbox, edge: Edge, s3: Any
) -> None:
    site = make(administrator, bucket, kind="private")
    sign_object_url(actor=administrator, distribution=site, key=f"{site.prefix}a.txt", seconds=60, reason="private_link")
    s3.put_object(Bucket=bucket.name, Key=f"{site.prefix}a.txt", Body=b"kept")
    written = httpx.get(f"{sandbox.url}/_sandbox/writes").text
    assert count_uses(account) == []
    said = count_forgotten(account)
    assert said[0] == "1 distribution with its history"
    browser = Client()
    browser.force_login(administrator)
    page = browser.get(reverse("aws_account_detail", args=[account.public_id])).content.decode()
    assert "1 distribution with its history" in page
    delete_aws_account(actor=administrator, account=account)
    assert httpx.get(f"{sandbox.url}/_sandbox/writes").text == written, "nothing changes at AWS"
    for rows in (AwsAccount, Bucket, Distribution, OriginAccess, KeyGroup, PublicKey):
        assert not rows.objects.exists(), rows
    assert SigningKey.objects.count() == 1, "the private half is kept"

    again = ensure_sandbox_account(url=sandbox.url)
    finish(import_account(actor=administrator, account=again), seconds=60)
    back = Distribution.objects.get(aws_id=site.aws_id)
    assert back.signing_key is not None
    signed = sign_object_url(actor=administrator, distribution=back, key=f"{back.prefix}a.txt", seconds=60, reason="private_link")
    answer = edge.get(signed.url)
    assert (answer.status_code, answer.text) == (200, "kept")


def test_what_was_under_way_ends_when_its_account_is_forgotten(administrator: User, bucket: Bucket, account: AwsAccount) -> None:
    site = make(administrator, bucket)
    operation = update_distribution(actor=administrator, distribution=site, comment="Never written")
    delete_aws_account(actor=administrator, account=account)

    def ended() -> bool:
        run_operation(operation.pk)
        operation.refresh_from_db()
        return not operation.is_active

    wait_until(ended, what="the end of a change to what is forgotten")
    assert (operation.state, operation.error_code) == (Operation.State.FAILED, "no_such_distribution")
