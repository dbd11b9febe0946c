"""What CloudFront would refuse is told at the field it is about; what it has taken already is not held against anybody."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from cdnadmin.aws.distribution_config import build_distribution_config
from cdnadmin.errors import InvalidInput
from cdnadmin.sandbox.cloudfront.rules import with_defaults
from distributions.configuration.behavior_edits import behavior_values, put_behavior, put_error_response
from distributions.configuration.checks import check_configuration, require_valid
from distributions.configuration.edits import custom_origin, listed, put_origin, put_origin_group, set_logging

Config = dict[str, Any]
ARN = "arn:aws:acm:us-east-1:123456789012:certificate/12345678-1234-1234-1234-123456789012"
ACL = "arn:aws:wafv2:us-east-1:123456789012:global/webacl/ours/12345678-1234-1234-1234-123456789012"


def sound() -> Config:
    """With one of everything, and nothing wrong."""
    config = with_defaults(
        build_distribution_config(
            caller_reference="x",
            bucket="media",
            region="us-east-1",
            origin_access_control_id="E1",
            aliases=["media.example.org", "*.cdn.example.org"],
            certificate_arn=ARN,
        )
    )
    server = custom_origin(
        id="api",
        domain="api.example.org",
        path="/v1",
        protocol_policy="https-only",
        http_port=80,
        https_port=8443,
        read_timeout=30,
        keepalive_timeout=5,
        headers=[("X-Origin-Verify", "secret")],
    )
    config = put_origin_group(put_origin(config, server), id="both", primary="media", secondary="api", status_codes=[500, 503])
    config = put_behavior(config, pattern="/hls/*", values=behavior_values(config, None))
    config = put_error_response(config, code=404, page_path="/404.html", response_code="200", min_ttl=10)
    config = set_logging(config, enabled=True, bucket="logs.s3.amazonaws.com", prefix="cf/", include_cookies=False)
    geo = {"GeoRestriction": {"RestrictionType": "whitelist", **listed(["DE", "XK"])}}
    return config | {"WebACLId": ACL, "DefaultRootObject": "index.html", "Restrictions": geo}


def legacy(config: Config, **values: Any) -> None:
    behavior = config["DefaultCacheBehavior"]
    for name in ("CachePolicyId", "OriginRequestPolicyId"):
        behavior.pop(name, None)
    behavior["ForwardedValues"] = {"QueryString": False, "Cookies": {"Forward": "none"}}
    behavior |= values


def origin(config: Config, id: str) -> Config:
    found: Config = next(item for item in config["Origins"]["Items"] if item["Id"] == id)
    return found


def methods(*allowed: str, cached: tuple[str, ...] = ("GET", "HEAD")) -> Config:
    return {"AllowedMethods": {**listed(allowed), "CachedMethods": listed(cached)}}


def default(config: Config, values: Config) -> None:
    config["DefaultCacheBehavior"].update(values)


def behavior(config: Config) -> Config:
    found: Config = config["CacheBehaviors"]["Items"][0]
    return found


def group(config: Config) -> Config:
    found: Config = config["OriginGroups"]["Items"][0]
    return found


def error(config: Config) -> Config:
    found: Config = config["CustomErrorResponses"]["Items"][0]
    return found


def headers(*pairs: tuple[str, str]) -> Config:
    return {"CustomHeaders": listed([{"HeaderName": name, "HeaderValue": value} for name, value in pairs])}


WRONG: dict[str, tuple[Callable[[Config], Any], str]] = {
    "a long comment": (lambda c: c.update(Comment="ü" * 129), "Comment"),
    "a root object with a slash": (lambda c: c.update(DefaultRootObject="/index.html"), "DefaultRootObject"),
    "an unknown price class": (lambda c: c.update(PriceClass="PriceClass_300"), "PriceClass"),
    "an unknown HTTP version": (lambda c: c.update(HttpVersion="http4"), "HttpVersion"),
    "a web ACL of a region": (lambda c: c.update(WebACLId=ACL.replace("global", "regional")), "WebACLId"),
    "logs to no bucket": (lambda c: c["Logging"].update(Bucket="logs"), "Logging.Bucket"),
    "101 aliases": (lambda c: c.update(Aliases=listed([f"a{n}.example.org" for n in range(101)])), "Aliases"),
    "an alias with a star inside": (lambda c: c.update(Aliases=listed(["a.*.example.org"])), "Aliases"),
    "an alias twice": (lambda c: c.update(Aliases=listed(["a.example.org", "A.example.org"])), "Aliases"),
    "aliases without a certificate": (lambda c: c.update(ViewerCertificate={}), "ViewerCertificate.ACMCertificateArn"),
    "a certificate elsewhere": (
        lambda c: c["ViewerCertificate"].update(ACMCertificateArn=ARN.replace("us-east-1", "eu-west-1")),
        "ViewerCertificate.ACMCertificateArn",
    ),
    "SSLv3 with SNI": (
        lambda c: c["ViewerCertificate"].update(MinimumProtocolVersion="SSLv3"),
        "ViewerCertificate.MinimumProtocolVersion",
    ),
    "a country that is none": (
        lambda c: c["Restrictions"]["GeoRestriction"].update(listed(["UK"])),
        "Restrictions.GeoRestriction.Items",
    ),
    "no country": (
        lambda c: c.update(Restrictions={"GeoRestriction": {"RestrictionType": "blacklist", "Quantity": 0}}),
        "Restrictions.GeoRestriction.Items",
    ),
    "101 origins": (
        lambda c: c.update(Origins=listed([*c["Origins"]["Items"], *({**origin(c, "api"), "Id": f"o{n}"} for n in range(99))])),
        "Origins",
    ),
    "an origin by its address": (lambda c: origin(c, "api").update(DomainName="203.0.113.55"), "Origins[api].DomainName"),
    "a path that ends with a slash": (lambda c: origin(c, "api").update(OriginPath="/v1/"), "Origins[api].OriginPath"),
    "a bucket and a server in one": (lambda c: origin(c, "api").update(S3OriginConfig={}), "Origins[api]"),
    "a control and an identity": (
        lambda c: origin(c, "media").update(S3OriginConfig={"OriginAccessIdentity": "origin-access-identity/cloudfront/E2"}),
        "Origins[media].OriginAccessControlId",
    ),
    "four attempts": (lambda c: origin(c, "api").update(ConnectionAttempts=4), "Origins[api].ConnectionAttempts"),
    "a closed port": (
        lambda c: origin(c, "api")["CustomOriginConfig"].update(HTTPSPort=444),
        "Origins[api].CustomOriginConfig.HTTPSPort",
    ),
    "an unknown way to the server": (
        lambda c: origin(c, "api")["CustomOriginConfig"].update(OriginProtocolPolicy="ftp"),
        "Origins[api].CustomOriginConfig.OriginProtocolPolicy",
    ),
    "a header that is CloudFront’s": (
        lambda c: origin(c, "api").update(headers(("X-Amz-Date", "x"))),
        "Origins[api].CustomHeaders[X-Amz-Date]",
    ),
    "a header twice": (lambda c: origin(c, "api").update(headers(("A", "x"), ("a", "y"))), "Origins[api].CustomHeaders"),
    "a header without a value": (
        lambda c: origin(c, "api").update(headers(("X-New", ""))),
        "Origins[api].CustomHeaders[X-New]",
    ),
    "a group of one": (lambda c: group(c).update(Members=listed([{"OriginId": "media"}] * 2)), "OriginGroups[both].Members"),
    "a code that fails nothing over": (
        lambda c: group(c).update(FailoverCriteria={"StatusCodes": listed([401])}),
        "OriginGroups[both].FailoverCriteria.StatusCodes",
    ),
    "a group twice": (lambda c: c.update(OriginGroups=listed([group(c), group(c)])), "OriginGroups"),
    "76 behaviors": (
        lambda c: c.update(CacheBehaviors=listed([{**behavior(c), "PathPattern": f"/{n}/*"} for n in range(76)])),
        "CacheBehaviors",
    ),
    "a pattern twice": (lambda c: c.update(CacheBehaviors=listed([behavior(c), behavior(c)])), "CacheBehaviors[/hls/*]"),
    "a pattern with a space": (lambda c: behavior(c).update(PathPattern="/a b"), "CacheBehaviors[/a b]"),
    "a long pattern": (lambda c: behavior(c).update(PathPattern="/" * 256), f"CacheBehaviors[{'/' * 256}]"),
    "an origin that is not there": (lambda c: behavior(c).update(TargetOriginId="x"), "CacheBehaviors[/hls/*].TargetOriginId"),
    "no caching at all": (lambda c: behavior(c).pop("CachePolicyId"), "CacheBehaviors[/hls/*].CachePolicyId"),
    "times the wrong way round": (
        lambda c: legacy(c, MinTTL=10, DefaultTTL=5, MaxTTL=20),
        "DefaultCacheBehavior.DefaultTTL",
    ),
    "a request policy without a cache policy": (
        lambda c: legacy(c, OriginRequestPolicyId="p"),
        "DefaultCacheBehavior.OriginRequestPolicyId",
    ),
    "three odd methods": (lambda c: default(c, methods("GET", "HEAD", "POST")), "DefaultCacheBehavior.AllowedMethods"),
    "OPTIONS kept but not allowed": (
        lambda c: default(c, methods("GET", "HEAD", cached=("GET", "HEAD", "OPTIONS"))),
        "DefaultCacheBehavior.AllowedMethods.CachedMethods",
    ),
    "gRPC without POST": (lambda c: default(c, {"GrpcConfig": {"Enabled": True}}), "DefaultCacheBehavior.AllowedMethods"),
    "five key groups": (
        lambda c: default(c, {"TrustedKeyGroups": {"Enabled": True, **listed(list("abcde"))}}),
        "DefaultCacheBehavior.TrustedKeyGroups",
    ),
    "a signer that is no account": (
        lambda c: default(c, {"TrustedSigners": {"Enabled": True, **listed(["12345"])}}),
        "DefaultCacheBehavior.TrustedSigners",
    ),
    "an error without pages": (lambda c: error(c).update(ErrorCode=418), "CustomErrorResponses[418]"),
    "a page without a status": (lambda c: error(c).update(ResponseCode=""), "CustomErrorResponses[404].ResponsePagePath"),
    "a time below nothing": (lambda c: error(c).update(ErrorCachingMinTTL=-1), "CustomErrorResponses[404].ErrorCachingMinTTL"),
}


def test_what_is_sound_has_no_problem() -> None:
    assert check_configuration(sound(), tags={"team": "press", "größe": "5 + 1"}) == []
    config = sound()
    legacy(config, MinTTL=0, DefaultTTL=60, MaxTTL=60)
    default(config, methods("GET", "HEAD", "OPTIONS", "PUT", "PATCH", "POST", "DELETE"))
    config["PriceClass"] = "None"
    config["ViewerCertificate"]["MinimumProtocolVersion"] = "TLSv1.3_2025"
    assert check_configuration(config) == []


@pytest.mark.parametrize("wrong", WRONG)
def test_each_mistake_is_told_where_it_stands(wrong: str) -> None:
    spoil, path = WRONG[wrong]
    config = copy.deepcopy(sound())
    spoil(config)
    assert path in [problem.path for problem in check_configuration(config)]


@pytest.mark.parametrize(
    "tags",
    [{"aws:own": "x"}, {"": "x"}, {"k" * 129: "x"}, {"key": "v" * 257}, {"key": "a;b"}, {f"k{n}": "" for n in range(51)}],
)
def test_tags_that_aws_refuses_are_told(tags: dict[str, str]) -> None:
    assert all(problem.path.startswith("Tags") for problem in check_configuration(sound(), tags=tags))
    assert check_configuration(sound(), tags=tags)


def test_a_secret_is_not_in_the_sentence() -> None:
    config = sound()
    origin(config, "api").update(headers(("X-Origin-Verify", "geheim" * 400)))
    (problem,) = check_configuration(config)
    assert "geheim" not in problem.message


def test_what_cloudfront_has_taken_before_stops_no_other_edit() -> None:
    before = sound() | {"Aliases": listed([f"a{n}.example.org" for n in range(120)])}
    after = {**before, "Comment": "new", "Aliases": listed([f"a{n}.example.org" for n in range(121)])}
    with pytest.raises(InvalidInput, match="at most 100"):
        require_valid(after)
    require_valid(after, before=before)
    with pytest.raises(InvalidInput) as refused:
        require_valid({**after, "DefaultRootObject": "/x"}, before=before)
    assert refused.value.field == "DefaultRootObject"
    with pytest.raises(InvalidInput):
        require_valid({**after, "DefaultRootObject": "/x"}, before={})


@pytest.mark.parametrize(
    ("change", "path"),
    [
        (lambda c: put_behavior(c, pattern="/%20*", values=behavior_values(c, None)), "CacheBehaviors[/%20*]"),
        (lambda c: {**c, "DefaultRootObject": "ü b/<i>.html"}, "DefaultRootObject"),
        (lambda c: put_origin(c, custom_origin_with(31)), "Origins[many].CustomHeaders"),
        (lambda c: behind_group(c), "DefaultCacheBehavior.AllowedMethods"),
    ],
)
def test_what_only_cloudfront_told_before_is_told_at_its_field(change: Callable[[Config], Config], path: str) -> None:
    assert path in {problem.path for problem in check_configuration(change(sound()))}


def custom_origin_with(headers: int) -> Config:
    pairs = [(f"X-{number}", "a") for number in range(headers)]
    return custom_origin(
        id="many",
        domain="www.example.org",
        path="",
        protocol_policy="https-only",
        http_port=80,
        https_port=443,
        read_timeout=30,
        keepalive_timeout=5,
        headers=pairs,
    )


def behind_group(config: Config) -> Config:
    changed = put_origin(config, custom_origin_with(0))
    first = changed["Origins"]["Items"][0]["Id"]
    changed = put_origin_group(changed, id="failover", primary=first, secondary="many", status_codes=[500])
    values = replace(behavior_values(changed, None), target_origin_id="failover", methods="all")
    return put_behavior(changed, pattern=None, values=values)


def test_a_slash_at_the_front_makes_no_other_pattern() -> None:
    config = put_behavior(sound(), pattern="/x/*", values=behavior_values(sound(), None))
    with pytest.raises(InvalidInput, match="already"):
        put_behavior(config, pattern="x/*", values=behavior_values(config, None))
