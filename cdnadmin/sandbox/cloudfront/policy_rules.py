"""What CloudFront refuses in the configuration of a policy.

Sources: CloudFront API Reference, "CachePolicyConfig", "OriginRequestPolicyConfig", "ResponseHeadersPolicyConfig" and
what they hold; Developer Guide, "Quotas", "Quotas on headers".
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from cdnadmin.sandbox.cloudfront.policies import CACHE, ORIGIN_REQUEST, RESPONSE_HEADERS
from cdnadmin.sandbox.http import Fault

NAMES_PER_POLICY = CUSTOM_HEADERS_PER_POLICY = REMOVED_HEADERS_PER_POLICY = 10
# "Headers that you can't remove"
_NEVER_REMOVED = re.compile(
    r"connection|content-encoding|content-length|expect|host|keep-alive|proxy-(authenticate|authorization|connection)|trailer"
    r"|transfer-encoding|upgrade|via|warning|x-accel-(buffering|charset|limit-rate|redirect)|x-amz-cf-.*"
    r"|x-amzn-(auth|cf-billing|cf-id|cf-xff|errortype|fle-profile|header-count|header-order|lambda-integration-tag|requestid)"
    r"|x-cache|x-edge-.*|x-forwarded-proto|x-real-ip",
    re.IGNORECASE,
)
CSP_LENGTH = HEADER_VALUE_LENGTH = 1_783
# What a behavior is called in each of a policy's three parts, and the list that goes with it.
_PARTS = (("Headers", "HeaderBehavior"), ("Cookies", "CookieBehavior"), ("QueryStrings", "QueryStringBehavior"))


def _refuse(message: str) -> Fault:
    return Fault(400, "InvalidArgument", message)


def _check_comment(config: dict[str, Any]) -> None:
    if len(config.get("Comment", "")) > 128:
        raise _refuse("The parameter Comment is too long: it can have 128 characters.")
    if not config["Name"]:
        raise _refuse("The parameter Name must not be empty.")


def _check_names(parts: dict[str, Any], kind: str) -> None:
    for plural, behavior in _PARTS:
        part = parts[f"{plural}Config"]
        names = part.get(plural, {}).get("Items", [])
        if bool(names) != (part[behavior] in {"whitelist", "allExcept", "allViewerAndWhitelistCloudFront"}):
            raise _refuse(f"The parameter {plural} does not go with the {behavior} “{part[behavior]}”.")
        if len(names) > NAMES_PER_POLICY:
            raise Fault(400, f"TooMany{plural}In{kind}", f"The number of {plural} in the policy exceeds the maximum.")
        if len({name.lower() for name in names}) != len(names):
            raise _refuse(f"The parameter {plural} contains duplicates.")


def check_cache_policy(config: dict[str, Any]) -> None:
    _check_comment(config)
    least = config["MinTTL"]
    usual = config.get("DefaultTTL", max(86_400, least))
    most = config.get("MaxTTL", max(31_536_000, usual))
    if not 0 <= least <= usual <= most:
        raise _refuse("The parameter MinTTL must not be greater than DefaultTTL, nor DefaultTTL greater than MaxTTL.")
    parts = config.get("ParametersInCacheKeyAndForwardedToOrigin")
    if parts is None:
        return
    _check_names(parts, CACHE)
    compresses = parts["EnableAcceptEncodingGzip"] or parts.get("EnableAcceptEncodingBrotli", False)
    if most == 0 and (compresses or any(parts[f"{plural}Config"][behavior] != "none" for plural, behavior in _PARTS)):
        raise _refuse("The parameter HeaderBehavior is invalid for policy with caching disabled.")
    if compresses and "accept-encoding" in {name.lower() for name in parts["HeadersConfig"].get("Headers", {}).get("Items", [])}:
        raise _refuse("The parameter Headers contains Accept-Encoding, which is there by EnableAcceptEncodingGzip or Brotli.")


def check_origin_request_policy(config: dict[str, Any]) -> None:
    _check_comment(config)
    _check_names(config, ORIGIN_REQUEST)
    headers = config["HeadersConfig"]
    named = {name.lower() for name in headers.get("Headers", {}).get("Items", [])}
    if headers["HeaderBehavior"] == "whitelist" and named & {"authorization", "accept-encoding"}:
        raise _refuse("The parameter Headers contains Authorization or Accept-Encoding, which only a cache policy passes on.")


def check_response_headers_policy(config: dict[str, Any]) -> None:
    _check_comment(config)
    custom = config.get("CustomHeadersConfig", {}).get("Items", [])
    if len(custom) > CUSTOM_HEADERS_PER_POLICY:
        message = "The number of custom headers in the response headers policy exceeds the maximum."
        raise Fault(400, "TooManyCustomHeadersInResponseHeadersPolicy", message)
    if any(len(header["Value"]) > HEADER_VALUE_LENGTH for header in custom):
        raise _refuse("The parameter CustomHeadersConfig contains a value that is too long.")
    removed = config.get("RemoveHeadersConfig", {}).get("Items", [])
    if len(removed) > REMOVED_HEADERS_PER_POLICY:
        message = "The number of headers in RemoveHeadersConfig in the response headers policy exceeds the maximum."
        raise Fault(400, "TooManyRemoveHeadersInResponseHeadersPolicy", message)
    if any(_NEVER_REMOVED.fullmatch(header["Header"]) for header in removed):
        raise _refuse("The parameter RemoveHeadersConfig contains a header that can't be removed.")
    names = [header["Header"].lower() for header in custom]
    if len(set(names)) != len(names):
        raise _refuse("The parameter CustomHeadersConfig contains a header twice.")
    policy = config.get("SecurityHeadersConfig", {}).get("ContentSecurityPolicy", {}).get("ContentSecurityPolicy", "")
    if len(policy) > CSP_LENGTH:
        message = "The length of the Content-Security-Policy header value in the response headers policy exceeds the maximum."
        raise Fault(400, "TooLongCSPInResponseHeadersPolicy", message)
    rate = config.get("ServerTimingHeadersConfig", {}).get("SamplingRate", 0.0)
    if not 0 <= rate <= 100:
        raise _refuse("The parameter SamplingRate must be between 0 and 100.")
    cors = config.get("CorsConfig", {})
    if any(
        not cors[name]["Quantity"]
        for name in ("AccessControlAllowOrigins", "AccessControlAllowHeaders", "AccessControlAllowMethods")
        if cors
    ):
        raise _refuse("The parameter CorsConfig has an empty list of origins, headers or methods.")


CHECKS: dict[str, Callable[[dict[str, Any]], None]] = {
    CACHE: check_cache_policy,
    ORIGIN_REQUEST: check_origin_request_policy,
    RESPONSE_HEADERS: check_response_headers_policy,
}
