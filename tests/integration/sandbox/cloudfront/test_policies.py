"""Policies: AWS's managed ones and the account's own. Source: CloudFront API Reference, "ListCachePolicies" and neighbours."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.sandbox.cloudfront.conftest import CACHING_OPTIMIZED, CORS_S3_ORIGIN, Make, distribution_config, update
from tests.integration.sandbox.conftest import fresh, refused

SECURITY = "67f7725c-6f97-4210-82d7-5512b31e9d03"
NAMES_NONE = {
    "HeadersConfig": {"HeaderBehavior": "none"},
    "CookiesConfig": {"CookieBehavior": "none"},
    "QueryStringsConfig": {"QueryStringBehavior": "none"},
}
CONFIGS: dict[str, dict[str, Any]] = {
    "CachePolicy": {
        "MinTTL": 1,
        "DefaultTTL": 2,
        "MaxTTL": 3,
        "ParametersInCacheKeyAndForwardedToOrigin": {"EnableAcceptEncodingGzip": True, **NAMES_NONE},
    },
    "OriginRequestPolicy": NAMES_NONE,
    "ResponseHeadersPolicy": {"CustomHeadersConfig": {"Quantity": 1, "Items": [{"Header": "a", "Value": "b", "Override": True}]}},
}
KINDS = {
    "CachePolicy": "cache_policy",
    "OriginRequestPolicy": "origin_request_policy",
    "ResponseHeadersPolicy": "response_headers_policy",
}


def plural(name: str) -> str:
    return name.removesuffix("y") + "ies"


@pytest.mark.parametrize(("kind", "name"), KINDS.items())
def test_a_policy_lives_and_ends(cloudfront: Any, make: Make, kind: str, name: str) -> None:
    config = {"Name": fresh("policy"), "Comment": "first", **CONFIGS[kind]}
    made = getattr(cloudfront, f"create_{name}")(**{f"{kind}Config": config})
    id, etag = made[kind]["Id"], made["ETag"]
    assert getattr(cloudfront, f"get_{name}_config")(Id=id)[f"{kind}Config"] == config
    changed = getattr(cloudfront, f"update_{name}")(Id=id, IfMatch=etag, **{f"{kind}Config": {**config, "Comment": "second"}})
    assert changed["ETag"] != etag
    assert getattr(cloudfront, f"get_{name}")(Id=id)[kind][f"{kind}Config"]["Comment"] == "second"
    with refused("PreconditionFailed", 412):
        getattr(cloudfront, f"delete_{name}")(Id=id, IfMatch=etag)
    distribution = distribution_config()
    distribution["DefaultCacheBehavior"][f"{kind}Id"] = id
    user = make(distribution)["Distribution"]["Id"]
    with refused(f"{kind}InUse", 409):
        getattr(cloudfront, f"delete_{name}")(Id=id, IfMatch=changed["ETag"])

    def drop(config: dict[str, Any]) -> None:
        config["DefaultCacheBehavior"].pop(f"{kind}Id")
        config["DefaultCacheBehavior"]["CachePolicyId"] = CACHING_OPTIMIZED

    update(cloudfront, user, drop)
    getattr(cloudfront, f"delete_{name}")(Id=id, IfMatch=changed["ETag"])
    with refused(f"NoSuch{kind}", 404):
        getattr(cloudfront, f"get_{name}")(Id=id)


@pytest.mark.parametrize(("kind", "name"), KINDS.items())
def test_lists_are_of_a_type_and_go_on_by_marker(cloudfront: Any, kind: str, name: str) -> None:
    made = [
        getattr(cloudfront, f"create_{name}")(**{f"{kind}Config": {"Name": fresh("policy"), **CONFIGS[kind]}}) for _ in range(3)
    ]

    def listed(**asked: str) -> tuple[list[str], set[str]]:
        ids, types, marker = list[str](), set[str](), dict[str, str]()
        while True:
            page = getattr(cloudfront, f"list_{plural(name)}")(MaxItems="2", **asked, **marker)[f"{kind}List"]
            assert page["Quantity"] == len(page.get("Items", [])) <= 2
            ids += [item[kind]["Id"] for item in page.get("Items", [])]
            types |= {item["Type"] for item in page.get("Items", [])}
            if not page.get("NextMarker"):
                return ids, types
            marker = {"Marker": page["NextMarker"]}

    custom, types = listed(Type="custom")
    assert {each[kind]["Id"] for each in made} <= set(custom)
    assert types == {"custom"}
    managed, types = listed(Type="managed")
    assert types == {"managed"}
    everything, _ = listed()
    assert sorted(everything) == sorted(custom + managed)
    for each in made:
        getattr(cloudfront, f"delete_{name}")(Id=each[kind]["Id"], IfMatch=each["ETag"])


def test_managed_policies_say_what_they_do(cloudfront: Any) -> None:
    cache = cloudfront.get_cache_policy(Id=CACHING_OPTIMIZED)["CachePolicy"]["CachePolicyConfig"]
    assert (cache["Name"], cache["MinTTL"], cache["DefaultTTL"], cache["MaxTTL"]) == (
        "Managed-CachingOptimized",
        1,
        86_400,
        31_536_000,
    )
    assert cache["ParametersInCacheKeyAndForwardedToOrigin"]["EnableAcceptEncodingBrotli"] is True
    request = cloudfront.get_origin_request_policy(Id=CORS_S3_ORIGIN)["OriginRequestPolicy"]["OriginRequestPolicyConfig"]
    assert "origin" in request["HeadersConfig"]["Headers"]["Items"]
    headers = cloudfront.get_response_headers_policy_config(Id=SECURITY)["ResponseHeadersPolicyConfig"]
    assert headers["SecurityHeadersConfig"]["StrictTransportSecurity"]["AccessControlMaxAgeSec"] == 31_536_000
