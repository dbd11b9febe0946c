"""Headers that a policy adds and removes. Source: Developer Guide, "Understand response headers policies"."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.sandbox.conftest import Answer, fresh
from tests.integration.sandbox.edge.conftest import Publish, Site, legacy, listed

SIMPLE_CORS, SECURITY = "60669652-455b-4ae9-85a4-c4c02393f86c", "67f7725c-6f97-4210-82d7-5512b31e9d03"
PREFLIGHT = "5cc3b908-e619-4b99-88e5-2cf7f45965bd"
ALLOWED = {"AllowedMethods": {**listed("GET", "HEAD", "OPTIONS"), "CachedMethods": listed("GET", "HEAD")}}
APP = {"Origin": "https://app.example.com"}


@pytest.fixture(scope="module")
def answers(cloudfront: Any, s3: Any, publish: Publish, opened: str) -> Any:
    """answers(policy id or config, headers=…, path=…): what a viewer gets, first from the origin and then from the cache."""
    sites: dict[str, Site] = {}

    def ask(policy: str | dict[str, Any], *, path: str = "", method: str = "GET", **headers: str) -> list[Answer]:
        if str(policy) not in sites:
            id = policy
            if not isinstance(policy, str):
                config = {"Name": fresh("headers"), **policy}
                id = cloudfront.create_response_headers_policy(ResponseHeadersPolicyConfig=config)["ResponseHeadersPolicy"]["Id"]
            sites[str(policy)] = publish(opened, behavior={"ResponseHeadersPolicyId": id, **legacy(), **ALLOWED})
        if not path:
            path = f"/{fresh()}"
            more = {"ContentType": "text/html", "CacheControl": "max-age=60", "Metadata": {"own": "v"}}
            s3.put_object(Bucket=opened, Key=path[1:], Body=b"x", **more)
        return [sites[str(policy)].get(path, method, headers=headers) for _ in range(2)]

    return ask


def cors(*origins: str, override: bool = True, **more: Any) -> dict[str, Any]:
    config = {
        "AccessControlAllowOrigins": listed(*origins),
        "AccessControlAllowHeaders": listed("range", "x-own"),
        "AccessControlAllowMethods": listed("GET", "HEAD"),
        "AccessControlAllowCredentials": False,
        "OriginOverride": override,
    }
    return {"CorsConfig": {**config, **more}}


def shown(answer: Answer, *names: str) -> list[str | None]:
    return [answer.headers.get(name) for name in names]


def test_the_managed_security_headers(answers: Any) -> None:
    expected = {
        "strict-transport-security": "max-age=31536000",
        "x-content-type-options": "nosniff",
        "x-frame-options": "SAMEORIGIN",
        "x-xss-protection": "1; mode=block",
        "referrer-policy": "strict-origin-when-cross-origin",
    }
    for answer in answers(SECURITY):
        assert {name: answer.headers.get(name) for name in expected} == expected
        assert "content-security-policy" not in answer.headers
    (missing, _) = answers(SECURITY, path="/missing")
    assert (missing.status, missing.headers["x-frame-options"]) == (404, "SAMEORIGIN")


def test_security_headers_of_ones_own(answers: Any) -> None:
    security = {
        "StrictTransportSecurity": {"Override": True, "AccessControlMaxAgeSec": 60, "IncludeSubdomains": True, "Preload": True},
        "XSSProtection": {"Override": True, "Protection": False},
        "ContentSecurityPolicy": {"Override": True, "ContentSecurityPolicy": "sandbox"},
        "FrameOptions": {"Override": True, "FrameOption": "DENY"},
        "ReferrerPolicy": {"Override": True, "ReferrerPolicy": "no-referrer"},
    }
    for answer in answers({"SecurityHeadersConfig": security}):
        assert answer.headers["strict-transport-security"] == "max-age=60; includeSubDomains; preload"
        names = ("x-xss-protection", "content-security-policy", "x-frame-options", "referrer-policy", "x-content-type-options")
        assert shown(answer, *names) == ["0", "sandbox", "DENY", "no-referrer", None]


def test_custom_headers_over_and_under_the_origins_own(answers: Any) -> None:
    custom = [
        {"Header": "Cache-Control", "Value": "no-store", "Override": True},
        {"Header": "Content-Type", "Value": "text/plain", "Override": False},
        {"Header": "X-Team", "Value": "media", "Override": False},
    ]
    first, second = answers({"CustomHeadersConfig": listed(*custom)})
    for answer in (first, second):
        assert shown(answer, "cache-control", "content-type", "x-team") == ["no-store", "text/html", "media"]
    assert second.headers["x-cache"] == "Hit from cloudfront"  # what viewers are told does not change how long it is kept


def test_removed_headers_go_before_others_come(answers: Any) -> None:
    removed = listed({"Header": "X-Amz-Meta-Own"}, {"Header": "Cache-Control"})
    custom = listed({"Header": "Cache-Control", "Value": "no-store", "Override": False})
    for answer in answers({"RemoveHeadersConfig": removed, "CustomHeadersConfig": custom}):
        assert shown(answer, "x-amz-meta-own", "cache-control") == [None, "no-store"]
        assert {"etag", "x-cache", "via"} <= set(answer.headers)


@pytest.mark.parametrize(
    ("allowed", "origin", "answered"),
    [
        (["*"], "https://app.example.com", "*"),
        (["https://app.example.com"], "https://app.example.com", "https://app.example.com"),
        (["https://a.example", "https://app.example.com"], "https://app.example.com", "https://app.example.com"),
        (["https://*.example.com"], "https://app.example.com", "https://app.example.com"),
        (["*.example.com"], "https://app.example.com", "https://app.example.com"),
        (["https://app.example.com"], "http://app.example.com", None),
        (["https://*.example.com"], "https://example.com", None),
        (["https://app.example.com"], "", None),
    ],
)
def test_cors_by_the_viewers_origin(answers: Any, allowed: list[str], origin: str, answered: str | None) -> None:
    for answer in answers(cors(*allowed, AccessControlExposeHeaders=listed("ETag")), **({"Origin": origin} if origin else {})):
        assert answer.headers.get("access-control-allow-origin") == answered
        assert answer.headers.get("access-control-expose-headers") == ("ETag" if answered else None)
        assert "access-control-allow-methods" not in answer.headers  # that is for the preflight


def test_a_preflight_is_answered_by_the_policy(answers: Any) -> None:
    asked = {**APP, "Access-Control-Request-Method": "GET"}
    (answer, _) = answers(cors("https://app.example.com", AccessControlMaxAgeSec=5), method="OPTIONS", **asked)
    names = [f"access-control-{name}" for name in ("allow-origin", "allow-methods", "allow-headers", "max-age")]
    assert shown(answer, *names) == [APP["Origin"], "GET,HEAD", "range,x-own", "5"]
    (answer, _) = answers(PREFLIGHT, method="OPTIONS", **asked)
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "DELETE" in answer.headers["access-control-allow-methods"]
    (answer, _) = answers(SIMPLE_CORS, **APP)
    assert answer.headers["access-control-allow-origin"] == "*"


def test_cors_over_and_under_the_buckets_own(cloudfront: Any, s3: Any, publish: Publish, opened: str) -> None:
    rule = {"AllowedOrigins": [APP["Origin"]], "AllowedMethods": ["GET"]}
    s3.put_object(Bucket=opened, Key="page", Body=b"x")
    s3.put_bucket_cors(Bucket=opened, CORSConfiguration={"CORSRules": [rule]})
    for override, answered in ((False, APP["Origin"]), (True, "*")):
        config = {"Name": fresh("headers"), **cors("*", override=override)}
        made = cloudfront.create_response_headers_policy(ResponseHeadersPolicyConfig=config)["ResponseHeadersPolicy"]
        site: Site = publish(opened, behavior={"ResponseHeadersPolicyId": made["Id"]})
        assert site.get("/page", headers=APP).headers["access-control-allow-origin"] == answered
    s3.delete_bucket_cors(Bucket=opened)


def test_timing(answers: Any) -> None:
    first, second = answers({"ServerTimingHeadersConfig": {"Enabled": True, "SamplingRate": 100.0}})
    assert "cdn-cache-miss" in first.headers["server-timing"]
    assert "cdn-cache-hit" in second.headers["server-timing"]
    assert second.headers["x-amz-cf-id"] in second.headers["server-timing"]
    (never, _) = answers({"ServerTimingHeadersConfig": {"Enabled": True, "SamplingRate": 0.0}})
    assert "server-timing" not in never.headers


def test_what_the_edge_itself_refuses_has_no_such_headers(publish: Publish, opened: str) -> None:
    closed = {"GeoRestriction": {"RestrictionType": "whitelist", **listed("FR")}}
    site = publish(opened, behavior={"ResponseHeadersPolicyId": SECURITY}, Restrictions=closed)
    assert "x-frame-options" not in site.get("/page").headers
