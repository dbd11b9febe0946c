"""Rows about policies and functions."""

from __future__ import annotations

from typing import Any

from tests.integration.sandbox.rule_world import NOBODY, STALE, Row, World, again, full, gone, ids, in_use, listed, method, versions

OPTIMIZED, CORS_S3, SIMPLE_CORS = (
    "658327ea-f89d-4fab-a63d-7e88639e58f6",
    "88a5eaf4-2fd4-4709-b370-b4c650ea3fcf",
    "60669652-455b-4ae9-85a4-c4c02393f86c",
)


def _managed(operation: str, code: str, id: str, **config: Any) -> Row:
    call = lambda world: getattr(world.cloudfront, method(operation))(Id=id, IfMatch=STALE, **config)  # noqa: E731
    return Row(operation, "a policy that AWS manages", code, 400, call)


def _names(part: str, behavior: str, names: int) -> dict[str, Any]:
    return {behavior: "whitelist", part: listed(*(f"n{number}" for number in range(names)))}


def _cache(situation: str, code: str, **more: Any) -> Row:
    return Row("CreateCachePolicy", situation, code, 400, lambda world: world.cache_policy(**more))


def _keyed(**parts: Any) -> dict[str, Any]:
    none: dict[str, Any] = {
        "EnableAcceptEncodingGzip": False,
        "HeadersConfig": {"HeaderBehavior": "none"},
        "CookiesConfig": {"CookieBehavior": "none"},
        "QueryStringsConfig": {"QueryStringBehavior": "none"},
    }
    return {"ParametersInCacheKeyAndForwardedToOrigin": none | parts}


def _request(situation: str, code: str, **more: Any) -> Row:
    return Row("CreateOriginRequestPolicy", situation, code, 400, lambda world: world.origin_policy(**more))


def _headers(situation: str, code: str, **more: Any) -> Row:
    return Row("CreateResponseHeadersPolicy", situation, code, 400, lambda world: world.headers_policy(**more))


def _function(world: World) -> tuple[str, str]:
    made = world.function()
    return made["FunctionSummary"]["Name"], made["ETag"]


def _attach_function(world: World, name: str) -> None:
    arn = f"arn:aws:cloudfront::000000000000:function/{name}"
    world.behaving(FunctionAssociations=listed({"FunctionARN": arn, "EventType": "viewer-request"}))


