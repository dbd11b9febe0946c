"""Another distribution like one that is there: all of its settings, and nothing that is its own."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from django.test import Client

from cdnadmin.accounts.models import Bucket, User, new_public_id
from cdnadmin.accounts.services.aws_accounts import create_aws_account
from cdnadmin.accounts.services.buckets import create_bucket
from cdnadmin.errors import Conflict, InvalidInput
from distributions.models import Distribution
from distributions.services.cloning import clone_distribution
from distributions.services.distributions import NewDistribution
from distributions.services.objects import add_object
from tests.integration.distributions.conftest import Edge, finish, fresh, make, operation_of
from tests.integration.distributions.test_create_settings import config_of, form

pytestmark = pytest.mark.django_db(transaction=True)


def enrich(cloudfront: Any, site: Distribution, other: Bucket) -> Distribution:
    """More than the forms model: another origin with its access, behaviors, an error page, countries."""
    seen = cloudfront.get_distribution_config(Id=site.aws_id)
    config = seen["DistributionConfig"]
    origin = config["Origins"]["Items"][0]
    second = {
        **copy.deepcopy(origin),
        "Id": "logos",
        "OriginPath": "/logos",
        "DomainName": f"{other.name}.s3.us-east-1.amazonaws.com",
    }
    same = {**copy.deepcopy(origin), "Id": "again", "ConnectionAttempts": 2}
    config["Origins"] = {"Quantity": 3, "Items": [origin, second, same]}
    behavior = {**copy.deepcopy(config["DefaultCacheBehavior"]), "PathPattern": "/logos/*", "TargetOriginId": "logos"}
    config["CacheBehaviors"] = {"Quantity": 1, "Items": [behavior]}
    page = {"ErrorCode": 404, "ResponsePagePath": "/404.html", "ResponseCode": "404", "ErrorCachingMinTTL": 5}
    config["CustomErrorResponses"] = {"Quantity": 1, "Items": [page]}
    config["Restrictions"] = {"GeoRestriction": {"RestrictionType": "whitelist", "Quantity": 1, "Items": ["DE"]}}
    cloudfront.update_distribution(Id=site.aws_id, DistributionConfig=config, IfMatch=seen["ETag"])
    now = cloudfront.get_distribution_config(Id=site.aws_id)
    Distribution.objects.filter(pk=site.pk).update(config=now["DistributionConfig"], etag=now["ETag"])
    return fresh(site)


def clone(actor: User, source: Distribution, **given: Any) -> Distribution:
    wanted = NewDistribution(**{"name": "Second", "bucket": source.own_bucket, "kind": source.kind, **given})
    made = clone_distribution(actor=actor, source=source, bucket_name=wanted.bucket.name, make_bucket=False, wanted=wanted)
    ended = finish(operation_of(made))
    assert ended.state == "succeeded", ended.error_message
    return fresh(made)


def test_everything_comes_along_but_what_is_its_own(
    administrator: User, bucket: Bucket, cloudfront: Any, s3: Any, edge: Edge
) -> None:
    other = create_bucket(actor=administrator, account=bucket.account, name=f"logos-{new_public_id()}")
    source = enrich(cloudfront, make(administrator, bucket), other)
    made = clone(administrator, source)
    first, second = config_of(cloudfront, source), config_of(cloudfront, made)
    for name in ("CacheBehaviors", "CustomErrorResponses", "Restrictions", "DefaultCacheBehavior"):
        assert second[name] == first[name], name
    paths = {each["Id"]: each["OriginPath"] for each in second["Origins"]["Items"]}
    assert paths == {"media": made.origin_path, "again": made.origin_path, "logos": "/logos"}
    assert made.origin_path != source.origin_path
    assert second["CallerReference"] != first["CallerReference"]
    added = add_object(actor=administrator, distribution=made, path="a.txt", body=b"a", content_type="text/plain")
    assert edge.get(added.url).text == "a"
    statements = json.loads(s3.get_bucket_policy(Bucket=other.name)["Policy"])["Statement"]
    assert [each["Condition"]["StringEquals"]["AWS:SourceArn"] for each in statements] == [made.arn]


@pytest.mark.parametrize(("kind", "trusted"), [("public", False), ("private", True)])
def test_who_may_see_it_is_as_chosen_now(administrator: User, bucket: Bucket, cloudfront: Any, kind: str, trusted: bool) -> None:
    source = make(administrator, bucket, kind="private")
    made = clone(administrator, source, kind=kind)
    assert config_of(cloudfront, made)["DefaultCacheBehavior"]["TrustedKeyGroups"]["Enabled"] is trusted
    assert made.is_private is trusted


def test_another_origin_that_would_show_a_private_ones_files_is_refused(
    administrator: User, bucket: Bucket, cloudfront: Any
) -> None:
    other = create_bucket(actor=administrator, account=bucket.account, name=f"logos-{new_public_id()}")
    source = enrich(cloudfront, make(administrator, bucket), other)
    make(administrator, other, kind="private", name="Secret")
    Distribution.objects.filter(name="Secret").update(origin_path="/logos/inner")
    with pytest.raises(InvalidInput, match="“Secret”, which is private"):
        clone(administrator, source)


def test_what_can_not_be_cloned_says_why(administrator: User, bucket: Bucket) -> None:
    source = make(administrator, bucket)
    account = create_aws_account(
        actor=None, label="Other", endpoint_url=bucket.account.endpoint_url, access_key_id="sandbox", secret_access_key="sandbox"
    )
    with pytest.raises(InvalidInput, match="choose that account"):
        clone(administrator, source, bucket=Bucket(account=account, name=bucket.name, region="us-east-1"))
    for more, words in (({"Staging": True}, "staging"), ({"ConnectionMode": "tenant-only"}, "tenants")):
        Distribution.objects.filter(pk=source.pk).update(config={**source.config, **more})
        with pytest.raises(Conflict, match=words):
            clone(administrator, fresh(source))


def test_the_page_says_in_words_what_comes_along(administrator: User, bucket: Bucket, cloudfront: Any) -> None:
    other = create_bucket(actor=administrator, account=bucket.account, name=f"logos-{new_public_id()}")
    source = enrich(cloudfront, make(administrator, bucket), other)
    browser = Client()
    browser.force_login(administrator)
    address = f"/distributions/new/?like={source.public_id}"
    page = browser.get(address).content.decode()
    for words in ("another like", "1 further behavior", "2 further origins", "1 error page", "Not taken over: host names"):
        assert words in page
    assert 'value="Press kit (copy)"' in page
    assert 'name="preset"' not in page
    browser.post(address, form(bucket, name="Second"))
    made = Distribution.objects.exclude(pk=source.pk).get()
    assert finish(operation_of(made)).state == "succeeded"
    assert config_of(cloudfront, made)["CustomErrorResponses"]["Quantity"] == 1
    assert f"?like={source.public_id}" in browser.get(f"/distributions/{source.public_id}/").content.decode()
