"""Configurations drawn at random, in the shape that CloudFront answers: each could stand at AWS."""

from __future__ import annotations

import copy
import random
from typing import Any

from hypothesis import strategies as st

from cdnadmin.sandbox.cloudfront.rules import with_defaults

Config = dict[str, Any]

CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/12345678-1234-1234-1234-123456789012"
OPTIMIZED = "658327ea-f89d-4fab-a63d-7e88639e58f6"
DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
GET, READ = ["GET", "HEAD"], ["GET", "HEAD", "OPTIONS"]
WRITE = [*READ, "PUT", "POST", "PATCH", "DELETE"]


def listed(items: list[Any]) -> Config:
    return {"Quantity": len(items), **({"Items": items} if items else {})}


def some(*values: Any) -> st.SearchStrategy[list[Any]]:
    return st.lists(st.sampled_from(values), unique=True)


@st.composite
def origins(draw: st.DrawFn, id: str) -> Config:
    origin: Config = {"Id": id, "OriginPath": draw(st.sampled_from(["", "/a", "/b"]))}
    names = draw(some("X-One", "X-Two"))
    origin["CustomHeaders"] = listed([{"HeaderName": each, "HeaderValue": draw(st.sampled_from("pq"))} for each in names])
    if draw(st.booleans()):
        access = draw(st.sampled_from(["", "oac", "oai"]))
        identity = "origin-access-identity/cloudfront/E7" if access == "oai" else ""
        origin |= {"DomainName": f"{id}.s3.us-east-1.amazonaws.com", "S3OriginConfig": {"OriginAccessIdentity": identity}}
        return {**origin, "OriginAccessControlId": draw(st.sampled_from(["E1", "E2"])) if access == "oac" else ""}
    ports = {"HTTPPort": 80, "HTTPSPort": draw(st.sampled_from([443, 8443]))}
    protocols = listed(draw(st.sampled_from([["TLSv1.2"], ["TLSv1.1", "TLSv1.2"]])))
    custom = {
        **ports,
        "OriginProtocolPolicy": draw(st.sampled_from(["https-only", "match-viewer"])),
        "OriginSslProtocols": protocols,
    }
    custom |= {"OriginReadTimeout": draw(st.sampled_from([30, 60])), "OriginKeepaliveTimeout": 5}
    return {**origin, "DomainName": f"{id}.example.org", "CustomOriginConfig": custom}


@st.composite
def behaviors(draw: st.DrawFn, targets: list[str]) -> Config:
    groups = draw(some("g1", "g2", "g3"))
    methods = draw(st.sampled_from([GET, READ, WRITE]))
    behavior: Config = {
        "TargetOriginId": draw(st.sampled_from(targets)),
        "ViewerProtocolPolicy": draw(st.sampled_from(["allow-all", "https-only", "redirect-to-https"])),
        "Compress": draw(st.booleans()),
        "AllowedMethods": {**listed(methods), "CachedMethods": listed(draw(st.sampled_from([GET, READ])))},
        "TrustedKeyGroups": {"Enabled": bool(groups), **listed(groups)},
    }
    if draw(st.booleans()):
        arn = draw(st.sampled_from(["arn:aws:cloudfront::1:function/f", "arn:aws:cloudfront::1:function/g"]))
        behavior["FunctionAssociations"] = listed([{"EventType": "viewer-request", "FunctionARN": arn}])
    if draw(st.booleans()):
        return {**behavior, "CachePolicyId": draw(st.sampled_from([OPTIMIZED, DISABLED]))}
    forward = draw(st.sampled_from(["none", "whitelist"]))
    cookies = {"Forward": forward} | ({"WhitelistedNames": listed(["session"])} if forward == "whitelist" else {})
    headers = listed(draw(some("Origin", "Accept")))
    behavior["ForwardedValues"] = {"QueryString": draw(st.booleans()), "Cookies": cookies, "Headers": headers}
    return {
        **behavior,
        "MinTTL": 0,
        "DefaultTTL": draw(st.sampled_from([0, 60, 86_400])),
        "MaxTTL": draw(st.sampled_from([86_400, 31_536_000])),
    }