ROWS = [
    # policies
    gone("GetCachePolicy", "NoSuchCachePolicy", Id=NOBODY),
    gone("GetOriginRequestPolicy", "NoSuchOriginRequestPolicy", Id=NOBODY),
    gone("GetResponseHeadersPolicy", "NoSuchResponseHeadersPolicy", Id=NOBODY),
    again("CreateCachePolicy", "CachePolicyAlreadyExists", lambda world, name: world.cache_policy(Name=name)),
    again("CreateOriginRequestPolicy", "OriginRequestPolicyAlreadyExists", lambda world, name: world.origin_policy(Name=name)),
    again("CreateResponseHeadersPolicy", "ResponseHeadersPolicyAlreadyExists", lambda world, name: world.headers_policy(Name=name)),
    full("CreateCachePolicy", "TooManyCachePolicies", "CachePolicy", World.cache_policy),
    full("CreateOriginRequestPolicy", "TooManyOriginRequestPolicies", "OriginRequestPolicy", World.origin_policy),
    full("CreateResponseHeadersPolicy", "TooManyResponseHeadersPolicies", "ResponseHeadersPolicy", World.headers_policy),
    *versions("DeleteCachePolicy", lambda world: {"Id": world.cache_policy()["CachePolicy"]["Id"]}),
    in_use("DeleteCachePolicy", "CachePolicyInUse", lambda world: ids("CachePolicy")(world.cache_policy()),
            lambda world, id: world.behaving(CachePolicyId=id)),
    in_use("DeleteOriginRequestPolicy", "OriginRequestPolicyInUse",
            lambda world: ids("OriginRequestPolicy")(world.origin_policy()),
            lambda world, id: world.behaving(OriginRequestPolicyId=id)),
    in_use("DeleteResponseHeadersPolicy", "ResponseHeadersPolicyInUse",
            lambda world: ids("ResponseHeadersPolicy")(world.headers_policy()),
            lambda world, id: world.behaving(ResponseHeadersPolicyId=id)),
    _managed("DeleteCachePolicy", "IllegalDelete", OPTIMIZED),
    _managed("DeleteOriginRequestPolicy", "IllegalDelete", CORS_S3),
    _managed("DeleteResponseHeadersPolicy", "IllegalDelete", SIMPLE_CORS),
    _managed("UpdateCachePolicy", "IllegalUpdate", OPTIMIZED, CachePolicyConfig={"Name": "mine", "MinTTL": 0}),
    _managed("UpdateResponseHeadersPolicy", "IllegalUpdate", SIMPLE_CORS, ResponseHeadersPolicyConfig={"Name": "mine"}),
    _cache("a minimum over the maximum", "InvalidArgument", MinTTL=10, MaxTTL=5),
    _cache("a key though nothing is cached", "InvalidArgument", DefaultTTL=0, MaxTTL=0),
    _cache("a whitelist of nothing", "InvalidArgument", **_keyed(HeadersConfig={"HeaderBehavior": "whitelist"})),
    _cache("11 headers", "TooManyHeadersInCachePolicy", **_keyed(HeadersConfig=_names("Headers", "HeaderBehavior", 11))),
    _cache("11 cookies", "TooManyCookiesInCachePolicy", **_keyed(CookiesConfig=_names("Cookies", "CookieBehavior", 11))),
    _cache("11 query strings", "TooManyQueryStringsInCachePolicy",
           **_keyed(QueryStringsConfig=_names("QueryStrings", "QueryStringBehavior", 11))),
    _request("Authorization", "InvalidArgument", HeadersConfig={"HeaderBehavior": "whitelist", "Headers": listed("Authorization")}),
    _request("11 headers", "TooManyHeadersInOriginRequestPolicy", HeadersConfig=_names("Headers", "HeaderBehavior", 11)),
    _request("11 cookies", "TooManyCookiesInOriginRequestPolicy", CookiesConfig=_names("Cookies", "CookieBehavior", 11)),
    _headers("11 headers", "TooManyCustomHeadersInResponseHeadersPolicy",
             CustomHeadersConfig=listed(*({"Header": f"x-{number}", "Value": "", "Override": True} for number in range(11)))),
    _headers("11 removed headers", "TooManyRemoveHeadersInResponseHeadersPolicy",
             RemoveHeadersConfig=listed(*({"Header": f"x-{number}"} for number in range(11)))),
    *(
        _headers(f"to remove {name}", "InvalidArgument", RemoveHeadersConfig=listed({"Header": name}))
        for name in ("Content-Length", "x-cache", "X-Amz-Cf-Id")
    ),
    _headers("a content security policy of 1,784 characters", "TooLongCSPInResponseHeadersPolicy",
             SecurityHeadersConfig={"ContentSecurityPolicy": {"Override": True, "ContentSecurityPolicy": "c" * 1_784}}),
    # functions
    gone("DescribeFunction", "NoSuchFunctionExists", Name="not-there"),
    gone("DeleteFunction", "NoSuchFunctionExists", Name="not-there", IfMatch=STALE),
    Row("DescribeFunction", "it was never published", "NoSuchFunctionExists", 404,
        lambda world: world.cloudfront.describe_function(
            Name=world.function(published=False)["FunctionSummary"]["Name"], Stage="LIVE")),
    again("CreateFunction", "FunctionAlreadyExists", lambda world, name: world.function(name=name)),
    Row("CreateFunction", "a name with a dot", "InvalidArgument", 400, lambda world: world.function(name="a.b")),
    Row("CreateFunction", "more than 10 KB", "FunctionSizeLimitExceeded", 413, lambda world: world.function(code=b"/" * 10_241)),
    full("CreateFunction", "TooManyFunctions", "function", World.function),
    Row("PublishFunction", "another version’s If-Match", "PreconditionFailed", 412,
        lambda world: world.cloudfront.publish_function(Name=_function(world)[0], IfMatch=STALE)),
    Row("DeleteFunction", "another version’s If-Match", "PreconditionFailed", 412,
        lambda world: world.cloudfront.delete_function(Name=_function(world)[0], IfMatch=STALE)),
    in_use("DeleteFunction", "FunctionInUse", _function, _attach_function),
]  # fmt: skip
