"""Rows about a DistributionConfig: each is sent to CreateDistribution."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.integration.sandbox.cloudfront.conftest import distribution_config
from tests.integration.sandbox.conftest import fresh
from tests.integration.sandbox.rule_world import NOBODY, Row, World, listed

OTHERS_CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/12345678-1234-1234-1234-123456789012"
OWN_CERTIFICATE = OTHERS_CERTIFICATE.replace("123456789012:", "000000000000:")
LEGACY = {"QueryString": False, "Cookies": {"Forward": "none"}}


def _row(situation: str, code: str, bring_about: Callable[[World], Any], status: int = 400) -> Row:
    return Row("CreateDistribution", situation, code, status, bring_about)


def _top(situation: str, code: str, status: int = 400, **more: Any) -> Row:
    return _row(situation, code, lambda world: world.create(**more), status)


def _behavior(situation: str, code: str, status: int = 400, **more: Any) -> Row:
    return _row(situation, code, lambda world: world.behaving(**more), status)


def _origin(situation: str, code: str, status: int = 400, **more: Any) -> Row:
    return _row(situation, code, lambda world: world.from_origin(**more), status)


def _legacy(situation: str, code: str, forwarded: dict[str, Any] | None = None, **more: Any) -> Row:
    def send(world: World) -> None:
        config = distribution_config()
        del config["DefaultCacheBehavior"]["CachePolicyId"]
        config["DefaultCacheBehavior"] |= {"ForwardedValues": {**LEGACY, **(forwarded or {})}, "MinTTL": 0, **more}
        world.cloudfront.create_distribution(DistributionConfig=config)

    return _row(situation, code, send)


def _custom(situation: str, code: str, host: str = "example.com", **more: Any) -> Row:
    def send(world: World) -> None:
        config = distribution_config()
        custom = {"HTTPPort": 80, "HTTPSPort": 443, "OriginProtocolPolicy": "https-only", **more}
        config["Origins"]["Items"] = [{"Id": "s3", "DomainName": host, "CustomOriginConfig": custom}]
        world.cloudfront.create_distribution(DistributionConfig=config)

    return _row(situation, code, send)


def _ordered(situation: str, code: str, *patterns: str, status: int = 400) -> Row:
    items = [{**distribution_config()["DefaultCacheBehavior"], "PathPattern": pattern} for pattern in patterns]
    return _top(situation, code, status, CacheBehaviors=listed(*items))


def _group(situation: str, code: str, *, status: int = 400, members: tuple[str, ...] = ("a", "b"), codes: tuple[int, ...] = (500,),
           count: int = 1, id: str = "group", **behavior: Any) -> Row:  # fmt: skip
    def send(world: World) -> None:
        config = distribution_config()
        first = config["Origins"]["Items"][0]
        config["Origins"] = listed(*({**first, "Id": name} for name in ("a", "b")))
        group = {
            "FailoverCriteria": {"StatusCodes": listed(*codes)},
            "Members": listed(*({"OriginId": name} for name in members)),
        }
        config["OriginGroups"] = listed(*({"Id": f"{id}{number or ''}", **group} for number in range(count)))
        config["DefaultCacheBehavior"] |= {"TargetOriginId": id, **behavior}
        world.cloudfront.create_distribution(DistributionConfig=config)

    return _row(situation, code, send, status)


def _certificate(situation: str, code: str, *aliases: str, arn: str = OTHERS_CERTIFICATE, **more: Any) -> Row:
    certificate = {"ACMCertificateArn": arn, "SSLSupportMethod": "sni-only", "MinimumProtocolVersion": "TLSv1.2_2021", **more}
    kept = {name: value for name, value in certificate.items() if value is not None}
    return _top(situation, code, ViewerCertificate=kept, Aliases=listed(*aliases))


def _error(situation: str, code: str, *responses: dict[str, Any]) -> Row:
    return _top(situation, code, CustomErrorResponses=listed(*responses))


def _places(situation: str, code: str, kind: str, *countries: str) -> Row:
    restriction = {"RestrictionType": kind, **listed(*countries)}
    return _top(situation, code, Restrictions={"GeoRestriction": restriction})


def _functions(situation: str, *events: str, code: str = "InvalidFunctionAssociation", published: bool = True) -> Row:
    def send(world: World) -> None:
        arn = world.function(published=published)["FunctionSummary"]["FunctionMetadata"]["FunctionARN"]
        world.behaving(FunctionAssociations=listed(*({"FunctionARN": arn, "EventType": event} for event in events)))

    return _row(situation, code, send)


def _used(situation: str, code: str, use: Callable[[World], Callable[[], Any]]) -> Row:
    """One more distribution than may use the same thing."""

    def send(world: World) -> None:
        create = use(world)
        create()
        world.quota(**{"distributions-per-use": 1})
        try:
            create()
        finally:
            world.quota(**{"distributions-per-use": 100})

    return _row(situation, code, send)


def _controlled(world: World) -> Callable[[], Any]:
    id = world.oac()["OriginAccessControl"]["Id"]
    return lambda: world.from_origin(OriginAccessControlId=id)


def _cached(world: World) -> Callable[[], Any]:
    id = world.cache_policy()["CachePolicy"]["Id"]
    return lambda: world.behaving(CachePolicyId=id)


def _both_accesses(world: World) -> None:
    identity = f"origin-access-identity/cloudfront/{world.oai()['CloudFrontOriginAccessIdentity']['Id']}"
    control = world.oac()["OriginAccessControl"]["Id"]
    world.from_origin(OriginAccessControlId=control, S3OriginConfig={"OriginAccessIdentity": identity})


def _both_signers(world: World) -> None:
    group = world.group()["KeyGroup"]["Id"]
    world.behaving(TrustedSigners={"Enabled": True, **listed("self")}, TrustedKeyGroups={"Enabled": True, **listed(group)})


def _same_reference(world: World) -> None:
    reference = fresh("reference")
    world.create(CallerReference=reference)
    world.create(CallerReference=reference)


def _full(world: World) -> None:
    world.quota(distribution=0)
    try:
        world.create()
    finally:
        world.quota(distribution=500)


def _taken(first: str, second: str) -> Callable[[World], Any]:
    def send(world: World) -> None:
        certificate = {"ACMCertificateArn": OTHERS_CERTIFICATE, "SSLSupportMethod": "sni-only"}
        for alias in (first, second):
            world.create(Aliases=listed(alias), ViewerCertificate=certificate)

    return send


LAMBDA = "arn:aws:lambda:us-east-1:123456789012:function:edge"
ROWS = [
    _row("a used caller reference", "DistributionAlreadyExists", _same_reference, 409),
    _row("one more than the quota", "TooManyDistributions", _full),
    _top("a quantity that is not the number of items", "InconsistentQuantities",
         Aliases={"Quantity": 2, "Items": ["a.example.com"]}),
    _top("a comment of 129 characters", "InvalidArgument", Comment="c" * 129),
    _top("an empty caller reference", "InvalidArgument", CallerReference=""),
    _top("an unknown price class", "MalformedXML", PriceClass="PriceClass_300"),
    _top("a root object with a slash first", "InvalidDefaultRootObject", DefaultRootObject="/index.html"),
    _top("a root object with a space", "InvalidDefaultRootObject", DefaultRootObject="in dex.html"),
    _top("a web ACL of no form", "InvalidWebACLId", WebACLId="acl"),
    _top("a web ACL of a region", "InvalidWebACLId", WebACLId=f"arn:aws:wafv2:eu-west-1:1:regional/webacl/a/{NOBODY}"),
    _top("logs to no bucket's host", "InvalidArgument",
         Logging={"Enabled": True, "IncludeCookies": False, "Bucket": "logs", "Prefix": ""}),
    _top("a staging distribution with an alias", "InvalidArgument", Staging=True, Aliases=listed("a.example.com")),
    _top("a multi-tenant one with an alias", "InvalidArgument", ConnectionMode="tenant-only", Aliases=listed("a.example.com")),
    _top("a multi-tenant staging one", "InvalidArgument", ConnectionMode="tenant-only", Staging=True),
    # origins
    _top("two origins of one id", "InvalidArgument", Origins=listed(*distribution_config()["Origins"]["Items"] * 2)),
    _top("101 origins", "TooManyOrigins",
         Origins=listed(*({**distribution_config()["Origins"]["Items"][0], "Id": f"o{number}"} for number in range(101)))),
    _top("an origin of no kind", "InvalidOrigin", Origins=listed({"Id": "s3", "DomainName": "media.s3.amazonaws.com"})),
    _origin("an S3 origin that is no bucket", "InvalidArgument", DomainName="example.com"),
    _origin("a path without its slash", "InvalidArgument", OriginPath="media"),
    _origin("a path that ends with a slash", "InvalidArgument", OriginPath="/media/"),
    _origin("four attempts to connect", "InvalidArgument", ConnectionAttempts=4),
    _origin("11 seconds to connect", "InvalidArgument", ConnectionTimeout=11),
    _origin("31 custom headers", "TooManyOriginCustomHeaders",
            CustomHeaders=listed(*({"HeaderName": f"x-{number}", "HeaderValue": "v"} for number in range(31)))),
    _origin("an identity that is none", "InvalidOriginAccessIdentity", S3OriginConfig={"OriginAccessIdentity": "ENOTHERE"}),
    _origin("a control that is none", "InvalidOriginAccessControl", OriginAccessControlId="ENOTHERE"),
    _row("an identity and a control", "IllegalOriginAccessConfiguration", _both_accesses),
    _used("more than may use a control", "TooManyDistributionsAssociatedToOriginAccessControl", _controlled),
    _custom("a custom origin that is a URL", "InvalidArgument", host="https://example.com"),
    _custom("a custom origin that is an address", "InvalidArgument", host="192.0.2.1"),
    _custom("port 22", "InvalidArgument", HTTPPort=22),
    _custom("0 seconds to read", "InvalidOriginReadTimeout", OriginReadTimeout=0),
    _custom("121 seconds kept alive", "InvalidOriginKeepaliveTimeout", OriginKeepaliveTimeout=121),
    _group("a group of one member twice", "InvalidArgument", members=("a", "a")),
    _group("a member that is no origin", "NoSuchOrigin", status=404, members=("a", "c")),
    _group("fail over on 200", "InvalidArgument", codes=(200,)),
    _group("a group with an origin's id", "InvalidArgument", id="a"),
    _group("11 groups", "TooManyOriginGroupsPerDistribution", count=11),
    _group("POST to a group", "InvalidArgument",
           AllowedMethods=listed("GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE")),
    # behaviors
    _behavior("an origin that is not there", "NoSuchOrigin", 404, TargetOriginId="nowhere"),
    _ordered("76 behaviors", "TooManyCacheBehaviors", *(f"/{number}/*" for number in range(76))),
    _ordered("one pattern twice", "InvalidArgument", "/a/*", "a/*"),
    _ordered("a pattern with a space", "InvalidArgument", "/a b"),
    _ordered("an empty pattern", "InvalidArgument", ""),
    _behavior("GET alone", "InvalidArgument", AllowedMethods=listed("GET")),
    _behavior("POST cached", "InvalidArgument",
              AllowedMethods={**listed("GET", "HEAD"), "CachedMethods": listed("GET", "HEAD", "POST")}),
    _behavior("an unknown viewer protocol", "MalformedXML", ViewerProtocolPolicy="http-only"),
    _behavior("a policy and legacy values", "InvalidArgument", ForwardedValues=LEGACY, MinTTL=0),
    _behavior("a policy and a legacy minimum TTL", "InvalidArgument", MinTTL=0),
    _behavior("a policy and a legacy maximum TTL", "InvalidArgument", MaxTTL=60),
    _legacy("all headers and a minimum TTL", "InvalidArgument", {"Headers": listed("*")}, MinTTL=1),
    _origin("a header that is never added", "InvalidArgument", CustomHeaders=listed({"HeaderName": "Host", "HeaderValue": "x"})),
    _origin("a website's endpoint as a bucket", "InvalidArgument", DomainName="films.s3-website-us-east-1.amazonaws.com"),
    _origin("a bucket elsewhere than at AWS", "InvalidArgument", DomainName="films.s3.example.com"),
    _origin("a header twice", "InvalidArgument",
            CustomHeaders=listed(*({"HeaderName": name, "HeaderValue": ""} for name in ("X-A", "x-a")))),
    _origin("a header of 1,784 characters", "InvalidArgument",
            CustomHeaders=listed({"HeaderName": "X-A", "HeaderValue": "x" * 1_784})),
    _origin("a header of AWS's own", "InvalidArgument", CustomHeaders=listed({"HeaderName": "X-Amz-Date", "HeaderValue": "x"})),
    _behavior("a cache policy that is none", "NoSuchCachePolicy", 404, CachePolicyId=NOBODY),
    _behavior("an origin request policy that is none", "NoSuchOriginRequestPolicy", 404, OriginRequestPolicyId=NOBODY),
    _behavior("a response headers policy that is none", "NoSuchResponseHeadersPolicy", 404, ResponseHeadersPolicyId=NOBODY),
    _used("more than may use a cache policy", "TooManyDistributionsAssociatedToCachePolicy", _cached),
    _behavior("no field-level encryption there", "NoSuchFieldLevelEncryptionConfig", 404, FieldLevelEncryptionId="C"),
    _behavior("no real-time log there", "NoSuchRealtimeLogConfig", 404,
              RealtimeLogConfigArn="arn:aws:cloudfront::1:realtime-log-config/a"),
    _legacy("a minimum over the default", "InvalidTTLOrder", MinTTL=10, DefaultTTL=5),
    _legacy("a default over the maximum", "InvalidTTLOrder", DefaultTTL=10, MaxTTL=5),
    _legacy("11 headers", "TooManyHeadersInForwardedValues", {"Headers": listed(*(f"x-{number}" for number in range(11)))}),
    _legacy("a whitelist of no cookies", "InvalidForwardCookies", {"Cookies": {"Forward": "whitelist"}}),
    _legacy("cookies' names for all", "InvalidForwardCookies", {"Cookies": {"Forward": "all", "WhitelistedNames": listed("a")}}),
    _legacy("11 cookies", "TooManyCookieNamesInWhiteList",
            {"Cookies": {"Forward": "whitelist", "WhitelistedNames": listed(*(f"c{number}" for number in range(11)))}}),
    _legacy("keys of no query string", "InvalidQueryStringParameters", {"QueryStringCacheKeys": listed("a")}),
    _legacy("11 query strings", "TooManyQueryStringParameters",
            {"QueryString": True, "QueryStringCacheKeys": listed(*(f"q{number}" for number in range(11)))}),
    _behavior("a key group that is none", "TrustedKeyGroupDoesNotExist", TrustedKeyGroups={"Enabled": True, **listed(NOBODY)}),
    _behavior("five key groups", "TooManyKeyGroupsAssociatedToDistribution",
              TrustedKeyGroups={"Enabled": True, **listed(*[NOBODY] * 5)}),
    _behavior("trusting nobody", "InvalidArgument", TrustedKeyGroups={"Enabled": True, "Quantity": 0}),
    _behavior("a signer that is no account", "TrustedSignerDoesNotExist", TrustedSigners={"Enabled": True, **listed("me")}),
    _row("signers and key groups on one behavior", "InvalidArgument", _both_signers),
    _behavior("six signers", "TooManyTrustedSigners", TrustedSigners={"Enabled": True, **listed(*["self"] * 6)}),
    _functions("a function twice at one event", "viewer-request", "viewer-request"),
    _functions("a function at the origin", "origin-request"),
    _functions("a function that is not published", "viewer-request", published=False),
    _functions("three functions", "viewer-request", "viewer-response", "viewer-request", code="TooManyFunctionAssociations"),
    _behavior("Lambda@Edge without a version", "InvalidLambdaFunctionAssociation",
              LambdaFunctionAssociations=listed({"LambdaFunctionARN": LAMBDA, "EventType": "viewer-request"})),
    _behavior("five times Lambda@Edge", "TooManyLambdaFunctionAssociations",
              LambdaFunctionAssociations=listed(*[{"LambdaFunctionARN": f"{LAMBDA}:1", "EventType": "viewer-request"}] * 5)),
    # viewers
    _top("an alias without a certificate", "InvalidViewerCertificate", Aliases=listed("a.example.com")),
    _certificate("101 aliases", "TooManyDistributionCNAMEs", *(f"a{number}.example.com" for number in range(101))),
    _certificate("an alias that is no host name", "InvalidArgument", "a b.example.com"),
    _certificate("a wildcard inside", "InvalidArgument", "a.*.example.com"),
    _certificate("an alias twice", "InvalidArgument", "a.example.com", "A.example.com"),
    _row("another's alias", "CNAMEAlreadyExists", _taken("taken.example.com", "Taken.example.com"), 409),
    _row("another's wildcard", "CNAMEAlreadyExists", _taken("*.taken.example.com", "*.taken.example.com"), 409),
    _certificate("a certificate that ACM has not", "InvalidViewerCertificate", "a.example.com", arn=OWN_CERTIFICATE),
    _certificate("a certificate of another region", "InvalidViewerCertificate",
                 arn=OTHERS_CERTIFICATE.replace("us-east-1", "eu-west-1")),
    _certificate("two certificates", "InvalidViewerCertificate", IAMCertificateId="ASCAEXAMPLE"),
    _certificate("no support method", "InvalidViewerCertificate", SSLSupportMethod=None),
    _certificate("an unknown security policy", "InvalidMinimumProtocolVersion", MinimumProtocolVersion="TLSv9"),
    _certificate("SSLv3 over SNI", "InvalidProtocolSettings", MinimumProtocolVersion="SSLv3"),
    _error("a page for 418", "InvalidErrorCode", {"ErrorCode": 418}),
    _error("a page as 299", "InvalidResponseCode", {"ErrorCode": 404, "ResponseCode": "299", "ResponsePagePath": "/e.html"}),
    _error("a code without a page", "InvalidArgument", {"ErrorCode": 404, "ResponseCode": "200"}),
    _error("a page without its slash", "InvalidRelativePath",
           {"ErrorCode": 404, "ResponseCode": "200", "ResponsePagePath": "e.html"}),
    _error("one error twice", "InvalidArgument", {"ErrorCode": 404}, {"ErrorCode": 404}),
    _error("a negative TTL", "InvalidArgument", {"ErrorCode": 404, "ErrorCachingMinTTL": -1}),
    _places("a whitelist of nowhere", "InvalidGeoRestrictionParameter", "whitelist"),
    _places("no restriction, with places", "InvalidGeoRestrictionParameter", "none", "DE"),
    _places("a place twice", "InvalidGeoRestrictionParameter", "blacklist", "DE", "DE"),
    _places("a place that is none", "InvalidLocationCode", "whitelist", "Germany"),
]  # fmt: skip
