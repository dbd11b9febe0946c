"""AWS's managed policies, by the ids that the Developer Guide gives them, with their whole configurations.

Source: Amazon CloudFront Developer Guide, "Use managed cache policies", "Use managed origin request policies",
"Use managed response headers policies". What those pages leave open (the CORS lists that the API needs and that
change no header) lets everybody read.
"""

from __future__ import annotations

from typing import Any

Config = dict[str, Any]


def _listed(*items: str) -> dict[str, Any]:
    return {"Quantity": len(items), "Items": list(items)}


def _cache(
    name: str,
    comment: str,
    ttls: tuple[int, int, int],
    *,
    headers: tuple[str, ...] = (),
    cookies: str = "none",
    queries: str = "none",
    query_names: tuple[str, ...] = (),
    gzip: bool = True,
    brotli: bool = True,
) -> Config:
    """`ttls`: minimum, default and maximum in seconds."""
    return {
        "Name": name,
        "Comment": comment,
        "MinTTL": ttls[0],
        "DefaultTTL": ttls[1],
        "MaxTTL": ttls[2],
        "ParametersInCacheKeyAndForwardedToOrigin": {
            "EnableAcceptEncodingGzip": gzip,
            "EnableAcceptEncodingBrotli": brotli,
            "HeadersConfig": _headers("whitelist" if headers else "none", *headers),
            "CookiesConfig": {"CookieBehavior": cookies},
            "QueryStringsConfig": {
                "QueryStringBehavior": queries,
                **({"QueryStrings": _listed(*query_names)} if query_names else {}),
            },
        },
    }


def _headers(behavior: str, *names: str) -> Config:
    return {"HeaderBehavior": behavior, **({"Headers": _listed(*names)} if names else {})}


_YEAR = 31_536_000
_ORIGIN_HEADERS = ("host", "origin", "x-http-method", "x-http-method-override", "x-method-override")
CACHE_POLICY_CONFIGS: dict[str, Config] = {
    "658327ea-f89d-4fab-a63d-7e88639e58f6": _cache(
        "Managed-CachingOptimized", "Policy with caching enabled. Supports Gzip and Brotli compression.", (1, 86_400, _YEAR)
    ),
    "b2884449-e4de-46a7-ac36-70bc7f1ddd6d": _cache(
        "Managed-CachingOptimizedForUncompressedObjects",
        "Default policy when compression is disabled",
        (1, 86_400, _YEAR),
        gzip=False,
        brotli=False,
    ),
    "4135ea2d-6df8-44a3-9df3-4b5a84be39ad": _cache(
        "Managed-CachingDisabled", "Policy with caching disabled", (0, 0, 0), gzip=False, brotli=False
    ),
    "08627262-05a9-4f76-9ded-b50ca2e3a84f": _cache(
        "Managed-Elemental-MediaPackage",
        "Policy for Elemental MediaPackage Origin",
        (0, 86_400, _YEAR),
        headers=("origin",),
        queries="whitelist",
        query_names=("aws.manifestfilter", "start", "end", "m"),
        brotli=False,
    ),
    "2e54312d-136d-493c-8eb9-b001f22f67d2": _cache(
        "Managed-Amplify",
        "Policy for Amplify Origin",
        (2, 2, 600),
        headers=("Authorization", "CloudFront-Viewer-Country", "Host"),
        cookies="all",
        queries="all",
    ),
    "83da9c7e-98b4-4e11-a168-04f0df8e2c65": _cache(
        "UseOriginCacheControlHeaders",
        "Policy for origins that return Cache-Control headers. Query strings are not included in the cache key.",
        (0, 0, _YEAR),
        headers=_ORIGIN_HEADERS,
        cookies="all",
    ),
    "4cc15a8a-d715-48a4-82b8-cc0b614638fe": _cache(
        "UseOriginCacheControlHeaders-QueryStrings",
        "Policy for origins that return Cache-Control headers and serve different content based on query strings.",
        (0, 0, _YEAR),
        headers=_ORIGIN_HEADERS,
        cookies="all",
        queries="all",
    ),
}
# id: name, minimum, default and maximum TTL in seconds
CACHE_POLICIES: dict[str, tuple[str, int, int, int]] = {
    id: (config["Name"], config["MinTTL"], config["DefaultTTL"], config["MaxTTL"]) for id, config in CACHE_POLICY_CONFIGS.items()
}


def _origin_request(name: str, comment: str, headers: Config, *, cookies: str = "none", queries: str = "none") -> Config:
    return {
        "Name": name,
        "Comment": comment,
        "HeadersConfig": headers,
        "CookiesConfig": {"CookieBehavior": cookies},
        "QueryStringsConfig": {"QueryStringBehavior": queries},
    }


