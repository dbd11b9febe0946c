"""Distributions. Source: CloudFront API Reference, "CreateDistribution", "UpdateDistribution", "DeleteDistribution"."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from tests.conftest import RunningSandbox, wait_until
from tests.integration.sandbox.cloudfront.conftest import (
    Make,
    disable,
    distribution_config,
    needs_its_etag,
    trusting,
    update,
    wait_deployed,
)
from tests.integration.sandbox.conftest import connect, fresh, refused

CERTIFICATE = {
    "ACMCertificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/x",
    "SSLSupportMethod": "sni-only",
    "MinimumProtocolVersion": "TLSv1.2_2021",
}


def named(*aliases: str, **more: Any) -> dict[str, Any]:
    return distribution_config(Aliases={"Quantity": len(aliases), "Items": list(aliases)}, ViewerCertificate=CERTIFICATE, **more)


def test_what_creating_answers(cloudfront: Any, make: Make) -> None:
    answer = make()
    made = answer["Distribution"]
    assert made["ARN"] == f"arn:aws:cloudfront::000000000000:distribution/{made['Id']}"
    assert made["Status"] == "InProgress"
    assert made["DomainName"].endswith(".localhost")
    assert answer["Location"].endswith(made["Id"])
    assert answer["ETag"] == cloudfront.get_distribution(Id=made["Id"])["ETag"]
    config = made["DistributionConfig"]
    assert (config["PriceClass"], config["Aliases"], config["HttpVersion"]) == ("PriceClass_All", {"Quantity": 0}, "http2")
    assert config["Origins"]["Items"][0]["ConnectionAttempts"] == 3
    assert config["DefaultCacheBehavior"]["AllowedMethods"]["Items"] == ["HEAD", "GET"]
    wait_deployed(cloudfront, made["Id"])


@pytest.mark.parametrize("same", [True, False])
def test_a_caller_reference_is_used_once_even_for_the_same(cloudfront: Any, make: Make, same: bool) -> None:
    config = distribution_config()
    id = make(config)["Distribution"]["Id"]
    again = config if same else {**config, "Comment": "another"}
    with refused("DistributionAlreadyExists", 409) as answer:
        cloudfront.create_distribution(DistributionConfig=again)
    assert id in answer["Error"]["Message"]


def test_an_update_replaces_the_whole_under_its_etag(cloudfront: Any, make: Make) -> None:
    answer = make()
    id, etag = answer["Distribution"]["Id"], answer["ETag"]
    config = copy.deepcopy(answer["Distribution"]["DistributionConfig"])
    config["Comment"] = "second"
    needs_its_etag(cloudfront.update_distribution, Id=id, DistributionConfig=config)
    second = cloudfront.update_distribution(Id=id, IfMatch=etag, DistributionConfig=config)
    assert second["ETag"] != etag
    assert second["Distribution"]["Status"] == "InProgress"
    with refused("PreconditionFailed", 412):
        cloudfront.update_distribution(Id=id, IfMatch=etag, DistributionConfig={**config, "Comment": "lost"})
    assert cloudfront.get_distribution_config(Id=id)["DistributionConfig"]["Comment"] == "second"
    with refused("IllegalUpdate", 400):
        cloudfront.update_distribution(
            Id=id, IfMatch=second["ETag"], DistributionConfig={**config, "CallerReference": fresh("other")}
        )


def test_only_a_disabled_and_deployed_one_is_deleted(slow: RunningSandbox) -> None:
    cloudfront = connect(slow, "cloudfront")
    answer = cloudfront.create_distribution(DistributionConfig=distribution_config())
    id = answer["Distribution"]["Id"]
    needs_its_etag(cloudfront.delete_distribution, Id=id)
    with refused("DistributionNotDisabled", 409):  # not even while it is being created
        cloudfront.delete_distribution(Id=id, IfMatch=answer["ETag"])
    etag = update(cloudfront, id, disable, wait=False)["ETag"]
    with refused("DistributionNotDisabled", 409):  # disabled, and still InProgress
        cloudfront.delete_distribution(Id=id, IfMatch=etag)
    assert cloudfront.get_distribution(Id=id)["Distribution"]["Status"] == "InProgress"
    wait_deployed(cloudfront, id)
    cloudfront.delete_distribution(Id=id, IfMatch=etag)
    for call in (cloudfront.get_distribution, cloudfront.get_distribution_config):
        with refused("NoSuchDistribution", 404):
            call(Id=id)
    with refused("NoSuchDistribution", 404):
        cloudfront.delete_distribution(Id=id, IfMatch=etag)


def _origin(**change: Any) -> dict[str, Any]:
    config = distribution_config()
    config["Origins"]["Items"][0].update(change)
    return config


def _behavior(**change: Any) -> dict[str, Any]:
    config = distribution_config()
    config["DefaultCacheBehavior"].update(change)
    return config


def _two_origins_of_one_id() -> dict[str, Any]:
    config = distribution_config()
    config["Origins"] = {"Quantity": 2, "Items": config["Origins"]["Items"] * 2}
    return config


def _origin_of_no_kind() -> dict[str, Any]:
    config = distribution_config()
    del config["Origins"]["Items"][0]["S3OriginConfig"]
    return config


def _no_policy() -> dict[str, Any]:
    config = distribution_config()
    del config["DefaultCacheBehavior"]["CachePolicyId"]
    return config


NOBODY = "00000000-0000-0000-0000-000000000000"
LEGACY = {"QueryString": False, "Cookies": {"Forward": "none"}}


@pytest.mark.parametrize(
    ("config", "code", "status"),
    [
        (_behavior(TargetOriginId="nowhere"), "NoSuchOrigin", 404),
        (_two_origins_of_one_id(), "InvalidArgument", 400),
        (_origin_of_no_kind(), "InvalidOrigin", 400),
        (_origin(DomainName="example.com"), "InvalidArgument", 400),
        (_origin(OriginPath="media"), "InvalidArgument", 400),
        (_origin(OriginPath="/media/"), "InvalidArgument", 400),
        (
            _origin(S3OriginConfig={"OriginAccessIdentity": "origin-access-identity/cloudfront/ENOTHERE"}),
            "InvalidOriginAccessIdentity",
            400,
        ),
        (_origin(S3OriginConfig={"OriginAccessIdentity": "ENOTHERE"}), "InvalidOriginAccessIdentity", 400),
        (_origin(OriginAccessControlId="ENOTHERE"), "InvalidOriginAccessControl", 400),
        (_behavior(TrustedKeyGroups=trusting(NOBODY)), "TrustedKeyGroupDoesNotExist", 400),
        (_behavior(TrustedKeyGroups=trusting(*[NOBODY] * 5)), "TooManyKeyGroupsAssociatedToDistribution", 400),
        (_behavior(TrustedKeyGroups={"Enabled": True, "Quantity": 0}), "InvalidArgument", 400),
        (_behavior(TrustedKeyGroups={"Enabled": True, "Quantity": 2, "Items": [NOBODY]}), "InconsistentQuantities", 400),
        (_behavior(CachePolicyId=NOBODY), "NoSuchCachePolicy", 404),
        (_behavior(OriginRequestPolicyId=NOBODY), "NoSuchOriginRequestPolicy", 404),
        (_behavior(ResponseHeadersPolicyId=NOBODY), "NoSuchResponseHeadersPolicy", 404),
        (_behavior(ForwardedValues=LEGACY, MinTTL=0), "InvalidArgument", 400),
        (_no_policy(), "InvalidArgument", 400),
        (_behavior(ViewerProtocolPolicy="http-only"), "MalformedXML", 400),
        (distribution_config(PriceClass="PriceClass_300"), "MalformedXML", 400),
        (distribution_config(DefaultRootObject="/index.html"), "InvalidDefaultRootObject", 400),
        (distribution_config(Comment="c" * 129), "InvalidArgument", 400),
        (distribution_config(Aliases={"Quantity": 1, "Items": ["a.example.com"]}), "InvalidViewerCertificate", 400),
        (
            named("a.example.com")
            | {"ViewerCertificate": {**CERTIFICATE, "ACMCertificateArn": "arn:aws:acm:eu-west-1:1:certificate/x"}},
            "InvalidViewerCertificate",
            400,
        ),
        (named(*[f"a{n}.example.com" for n in range(101)]), "TooManyDistributionCNAMEs", 400),
    ],
)
def test_configurations_that_are_refused(cloudfront: Any, make: Make, config: dict[str, Any], code: str, status: int) -> None:
    with refused(code, status):
        cloudfront.create_distribution(DistributionConfig=config)
    there = make()
    with refused(code, status):
        changed = {**config, "CallerReference": there["Distribution"]["DistributionConfig"]["CallerReference"]}
        cloudfront.update_distribution(Id=there["Distribution"]["Id"], IfMatch=there["ETag"], DistributionConfig=changed)


def test_the_old_way_of_caching_is_taken(make: Make) -> None:
    config = distribution_config()
    config["DefaultCacheBehavior"] |= {"ForwardedValues": LEGACY, "MinTTL": 0}
    del config["DefaultCacheBehavior"]["CachePolicyId"]
    assert make(config)["Distribution"]["DistributionConfig"]["DefaultCacheBehavior"]["ForwardedValues"]["QueryString"] is False


def test_an_alias_belongs_to_one(cloudfront: Any, make: Make) -> None:
    alias = f"{fresh('cdn')}.example.com"
    first = make(named(alias))["Distribution"]["Id"]
    with refused("CNAMEAlreadyExists", 409):
        cloudfront.create_distribution(DistributionConfig=named("new.example.com", alias))
    second = make()["Distribution"]["Id"]

    def take(config: dict[str, Any]) -> None:
        config.update(Aliases={"Quantity": 1, "Items": [alias]}, ViewerCertificate=CERTIFICATE)

    with refused("CNAMEAlreadyExists", 409):
        update(cloudfront, second, take)
    update(cloudfront, first, lambda config: config.update(Comment="keeps its own"))
    update(cloudfront, first, lambda config: config.update(Aliases={"Quantity": 0}))
    update(cloudfront, second, take)


def test_tags(cloudfront: Any) -> None:
    tagged = {"DistributionConfig": distribution_config(Enabled=False), "Tags": {"Items": [{"Key": "team", "Value": "media"}]}}
    made = cloudfront.create_distribution_with_tags(DistributionConfigWithTags=tagged)
    arn, id = made["Distribution"]["ARN"], made["Distribution"]["Id"]
    cloudfront.tag_resource(Resource=arn, Tags={"Items": [{"Key": "stage", "Value": "test"}]})
    cloudfront.untag_resource(Resource=arn, TagKeys={"Items": ["team"]})
    assert cloudfront.list_tags_for_resource(Resource=arn)["Tags"]["Items"] == [{"Key": "stage", "Value": "test"}]
    wait_deployed(cloudfront, id)
    cloudfront.delete_distribution(Id=id, IfMatch=made["ETag"])
    with refused("NoSuchResource", 404):
        cloudfront.list_tags_for_resource(Resource=arn)


def batch(reference: str, *paths: str) -> dict[str, Any]:
    return {"CallerReference": reference, "Paths": {"Quantity": len(paths), "Items": list(paths)}}


def test_invalidations(cloudfront: Any, make: Make) -> None:
    id = make()["Distribution"]["Id"]
    first = cloudfront.create_invalidation(DistributionId=id, InvalidationBatch=batch("r", "/a", "/b/*"))["Invalidation"]
    again = cloudfront.create_invalidation(DistributionId=id, InvalidationBatch=batch("r", "/a", "/b/*"))["Invalidation"]
    assert (again["Id"], again["CreateTime"]) == (first["Id"], first["CreateTime"])
    with refused("InvalidArgument", 400):
        cloudfront.create_invalidation(DistributionId=id, InvalidationBatch=batch("r", "/other"))
    for paths in (["no-slash"], ["/a*b"], []):
        with refused("InvalidArgument", 400):
            cloudfront.create_invalidation(DistributionId=id, InvalidationBatch=batch(fresh(), *paths))
    with refused("BatchTooLarge", 413):
        cloudfront.create_invalidation(DistributionId=id, InvalidationBatch=batch(fresh(), *(f"/{n}" for n in range(3001))))
    with refused("NoSuchDistribution", 404):
        cloudfront.create_invalidation(DistributionId="ENOTHERE", InvalidationBatch=batch(fresh(), "/a"))
    with refused("NoSuchInvalidation", 404):
        cloudfront.get_invalidation(DistributionId=id, Id="INOTHERE")
    assert [item["Id"] for item in cloudfront.list_invalidations(DistributionId=id)["InvalidationList"]["Items"]] == [first["Id"]]

    def completed() -> bool:
        found = cloudfront.get_invalidation(DistributionId=id, Id=first["Id"])
        return bool(found["Invalidation"]["Status"] == "Completed")

    wait_until(completed, what="the invalidation")
