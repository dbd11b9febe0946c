"""A distribution taken elsewhere: what its files hold, who may have them, and that no secret is among it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import hcl2
import pytest
from botocore.validate import ParamValidator
from django.test import Client

from cdnadmin.accounts.models import Bucket, Role, User
from cdnadmin.errors import Conflict, NotAllowed
from distributions.models import Distribution
from distributions.services.distributions import NewDistribution, create_distribution
from distributions.services.exporting import describe_for_export
from tests.integration.distributions.conftest import fresh, make

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def browser(administrator: User) -> Client:
    made = Client()
    made.force_login(administrator)
    return made


def test_terraform_names_all_that_belongs_to_it_and_takes_it_over(browser: Client, administrator: User, bucket: Bucket) -> None:
    site = make(administrator, bucket, kind="private", tags={"team": "press"})
    answer = browser.get(f"/distributions/{site.public_id}/export/terraform/")
    assert answer["Content-Disposition"] == f'attachment; filename="{site.aws_id}.tf"'
    text = answer.content.decode()
    parsed: Any = hcl2.loads(text)
    made = {next(iter(each)).strip('"') for each in parsed["resource"]}
    assert made == {
        "aws_cloudfront_distribution",
        "aws_cloudfront_origin_access_control",
        "aws_cloudfront_public_key",
        "aws_cloudfront_key_group",
        "aws_s3_bucket_policy",
    }
    assert site.origin_access
    assert site.key_group
    taken_over = {str(each["id"]).strip('"') for each in parsed["import"]}
    assert {site.aws_id, site.origin_access.aws_id, site.key_group.aws_id, bucket.name} <= taken_over
    assert "PRIVATE KEY" not in text
    (control,) = [each for each in parsed["resource"] if '"aws_cloudfront_origin_access_control"' in each]
    assert "sigv4" in str(control), "as AWS has it, not as it is usually made"


def test_the_buckets_policy_is_exported_whole(administrator: User, bucket: Bucket) -> None:
    site, other = make(administrator, bucket), make(administrator, bucket, name="Other")
    export = describe_for_export(actor=administrator, distribution=site)
    sids = {each["Sid"] for each in export.bundle.policies[bucket.name]["Statement"]}
    assert sids == {f"CdnadminOac{site.public_id}", f"CdnadminOac{other.public_id}"}


def test_a_policy_that_can_not_be_read_is_left_out_and_said(
    browser: Client, administrator: User, bucket: Bucket, inject: Callable[..., None]
) -> None:
    site = make(administrator, bucket)
    inject(service="s3", operation="GetBucketPolicy", code="AccessDenied", status=403)
    page = browser.get(f"/distributions/{site.public_id}/export/").content.decode()
    assert f"The policy of {bucket.name} could not be read" in page
    assert "aws_s3_bucket_policy" not in page


def test_the_clis_json_is_what_the_cli_takes(browser: Client, administrator: User, bucket: Bucket, cloudfront: Any) -> None:
    site = make(administrator, bucket, tags={"team": "press"})
    config = {**site.config}
    origin = config["Origins"]["Items"][0]
    secret = {"HeaderName": "X-Key", "HeaderValue": "canary-secret"}
    origins = {"Quantity": 1, "Items": [{**origin, "CustomHeaders": {"Quantity": 1, "Items": [secret]}}]}
    Distribution.objects.filter(pk=site.pk).update(config={**config, "Origins": origins})
    page = browser.get(f"/distributions/{site.public_id}/export/").content.decode()
    assert "canary-secret" not in page
    text = browser.get(f"/distributions/{site.public_id}/export/cli/").content.decode()
    assert "canary-secret" not in text
    given = json.loads(text)
    shape = cloudfront.meta.service_model.operation_model("CreateDistributionWithTags").input_shape
    assert not ParamValidator().validate(given, shape).has_errors()
    answer = cloudfront.create_distribution_with_tags(**given)
    assert answer["Distribution"]["DistributionConfig"]["Comment"] == "Press kit"


def test_only_what_there_is_and_only_for_administrators(browser: Client, administrator: User, bucket: Bucket) -> None:
    waiting = create_distribution(actor=administrator, wanted=NewDistribution(name="New", bucket=bucket))
    with pytest.raises(Conflict):
        describe_for_export(actor=administrator, distribution=waiting)
    assert browser.get(f"/distributions/{waiting.public_id}/export/")["Location"] == f"/distributions/{waiting.public_id}/"
    site = make(administrator, bucket)
    assert browser.get(f"/distributions/{site.public_id}/export/pulumi/").status_code == 404
    with pytest.raises(NotAllowed):
        describe_for_export(actor=User.objects.create_user("e@example.org", role=Role.EDITOR), distribution=fresh(site))
    Distribution.objects.filter(pk=site.pk).update(family="rtmp")
    with pytest.raises(Conflict, match="streaming"):
        describe_for_export(actor=administrator, distribution=fresh(site))