@st.composite
def configs(draw: st.DrawFn) -> Config:
    ids = ["media", *draw(some("api", "spare"))]
    aliases = draw(some("a.example.org", "b.example.org", "c.example.org"))
    countries = draw(some("DE", "FR", "JP"))
    kind = draw(st.sampled_from(["whitelist", "blacklist"])) if countries else "none"
    patterns = draw(some("/hls/*", "/a.b/*", "*.mp4"))
    codes = draw(some(403, 404))
    config: Config = {
        "CallerReference": "x",
        "Comment": draw(st.sampled_from(["", "Größe", "東京"])),
        "Enabled": draw(st.booleans()),
        "PriceClass": draw(st.sampled_from(["PriceClass_All", "PriceClass_100"])),
        "HttpVersion": draw(st.sampled_from(["http2", "http2and3"])),
        "IsIPV6Enabled": draw(st.booleans()),
        "DefaultRootObject": draw(st.sampled_from(["", "index.html"])),
        "Aliases": listed(aliases),
        "Origins": listed([draw(origins(id)) for id in ids]),
        "DefaultCacheBehavior": draw(behaviors(ids)),
        "CacheBehaviors": listed([{"PathPattern": pattern, **draw(behaviors(ids))} for pattern in patterns]),
        "CustomErrorResponses": listed(
            [
                {"ErrorCode": code, "ResponsePagePath": page, "ResponseCode": "200" if page else "", "ErrorCachingMinTTL": 10}
                for code, page in [(code, draw(st.sampled_from(["", "/oops.html"]))) for code in codes]
            ]
        ),
        "Restrictions": {"GeoRestriction": {"RestrictionType": kind, **listed(countries)}},
        "Logging": draw(
            st.sampled_from(
                [
                    {"Enabled": False, "IncludeCookies": False, "Bucket": "", "Prefix": ""},
                    {"Enabled": True, "IncludeCookies": False, "Bucket": "logs.s3.amazonaws.com", "Prefix": "one"},
                    {"Enabled": True, "IncludeCookies": True, "Bucket": "logs.s3.amazonaws.com", "Prefix": "two"},
                ]
            )
        ),
    }
    if aliases:
        tls = draw(st.sampled_from(["TLSv1.2_2021", "TLSv1.2_2019"]))
        config["ViewerCertificate"] = {
            "CloudFrontDefaultCertificate": False,
            "ACMCertificateArn": CERTIFICATE,
            "SSLSupportMethod": "sni-only",
            "MinimumProtocolVersion": tls,
            "Certificate": CERTIFICATE,
            "CertificateSource": "acm",
        }
    newer = draw(st.dictionaries(st.sampled_from(["One", "Two"]), st.integers(1, 2)))
    if newer:
        config["NewerThing"] = newer
    return with_defaults(config)


def shuffled(config: Config, seed: int) -> Config:
    """The same to CloudFront: sets and lists of identified things in another order, behaviors in theirs."""
    order = random.Random(seed)
    mixed = copy.deepcopy(config)
    for name in ("Aliases", "Origins", "CustomErrorResponses"):
        order.shuffle(mixed[name].get("Items", []))
    for behavior in [mixed["DefaultCacheBehavior"], *mixed["CacheBehaviors"].get("Items", [])]:
        order.shuffle(behavior["AllowedMethods"]["Items"])
        order.shuffle(behavior["TrustedKeyGroups"].get("Items", []))
    order.shuffle(mixed["Restrictions"]["GeoRestriction"].get("Items", []))
    return mixed


def without_defaults(config: Config) -> Config:
    """The same to CloudFront: what it would fill in is left out, as where we build one ourselves."""
    bare = copy.deepcopy(config)
    for name in ("Aliases", "CacheBehaviors", "CustomErrorResponses", "OriginGroups"):
        if bare.get(name) == {"Quantity": 0}:
            del bare[name]
    for name in ("Staging", "WebACLId"):
        bare.pop(name, None)
    certificate = bare.get("ViewerCertificate", {})
    for name in ("CloudFrontDefaultCertificate", "Certificate", "CertificateSource"):
        certificate.pop(name, None)
    if not certificate.get("ACMCertificateArn"):
        bare.pop("ViewerCertificate", None)
    for origin in bare["Origins"]["Items"]:
        for name in ("ConnectionAttempts", "ConnectionTimeout", "OriginShield"):
            origin.pop(name, None)
    return bare
