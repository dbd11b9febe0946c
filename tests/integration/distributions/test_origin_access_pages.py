"""The pages of origin accesses: who gets them, what they say, what is refused at which field."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from cdnadmin.accounts.models import AwsAccount, Bucket, Role, User
from distributions.models import BucketTruth, Distribution, OriginAccess
from distributions.services.origin_access import create_origin_access_control, create_origin_access_identity

pytestmark = pytest.mark.django_db(transaction=True)
LIST = "/distributions/origin-access/"


@pytest.fixture
def browser(administrator: User) -> Client:
    made = Client()
    made.force_login(administrator)
    return made


def row(account: AwsAccount, name: str, **given: Any) -> OriginAccess:
    return OriginAccess.objects.create(account=account, **{"type": "oac", "aws_id": f"E{name}", "name": name, **given})


def site(bucket: Bucket, name: str, access: OriginAccess | None, **given: Any) -> Distribution:
    values = {"kind": "public", "bucket": bucket, "origin_access": access, "status": "deployed", **given}
    return Distribution.objects.create(account=bucket.account, name=name, **values)


def said(answer: Any) -> str:
    return " ".join(str(message) for message in get_messages(answer.wsgi_request))


def test_who_may_have_which_page(administrator: User, account: AwsAccount) -> None:
    access = create_origin_access_control(actor=administrator, account=account, name="Press")
    pages = {
        ("get", LIST): {"administrator", "editor"},
        ("get", f"{LIST}{access.public_id}/"): {"administrator", "editor"},
        ("get", f"{LIST}{access.public_id}/?part=configurations"): {"administrator", "editor"},
        ("get", f"{LIST}new/"): {"administrator"},
        ("post", f"{LIST}new/"): {"administrator"},
        ("post", f"{LIST}refresh/"): {"administrator"},
        ("post", f"{LIST}{access.public_id}/rename/"): {"administrator"},
        ("post", f"{LIST}nothere/delete/"): {"administrator"},
    }
    for role in Role.values:
        browser = Client()
        browser.force_login(User.objects.create_user(f"{role}@example.com", "a long pass phrase", role=role))
        for (method, path), allowed in pages.items():
            status = getattr(browser, method)(path).status_code
            assert (status != 403) == (role in allowed), (role, path, status)
            assert status < 500
    browser.force_login(User.objects.get(email="editor@example.com"))
    shown = browser.get(f"{LIST}{access.public_id}/").content.decode()
    assert "Press" in shown
    assert "Rename at AWS" not in shown
    assert "delete-dialog" not in shown
    assert Client().get(LIST)["Location"].startswith("/account/login/")


def test_the_list_says_what_each_serves_and_is_searched(browser: Client, bucket: Bucket) -> None:
    assert "No origin accesses yet" in browser.get(LIST).content.decode()
    press = row(bucket.account, "Press", config={"Description": "For the press"})
    old = row(bucket.account, "Old", type="oai", canonical_user_id="c0ffee", gone_at="2026-01-01T00:00Z")
    first = site(bucket, "Premiere", press)
    for n in range(5):
        site(bucket, f"Site {n}", press)
    site(bucket, "Was", press, status="gone")
    shown = browser.get(LIST).content.decode()
    for text in ("For the press", f"/distributions/{first.public_id}/", "and 3 more", bucket.name, "Deleted at AWS", "older"):
        assert text in shown, text
    assert "Was" not in shown
    assert re.search(rf'<a [^>]*href="{LIST}"[^>]*aria-current="page"', shown)

    rows = {"HX-Request": "true"}
    for query, names in (("?search=ress", {"Press"}), ("?search=eold", {"Old"}), ("?type=oai", {"Old"}), ("?search=zzqx", set())):
        part = browser.get(LIST + query, headers=rows).content.decode()
        assert {access.name for access in (press, old) if f"{LIST}{access.public_id}/" in part} == names, query
        assert "<html" not in part
        assert ("No matches" in part) == (not names)


def test_the_list_reads_no_configuration_and_counts_no_further_than_a_hundred(browser: Client, bucket: Bucket) -> None:
    access = row(bucket.account, "Busy")
    template = {"account": bucket.account, "kind": "public", "bucket": bucket, "origin_access": access, "status": "deployed"}
    Distribution.objects.bulk_create(Distribution(name=f"Site {n:03d}", **template) for n in range(140))
    with CaptureQueriesContext(
        connection,
    ) as queries:
        shown = browser.get(LIST).content.decode()
    assert "over 100 distributions" in shown
    asked = [query["sql"] for query in queries if "distributions_distribution" in query["sql"]]
    assert len(asked) == 1
    assert '"config"' not in asked[0].partition("FROM")[0]
    assert "LIMIT 101" in asked[0]


def test_made_on_the_page_with_what_is_wrong_at_its_field(browser: Client, account: AwsAccount) -> None:
    def send(**given: str) -> Any:
        return browser.post(f"{LIST}new/", {"type": "oac", "name": "Launch", "description": "Kept", **given})

    for given, text in (
        ({"name": ""}, "Give it a name."),
        ({"name": "x" * 65}, "1 to 64 characters"),
        ({"name": "x" * 129, "type": "oai"}, "1 to 128 characters"),
        ({"description": "x" * 257}, "256 characters at most"),
    ):
        answer = send(**given)
        assert answer.status_code == 422
        assert text in answer.content.decode()
        assert 'aria-invalid="true"' in answer.content.decode()
    assert not OriginAccess.objects.exists()
    answer = send()
    made = OriginAccess.objects.get()
    assert answer["Location"] == f"{LIST}{made.public_id}/"
    assert (made.type, made.description) == ("oac", "Kept")
    again = send().content.decode()
    assert "already" in again
    assert 'value="Kept"' in again
    send(type="oai", name="Old form")
    assert OriginAccess.objects.get(name="Old form").canonical_user_id
    # Two accounts: it is asked which.
    assert 'name="account"' not in browser.get(f"{LIST}new/").content.decode()
    AwsAccount.objects.create(label="Other", region="us-east-1")
    assert 'name="account"' in browser.get(f"{LIST}new/").content.decode()


def test_its_page_says_how_a_policy_names_it_and_what_names_it(
    browser: Client, administrator: User, bucket: Bucket, inject: Callable[..., None]
) -> None:
    identity = create_origin_access_identity(actor=administrator, account=bucket.account, name="Old")
    address = f"{LIST}{identity.public_id}/"
    site(bucket, "Second origin", None, config={"Origins": f"origin-access-identity/cloudfront/{identity.aws_id}"})
    BucketTruth.objects.create(bucket=bucket, policy={"Statement": {"Principal": identity.arn}})
    shown = browser.get(address).content.decode()
    for text in (identity.canonical_user_id, identity.arn, "CanonicalUser", "in its policy", f"{address}?part=configurations"):
        assert text in shown, text
    assert shown.count("<clipboard-copy") == 4
    assert "Second origin" not in shown
    assert "Delete this identity" in shown
    for headers in ({"HX-Request": "true"}, {}):
        part = browser.get(f"{address}?part=configurations", headers=headers).content.decode()
        assert "Second origin" in part
        assert f"{address}?part=configurations" not in part
        assert ("<html" in part) == (not headers)
    served = site(bucket, "Served", identity)
    shown = browser.get(address).content.decode()
    assert "It can’t be deleted before" in shown
    assert "Delete this identity" not in shown
    served.delete()

    deleted = browser.post(f"{address}delete/")
    assert deleted["Location"] == address
    assert "“Second origin” still uses it" in said(deleted)
    renamed = browser.post(f"{address}rename/", {"name": " "})
    assert renamed.status_code == 422
    assert "Give it a name." in renamed.content.decode()
    inject(service="cloudfront", operation="UpdateCloudFrontOriginAccessIdentity", code="PreconditionFailed", status=412)
    assert "changed by somebody else" in browser.post(f"{address}rename/", {"name": "New"}).content.decode()
    assert browser.post(f"{address}rename/", {"name": "New"})["Location"] == address
    assert OriginAccess.objects.get().name == "New"
    Distribution.objects.all().delete()
    BucketTruth.objects.all().delete()
    assert browser.post(f"{address}delete/")["Location"] == LIST
    assert not OriginAccess.objects.exists()


def test_a_control_says_whether_cloudfront_may_come_unsigned(
    browser: Client, administrator: User, account: AwsAccount, cloudfront: Any
) -> None:
    control = create_origin_access_control(actor=administrator, account=account, name="Signs")
    address = f"{LIST}{control.public_id}/"
    assert "CloudFront may come unsigned" not in browser.get(address).content.decode()
    for behavior, words in (("no-override", "may come unsigned"), ("never", "comes unsigned")):
        seen = cloudfront.get_origin_access_control(Id=control.aws_id)
        config = seen["OriginAccessControl"]["OriginAccessControlConfig"] | {"SigningBehavior": behavior}
        cloudfront.update_origin_access_control(Id=control.aws_id, OriginAccessControlConfig=config, IfMatch=seen["ETag"])
        assert browser.post(f"{LIST}refresh/")["Location"] == LIST
        assert words in browser.get(address).content.decode()
    # Deleted outside while its page was open.
    etag = cloudfront.get_origin_access_control(Id=control.aws_id)["ETag"]
    cloudfront.delete_origin_access_control(Id=control.aws_id, IfMatch=etag)
    gone = browser.post(f"{address}rename/", {"name": "Too late", "description": ""})
    assert gone["Location"] == LIST
    assert "was deleted at AWS" in said(gone)
