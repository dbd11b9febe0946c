"""What CloudFront would refuse in a configuration, told before it is sent, at the field it is about.

Sources: CloudFront API Reference, "DistributionConfig" and the types under it; Developer Guide, "Quotas", "Requirements
for using alternate domain names", "Create custom error responses", "Add custom headers to origin requests". An account may
have higher quotas than these: see `before`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from cdnadmin.errors import InvalidInput
from distributions.configuration.allowed import (
    ADDRESS,
    COUNTRIES,
    HEADERS_NEVER_SENT,
    HOST,
    ROOT_OBJECT,
    TAG,
    TLS,
    WEB_ACL,
)
from distributions.configuration.behavior_checks import check_behaviors
from distributions.configuration.fields import Config, items_of
from distributions.configuration.problem import Problem

ORIGINS_AT_MOST = 100
ORIGIN_GROUPS_AT_MOST = 10
ALIASES_AT_MOST = 100
TAGS_AT_MOST = 50
HEADERS_AT_MOST = 30
ERROR_CODES = (400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504)
RESPONSE_CODES = (200, 400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504)
FAILOVER_CODES = (400, 403, 404, 416, 429, 500, 502, 503, 504)


def require_valid(config: Config, *, tags: Mapping[str, str] | None = None, before: Config | None = None) -> None:
    """Raise InvalidInput for the first problem, its path as the field."""
    for problem in check_configuration(config, tags=tags, before=before):
        raise InvalidInput(problem.message, field=problem.path)


def check_configuration(config: Config, *, tags: Mapping[str, str] | None = None, before: Config | None = None) -> list[Problem]:
    """Everything that can be told without asking AWS.

    `before`, where CloudFront has a configuration already: what is a problem in it too is none, since CloudFront took it.
    An account with a higher quota, or a rule that came later, then locks nobody out of other edits.
    """
    taken = set(check_configuration(before)) if before else set()
    found = [
        *_general(config),
        *_viewers(config),
        *_origins(config),
        *_groups(config),
        *check_behaviors(config),
        *_errors(config),
        *_tags(tags or {}),
    ]
    return [problem for problem in found if problem not in taken]


# "None" is what CloudFront answers where a plan has no price classes.
PRICE_CLASSES = ("PriceClass_All", "PriceClass_200", "PriceClass_100", "None")
HTTP_VERSIONS = ("http1.1", "http2", "http3", "http2and3")


def _general(config: Config) -> Iterator[Problem]:
    if config.get("PriceClass", "PriceClass_All") not in PRICE_CLASSES:
        yield Problem("PriceClass", "Choose a price class.")
    if config.get("HttpVersion", "http2").lower() not in HTTP_VERSIONS:
        yield Problem("HttpVersion", "Choose HTTP versions.")
    if len(config.get("Comment", "")) > 128:
        yield Problem("Comment", "CloudFront takes comments of at most 128 characters.")
    root = config.get("DefaultRootObject", "")
    if root.startswith("/"):
        yield Problem("DefaultRootObject", "Write it without a slash at the front, as in index.html.")
    if len(root) > 255:
        yield Problem("DefaultRootObject", "A default root object has at most 255 characters.")
    if not ROOT_OBJECT.fullmatch(root):
        yield Problem("DefaultRootObject", "Write a file name of A–Z, a–z, 0–9 and a few signs, as in index.html.")
    acl = config.get("WebACLId", "")
    if acl and not WEB_ACL.fullmatch(acl):
        yield Problem("WebACLId", "Write the ARN of a web ACL for CloudFront (global, us-east-1), or the id of a WAF Classic one.")
    logging = config.get("Logging", {})
    if logging.get("Enabled"):
        if not re.fullmatch(r"[a-z0-9.-]{3,63}\.s3[a-z0-9.-]*\.amazonaws\.com(\.cn)?", logging.get("Bucket", "")):
            yield Problem("Logging.Bucket", "Name the bucket by its host name, as in logs.s3.amazonaws.com.")
        if logging.get("Prefix", "").startswith("/"):
            yield Problem("Logging.Prefix", "A prefix begins without a slash.")


def _viewers(config: Config) -> Iterator[Problem]:
    aliases = items_of(config.get("Aliases") or {})
    if len(aliases) > ALIASES_AT_MOST:
        yield Problem("Aliases", f"A distribution has at most {ALIASES_AT_MOST} host names of its own.")
    for alias in aliases:
        if not HOST.fullmatch(alias) or len(alias) > 253:
            yield Problem("Aliases", f"“{alias}” is not a host name, as in media.example.org.")
    if len({alias.lower() for alias in aliases}) < len(aliases):
        yield Problem("Aliases", "One of these host names stands here twice.")
    certificate = config.get("ViewerCertificate") or {}
    arn = certificate.get("ACMCertificateArn", "")
    if aliases and not arn and not certificate.get("IAMCertificateId"):
        yield Problem("ViewerCertificate.ACMCertificateArn", "Host names of your own need a certificate that covers them.")
    if arn and not re.fullmatch(r"arn:aws[\w-]*:acm:us-east-1:\d{12}:certificate/[0-9a-fA-F-]{36}", arn):
        yield Problem("ViewerCertificate.ACMCertificateArn", "CloudFront takes ACM certificates of us-east-1 only.")
    version, method = certificate.get("MinimumProtocolVersion", "TLSv1"), certificate.get("SSLSupportMethod", "")
    if not TLS.fullmatch(version) or (version == "SSLv3" and method == "sni-only"):
        yield Problem("ViewerCertificate.MinimumProtocolVersion", "Choose the oldest TLS version that viewers may use.")
    geo = config.get("Restrictions", {}).get("GeoRestriction", {})
    countries = items_of(geo)
    if geo.get("RestrictionType", "none") != "none" and not countries:
        yield Problem("Restrictions.GeoRestriction.Items", "Name at least one country.")
    for country in countries:
        if country not in COUNTRIES:
            yield Problem("Restrictions.GeoRestriction.Items", f"“{country}” is no country: write two letters each, as in DE.")


def _origins(config: Config) -> Iterator[Problem]:
    origins = items_of(config.get("Origins") or {})
    if not origins:
        yield Problem("Origins", "A distribution needs an origin.")
    if len(origins) > ORIGINS_AT_MOST:
        yield Problem("Origins", f"A distribution has at most {ORIGINS_AT_MOST} origins.")
    ids = [origin["Id"] for origin in origins]
    for id in sorted({id for id in ids if ids.count(id) > 1}):
        yield Problem(f"Origins[{id}]", f"Two origins are called “{id}”.")
    for origin in origins:
        yield from _origin(origin)


def _origin(origin: Mapping[str, Any]) -> Iterator[Problem]:
    here = f"Origins[{origin['Id']}]"
    if not 1 <= len(origin["Id"]) <= 128:
        yield Problem(here, "An origin’s name has 1 to 128 characters.")
    domain = origin.get("DomainName", "")
    if domain != "localhost" and (not HOST.fullmatch(domain) or ADDRESS.fullmatch(domain)):
        yield Problem(f"{here}.DomainName", "This is not a host name, as in www.example.org.")
    kinds = [name for name in ("S3OriginConfig", "CustomOriginConfig", "VpcOriginConfig") if name in origin]
    if len(kinds) != 1:
        yield Problem(here, "An origin is a bucket, a server or one in a VPC: one of these.")
    if not 1 <= origin.get("ConnectionAttempts", 3) <= 3:
        yield Problem(f"{here}.ConnectionAttempts", "CloudFront tries to connect 1 to 3 times.")
    if not 1 <= origin.get("ConnectionTimeout", 10) <= 10:
        yield Problem(f"{here}.ConnectionTimeout", "CloudFront waits 1 to 10 seconds for a connection.")
    path = origin.get("OriginPath", "")
    if path and (not path.startswith("/") or path.endswith("/") or len(path) > 255):
        yield Problem(
            f"{here}.OriginPath", "A path begins with a slash and ends without one, as in /video; 255 characters at most."
        )
    identity = (origin.get("S3OriginConfig") or {}).get("OriginAccessIdentity", "")
    if identity and origin.get("OriginAccessControlId"):
        yield Problem(f"{here}.OriginAccessControlId", "Either an origin access control or an identity, not both.")
    custom = origin.get("CustomOriginConfig")
    if custom:
        if custom.get("OriginProtocolPolicy") not in ("http-only", "match-viewer", "https-only"):
            yield Problem(f"{here}.CustomOriginConfig.OriginProtocolPolicy", "Choose how CloudFront comes to this server.")
        versions = items_of(custom.get("OriginSslProtocols") or {})
        if not all(TLS.fullmatch(version) for version in versions):
            yield Problem(f"{here}.CustomOriginConfig.OriginSslProtocols", "Choose TLS versions, as in TLSv1.2.")
        for name in ("HTTPPort", "HTTPSPort"):
            port = custom.get(name, 80)
            if port not in {80, 443} and not 1024 <= port <= 65535:
                yield Problem(f"{here}.CustomOriginConfig.{name}", "CloudFront takes the ports 80, 443 and 1024 to 65535.")
        if not 1 <= custom.get("OriginReadTimeout", 30) <= 120:
            yield Problem(f"{here}.CustomOriginConfig.OriginReadTimeout", "CloudFront waits 1 to 120 seconds for an answer.")
        if not 1 <= custom.get("OriginKeepaliveTimeout", 5) <= 120:
            yield Problem(f"{here}.CustomOriginConfig.OriginKeepaliveTimeout", "A connection is kept for 1 to 120 seconds.")
    yield from _headers(items_of(origin.get("CustomHeaders") or {}), f"{here}.CustomHeaders")


def _headers(headers: list[Mapping[str, Any]], here: str) -> Iterator[Problem]:
    names = [header["HeaderName"] for header in headers]
    if len(names) > HEADERS_AT_MOST:
        yield Problem(here, f"CloudFront sends at most {HEADERS_AT_MOST} headers of yours to an origin.")
    for name in names:
        if not re.fullmatch(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,256}", name):
            yield Problem(f"{here}[{name}]", f"“{name}” is no name of a header.")
        elif HEADERS_NEVER_SENT.fullmatch(name):
            yield Problem(f"{here}[{name}]", f"CloudFront lets nobody set the header {name}.")
    if len({name.lower() for name in names}) < len(names):
        yield Problem(here, "One of these headers stands here twice.")
    for header in headers:
        # The value may be a secret: it is not told.
        if not 1 <= len(header["HeaderValue"]) <= 1783:
            yield Problem(f"{here}[{header['HeaderName']}]", f"The header {header['HeaderName']} needs 1 to 1783 characters.")


def _groups(config: Config) -> Iterator[Problem]:
    ids = {origin["Id"] for origin in items_of(config.get("Origins") or {})}
    groups = items_of(config.get("OriginGroups") or {})
    if len(groups) > ORIGIN_GROUPS_AT_MOST:
        yield Problem("OriginGroups", f"A distribution has at most {ORIGIN_GROUPS_AT_MOST} origin groups.")
    if len({group["Id"] for group in groups}) < len(groups):
        yield Problem("OriginGroups", "Two groups have one name.")
    for group in groups:
        here = f"OriginGroups[{group['Id']}]"
        if not 1 <= len(group["Id"]) <= 128:
            yield Problem(here, "A group’s name has 1 to 128 characters.")
        members = [member["OriginId"] for member in items_of(group.get("Members") or {})]
        if group["Id"] in ids:
            yield Problem(here, f"“{group['Id']}” is an origin already: give the group another name.")
        if len(members) != 2 or len(set(members)) != 2:
            yield Problem(f"{here}.Members", "A group has two different origins: the first, and the one it fails over to.")
        for member in members:
            if member not in ids:
                yield Problem(f"{here}.Members", f"There is no origin “{member}”.")
        codes = items_of((group.get("FailoverCriteria") or {}).get("StatusCodes") or {})
        if not codes or any(code not in FAILOVER_CODES for code in codes):
            known = ", ".join(map(str, FAILOVER_CODES))
            yield Problem(f"{here}.FailoverCriteria.StatusCodes", f"Choose on what to fail over: some of {known}.")


def _errors(config: Config) -> Iterator[Problem]:
    seen: set[int] = set()
    for error in items_of(config.get("CustomErrorResponses") or {}):
        here, code = f"CustomErrorResponses[{error['ErrorCode']}]", error["ErrorCode"]
        if code not in ERROR_CODES:
            yield Problem(here, f"CloudFront has no page for {code}: choose one of {', '.join(map(str, ERROR_CODES))}.")
        if code in seen:
            yield Problem(here, f"{code} stands here twice.")
        seen.add(code)
        page, response = error.get("ResponsePagePath", ""), str(error.get("ResponseCode", ""))
        if bool(page) != bool(response):
            yield Problem(f"{here}.ResponsePagePath", "A page and the status it is answered with go together.")
        if page and not page.startswith("/"):
            yield Problem(f"{here}.ResponsePagePath", "The page’s path begins with a slash, as in /404.html.")
        if response and response not in map(str, RESPONSE_CODES):
            yield Problem(f"{here}.ResponseCode", f"CloudFront can’t answer with {response}.")
        if error.get("ErrorCachingMinTTL", 0) < 0:
            yield Problem(f"{here}.ErrorCachingMinTTL", "A time is 0 seconds or more.")


def _tags(tags: Mapping[str, str]) -> Iterator[Problem]:
    if len(tags) > TAGS_AT_MOST:
        yield Problem("Tags", f"A distribution has at most {TAGS_AT_MOST} tags.")
    for key, value in tags.items():
        if not 1 <= len(key) <= 128 or not TAG.fullmatch(key):
            yield Problem(f"Tags[{key}]", f"“{key}” can’t be a tag’s name: 1 to 128 letters, digits, spaces and . : / = + - @ _")
        if len(value) > 256 or not TAG.fullmatch(value):
            yield Problem(f"Tags[{key}]", f"The value of “{key}” has characters that AWS does not take, or more than 256.")
        if key.lower().startswith("aws:"):
            yield Problem(f"Tags[{key}]", "Tags that begin with aws: are AWS’s own.")
