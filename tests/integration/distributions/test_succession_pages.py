"""The page of a successor, and what lists and details say of a streaming distribution of old."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from cdnadmin.accounts.models import Bucket, Role, User
from cdnadmin.operations.models import Operation
from distributions.models import Distribution
from tests.certificates import issue_certificate
from tests.conftest import RunningSandbox
from tests.integration.distributions.conftest import client, finish, operation_of
from tests.integration.distributions.old_streams import old_stream

pytestmark = pytest.mark.django_db(transaction=True)


def browser_of(person: User) -> Client:
    browser = Client()
    browser.force_login(person)
    return browser


def text(browser: Client, address: str) -> str:
    return browser.get(address).content.decode()


def test_from_the_notice_to_the_successor_and_back(
    administrator: User, bucket: Bucket, cloudfront: Any, s3: Any, sandbox: RunningSandbox
) -> None:
    arn = issue_certificate(client(sandbox, "acm"), "*.example.org")
    browser = browser_of(administrator)
    old = old_stream(cloudfront, s3, bucket, alias="page.example.org", signers=("self",))
    detail, page = f"/distributions/{old.public_id}/", f"/distributions/{old.public_id}/succeed/"
    before = text(browser, detail)
    assert f'href="{page}"' in before
    assert "RTMP, ended 2020" in before
    assert "RTMP, ended 2020" in text(browser, "/distributions/")
    for senseless in ("Invalidate", "?distribution=", "distribution-privacy", f"{detail}privacy/"):
        assert senseless not in before

    shown = text(browser, page)
    for said in (
        "31 December 2020",
        "team=press",
        "old-logs.s3.amazonaws.com/talks",
        "page.example.org",
        "The same identity",
        ".m3u8",
        old.domain_name,
    ):
        assert said in shown
    assert f'<option value="{arn}" selected>' in shown

    given = {"name": "Talks", "aliases": ["page.example.org"], "certificate_arn": arn, "retire": "on", "typed_name": old.name}
    for wrong, field in (
        ({"typed_name": "Something else"}, "typed_name"),
        ({"certificate_arn": ""}, "certificate_arn"),
        ({"name": ""}, "name"),
        ({"aliases": ["stranger.example.org"]}, "aliases"),
    ):
        refused = browser.post(page, {**given, **wrong})
        assert refused.status_code == 422
        assert list(refused.context["form"].errors) == [field]
    assert browser.post(page, {**given, "seen": "another"}).context["form"].non_field_errors()
    assert not Operation.objects.filter(kind="succeed_distribution").exists()

    asked = browser.post(page, {**given, "name": "Typed", "request_certificate": "1"})
    assert asked.status_code == 200
    assert 'value="Typed"' in asked.content.decode()
    assert "waits in ACM" in asked.content.decode()

    made = browser.post(page, given)
    successor = Distribution.objects.get(succeeds=old.aws_id)
    assert made["Location"] == f"/distributions/{successor.public_id}/"
    assert successor.name in text(browser, detail)
    assert "its successor already" in text(browser, page)
    assert browser.post(page, given).status_code == 409
    assert detail in text(browser, made["Location"])
    assert finish(operation_of(successor, "succeed_distribution")).state == Operation.State.SUCCEEDED
    finish(operation_of(old, "delete_distribution"))
    assert f"{old.aws_id}, which is gone" in text(browser, made["Location"])


def test_who_may_not_manage_meets_neither_the_page_nor_its_link(bucket: Bucket, cloudfront: Any, s3: Any) -> None:
    old = old_stream(cloudfront, s3, bucket)
    for role, detail in ((Role.EDITOR, 200), (Role.STAFF, 403), (Role.VIEWER, 403)):
        browser = browser_of(User.objects.create_user(f"{role}@example.org", role=role))
        page = f"/distributions/{old.public_id}/succeed/"
        assert browser.get(page).status_code == browser.post(page, {"name": "Talks"}).status_code == 403
        answer = browser.get(f"/distributions/{old.public_id}/")
        assert answer.status_code == detail
        assert page not in answer.content.decode()
    assert not Distribution.objects.exclude(pk=old.pk).exists()


def test_a_page_is_there_where_aws_has_it_no_more_or_can_t_be_asked(
    administrator: User, bucket: Bucket, cloudfront: Any, s3: Any, inject: Any
) -> None:
    browser = browser_of(administrator)
    old = old_stream(cloudfront, s3, bucket, Enabled=False)
    page = f"/distributions/{old.public_id}/succeed/"
    inject(service="cloudfront", operation="GetStreamingDistribution", code="AccessDenied", status=403, times=3)
    assert "could not be asked" in text(browser, page)
    assert "could not be asked" in browser.post(page, {"name": "Talks"}).context["form"].non_field_errors()[0]
    inject(service="cloudfront", operation="GetStreamingDistribution", code="NoSuchStreamingDistribution", status=404, times=3)
    shown = text(browser, page)
    assert "AWS has it no more" in shown
    assert 'name="retire"' not in shown
    assert browser.post(page, {"name": "Talks"}).status_code == 302
    made = Distribution.objects.get(succeeds=old.aws_id)
    ended = finish(operation_of(made, "succeed_distribution"))
    assert ended.state == Operation.State.SUCCEEDED, ended.error_message
    assert made.enabled is False