_CLOUDFRONT_HEADERS = [
    "Forwarded-Proto",
    "Is-Android-Viewer",
    "Is-Desktop-Viewer",
    "Is-IOS-Viewer",
    "Is-Mobile-Viewer",
    "Is-SmartTV-Viewer",
    "Is-Tablet-Viewer",
    "Viewer-Address",
    "Viewer-ASN",
    "Viewer-City",
    "Viewer-Country",
    "Viewer-Country-Name",
    "Viewer-Country-Region",
    "Viewer-Country-Region-Name",
    "Viewer-Http-Version",
    "Viewer-Latitude",
    "Viewer-Longitude",
    "Viewer-Metro-Code",
    "Viewer-Postal-Code",
    "Viewer-Time-Zone",
    "Viewer-TLS",
]
_EVERYTHING = {"cookies": "all", "queries": "all"}
_PREFLIGHT = ("origin", "access-control-request-headers", "access-control-request-method")
ORIGIN_REQUEST_POLICY_CONFIGS: dict[str, Config] = {
    "216adef6-5c7f-47e4-b989-5492eafa07d3": _origin_request(
        "Managed-AllViewer", "Policy to forward all parameters in viewer requests", _headers("allViewer"), **_EVERYTHING
    ),
    "33f36d7e-f396-46d9-90e0-52428a34d9dc": _origin_request(
        "Managed-AllViewerAndCloudFrontHeaders-2022-06",
        "Policy to forward all parameters in viewer requests and all CloudFront headers released through June 2022",
        _headers("allViewerAndWhitelistCloudFront", *(f"CloudFront-{name}" for name in _CLOUDFRONT_HEADERS)),
        **_EVERYTHING,
    ),
    "b689b0a8-53d0-40ab-baf2-68738e2966ac": _origin_request(
        "Managed-AllViewerExceptHostHeader",
        "Policy to forward all parameters in viewer requests except for the Host header",
        _headers("allExcept", "host"),
        **_EVERYTHING,
    ),
    "59781a5b-3903-41f3-afcb-af62929ccde1": _origin_request(
        "Managed-CORS-CustomOrigin", "Policy for CORS with a custom origin", _headers("whitelist", "origin")
    ),
    "88a5eaf4-2fd4-4709-b370-b4c650ea3fcf": _origin_request(
        "Managed-CORS-S3Origin", "Policy for S3 origin with CORS", _headers("whitelist", *_PREFLIGHT)
    ),
    "775133bc-15f2-49f9-abea-afb2e0bf67d2": _origin_request(
        "Managed-Elemental-MediaTailor-PersonalizedManifests",
        "Policy for Elemental MediaTailor Origin",
        _headers("whitelist", *_PREFLIGHT, "user-agent", "x-forwarded-for"),
        queries="all",
    ),
    "bf0718e1-ba1e-49d1-88b1-f726733018ae": _origin_request(
        "Managed-HostHeaderOnly", "Policy to forward the Host header only", _headers("whitelist", "host")
    ),
    "acba4595-bd28-49b8-b9fe-13317c0390fa": _origin_request(
        "Managed-UserAgentRefererHeaders",
        "Policy to forward user-agent and referer headers to origin",
        _headers("whitelist", "user-agent", "referer"),
    ),
}
ORIGIN_REQUEST_POLICIES: dict[str, str] = {id: config["Name"] for id, config in ORIGIN_REQUEST_POLICY_CONFIGS.items()}


def sends_origin(config: Config) -> bool:
    """Whether an origin request policy passes a viewer's Origin on, without which S3 adds no CORS headers."""
    headers = config["HeadersConfig"]
    names = {name.lower() for name in headers.get("Headers", {}).get("Items", [])}
    match headers["HeaderBehavior"]:
        case "whitelist":
            return "origin" in names
        case "allExcept":
            return "origin" not in names
        case behavior:
            return str(behavior).startswith("allViewer")


FORWARDS_ORIGIN = {id for id, config in ORIGIN_REQUEST_POLICY_CONFIGS.items() if sends_origin(config)}
_ANYBODY = {
    "AccessControlAllowOrigins": _listed("*"),
    "AccessControlAllowHeaders": _listed("*"),
    "AccessControlAllowCredentials": False,
    "OriginOverride": False,
}
_SIMPLE: Config = {"CorsConfig": {**_ANYBODY, "AccessControlAllowMethods": _listed("GET", "HEAD")}}
_WITH_PREFLIGHT: Config = {
    "CorsConfig": {
        **_ANYBODY,
        "AccessControlAllowMethods": _listed("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"),
        "AccessControlExposeHeaders": _listed("*"),
    }
}
_SECURITY: Config = {
    "SecurityHeadersConfig": {
        "XSSProtection": {"Override": False, "Protection": True, "ModeBlock": True},
        "FrameOptions": {"Override": False, "FrameOption": "SAMEORIGIN"},
        "ReferrerPolicy": {"Override": False, "ReferrerPolicy": "strict-origin-when-cross-origin"},
        "ContentTypeOptions": {"Override": True},
        "StrictTransportSecurity": {"Override": False, "AccessControlMaxAgeSec": _YEAR},
    }
}
RESPONSE_HEADERS_POLICY_CONFIGS: dict[str, Config] = {
    "60669652-455b-4ae9-85a4-c4c02393f86c": {
        "Name": "Managed-SimpleCORS",
        "Comment": "Allows all origins for simple CORS requests",
        **_SIMPLE,
    },
    "5cc3b908-e619-4b99-88e5-2cf7f45965bd": {
        "Name": "Managed-CORS-With-Preflight",
        "Comment": "Allows all origins for CORS requests, including preflight requests",
        **_WITH_PREFLIGHT,
    },
    "67f7725c-6f97-4210-82d7-5512b31e9d03": {
        "Name": "Managed-SecurityHeadersPolicy",
        "Comment": "Adds a set of security headers to every response",
        **_SECURITY,
    },
    "e61eb60c-9c35-4d20-a928-2b84e02af89c": {
        "Name": "Managed-CORS-and-SecurityHeadersPolicy",
        "Comment": "Allows all origins for simple CORS requests and adds security headers",
        **_SIMPLE,
        **_SECURITY,
    },
    "eaab4381-ed33-4a86-88ca-d9558dc6cd63": {
        "Name": "Managed-CORS-with-preflight-and-SecurityHeadersPolicy",
        "Comment": "Allows all origins for CORS requests, including preflight requests, and adds security headers",
        **_WITH_PREFLIGHT,
        **_SECURITY,
    },
}
RESPONSE_HEADERS_POLICIES: dict[str, str] = {id: config["Name"] for id, config in RESPONSE_HEADERS_POLICY_CONFIGS.items()}
