"""What a new distribution is for, and its further settings: from the page to what is at AWS."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from cdnadmin.accounts.models import AuditEntry, Bucket, User, new_public_id
from cdnadmin.errors import InvalidInput
from distributions.configuration.presets import PRESETS
from distributions.models import Distribution
from distributions.services.deletion import delete_distribution
from distributions.services.distributions import NewDistribution, create_distribution
from tests.certificates import issue_certificate
from tests.conftest import RunningSandbox
from tests.integration.distributions.conftest import client, finish, fresh, make, operation_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def browser(administrator: User) -> Client:
    made = Client()
    made.force_login(administrator)
    return made


@pytest.fixture
def acm(sandbox: RunningSandbox) -> Iterator[Any]:
    acm = client(sandbox, "acm")
    yield acm
    for item in acm.list_certificates(Includes={"keyTypes": ["RSA_2048", "EC_prime256v1"]})["CertificateSummaryList"]:
        acm.delete_certificate(CertificateArn=item["CertificateArn"])


def form(bucket: Bucket, **given: object) -> dict[str, object]:
    basic = {"name": "Press kit", "kind": "public", "bucket": bucket.name, "access_model": "oac"}
    return {**basic, "algorithm": "ecdsa-p256", "price_class": "PriceClass_All", **given}


def config_of(cloudfront: Any, distribution: Distribution) -> Any:
    return cloudfront.get_distribution(Id=fresh(distribution).aws_id)["Distribution"]["DistributionConfig"]


@pytest.mark.parametrize("preset", [each.key for each in PRESETS])
def test_each_preset_is_created_as_it_says(administrator: User, bucket: Bucket, cloudfront: Any, preset: str) -> None:
    made = make(administrator, bucket, preset=preset)
    config = config_of(cloudfront, made)
    assert made.is_private == (preset == "private")
    assert config["DefaultCacheBehavior"]["TrustedKeyGroups"]["Enabled"] == made.is_private
    assert config["DefaultCacheBehavior"]["Compress"] == (preset == "images")
    patterns = [each["PathPattern"] for each in config["CacheBehaviors"].get("Items", [])]
    assert ("*.m3u8" in patterns) == (preset == "hls")


def test_private_streaming_asks_for_a_signature_on_every_path(administrator: User, bucket: Bucket, cloudfront: Any) -> None:
    made = make(administrator, bucket, preset="hls", kind="private")
    config = config_of(cloudfront, made)
    for behavior in (config["DefaultCacheBehavior"], *config["CacheBehaviors"]["Items"]):
        assert behavior["TrustedKeyGroups"]["Items"] == [made.key_group.aws_id]  # type: ignore[union-attr]
    # The account's fixture knows the default behavior alone.
    finish(delete_distribution(actor=administrator, distribution=made, typed_name=made.name, cleanup=("keys",)))
    assert cloudfront.list_key_groups()["KeyGroupList"].get("Items", []) == []


def test_every_setting_of_the_page_arrives_at_cloudfront(browser: Client, bucket: Bucket, cloudfront: Any) -> None:
    acl = "arn:aws:wafv2:us-east-1:123456789012:global/webacl/ours/12345678-1234-1234-1234-123456789012"
    given = {"tags": "team=press\nuse = film kit\n", "http_version": "http2", "without_ipv6": "on", "web_acl_id": acl}
    more = {"logging_bucket": "logs-of-ours", "logging_prefix": "press/", "starts_disabled": "on", "preset": "video"}
    browser.post("/distributions/new/", form(bucket, **given, **more))
    made = Distribution.objects.get()
    assert finish(operation_of(made)).state == "succeeded"
    config = config_of(cloudfront, made)
    assert (config["HttpVersion"], config["IsIPV6Enabled"], config["WebACLId"]) == ("http2", False, acl)
    assert config["Logging"] | {"IncludeCookies": False} == {
        "Enabled": True,
        "IncludeCookies": False,
        "Bucket": "logs-of-ours.s3.amazonaws.com",
        "Prefix": "press/",
    }
    assert (config["Enabled"], fresh(made).status) == (False, Distribution.Status.DISABLED)
    tags = cloudfront.list_tags_for_resource(Resource=fresh(made).arn)["Tags"]["Items"]
    assert {each["Key"]: each["Value"] for each in tags} == {"team": "press", "use": "film kit"}


def test_the_page_explains_each_preset_and_loses_nothing_that_was_typed(browser: Client, bucket: Bucket) -> None:
    page = browser.get("/distributions/new/").content.decode()
    for preset in PRESETS:
        assert preset.name in page
        assert preset.sentence in page
    answer = browser.post("/distributions/new/", form(bucket, name="", preset="hls", tags="team=press", comment="keep me"))
    again = answer.content.decode()
    assert answer.status_code == 422
    assert "team=press" in again
    assert 'value="keep me"' in again
    assert 'value="hls" ' in again.split(" checked")[0][-200:]


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("tags", {"tags": {"aws:mine": "x"}}),
        ("logging_bucket", {"logging_bucket": "not a bucket"}),
        ("logging_prefix", {"logging_bucket": "logs", "logging_prefix": "/x"}),
        ("http_version", {"http_version": "http9"}),
        ("preset", {"preset": "everything"}),
    ],
)
def test_what_cloudfront_would_refuse_is_said_at_its_field(
    administrator: User, bucket: Bucket, field: str, given: dict[str, Any]
) -> None:
    with pytest.raises(InvalidInput) as refused:
        create_distribution(actor=administrator, wanted=NewDistribution(name="Press kit", bucket=bucket, **given))
    assert refused.value.field == field


@pytest.mark.parametrize("tags", ["team", "=x", "team=a\nteam=b"])
def test_a_line_that_is_no_tag_is_said(browser: Client, bucket: Bucket, tags: str) -> None:
    answer = browser.post("/distributions/new/", form(bucket, tags=tags))
    assert answer.status_code == 422
    assert 'id="id_tags_error"' in answer.content.decode()
    assert not Distribution.objects.exists()


def test_a_certificate_is_chosen_from_acms_and_the_records_are_told(
    browser: Client, bucket: Bucket, acm: Any, cloudfront: Any
) -> None:
    host = f"{new_public_id()}.example.org"
    arn = issue_certificate(acm, host)
    page = browser.get("/distributions/new/").content.decode()
    assert f'<option value="{arn}">{host}, until ' in page
    browser.post("/distributions/new/", form(bucket, aliases=host, certificate_arn=arn))
    made = Distribution.objects.get()
    assert finish(operation_of(made)).state == "succeeded"
    assert config_of(cloudfront, made)["ViewerCertificate"]["ACMCertificateArn"] == arn
    shown = browser.get(f"/distributions/{made.public_id}/").content.decode()
    assert f'{host} <span class="muted">CNAME</span> {fresh(made).domain_name}' in shown


def test_what_no_certificate_covers_is_said_with_the_records_that_are_waited_for(browser: Client, bucket: Bucket, acm: Any) -> None:
    arn = issue_certificate(acm, "media.example.org")
    waiting = acm.request_certificate(DomainName="film.example.org", ValidationMethod="DNS")["CertificateArn"]
    record = acm.describe_certificate(CertificateArn=waiting)["Certificate"]["DomainValidationOptions"][0]["ResourceRecord"]
    for certificate, words in ((arn, "does not cover “film.example.org”"), ("", "covers “film.example.org”")):
        answer = browser.post("/distributions/new/", form(bucket, aliases="film.example.org", certificate_arn=certificate))
        page = answer.content.decode()
        assert answer.status_code == 422
        assert words in page
        assert record["Value"] in page
    assert not Distribution.objects.exists()


def test_where_acm_can_not_be_listed_an_arn_can_be_pasted(browser: Client, bucket: Bucket, inject: Any) -> None:
    inject(service="acm", operation="ListCertificates", code="AccessDeniedException", status=400)
    page = browser.get("/distributions/new/").content.decode()
    assert "could not be listed: paste an ARN" in page
    assert 'placeholder="arn:aws:acm:us-east-1:…"' in page


def test_a_certificate_is_requested_for_the_names_typed_and_all_else_stays(browser: Client, bucket: Bucket, acm: Any) -> None:
    host = f"{new_public_id()}.example.org"
    typed = form(bucket, aliases=f"{host}\nwww.{host}", comment="As typed", request_certificate="1")
    for _ in range(2):
        page = browser.post("/distributions/new/", typed).content.decode()
        assert "As typed" in page
    found = [each for each in acm.list_certificates()["CertificateSummaryList"] if each["DomainName"] == host]
    assert len(found) == 1, "asked for twice, it is one"
    described = acm.describe_certificate(CertificateArn=found[0]["CertificateArn"])["Certificate"]
    assert set(described["SubjectAlternativeNames"]) == {host, f"www.{host}"}
    assert described["DomainValidationOptions"][0]["ResourceRecord"]["Value"] in page
    assert AuditEntry.objects.get(action="request_certificate").target_label == host
    page = browser.post("/distributions/new/", {**typed, "aliases": "no host"}).content.decode()
    assert "is not a host name" in page
    assert not Distribution.objects.exists()
