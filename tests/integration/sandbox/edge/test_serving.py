"""What a viewer gets. Sources: Developer Guide, "How CloudFront processes and caches requests", "Cache behavior settings"."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from tests.integration.sandbox.cloudfront.conftest import CACHING_OPTIMIZED
from tests.integration.sandbox.conftest import fresh, refused
from tests.integration.sandbox.edge.conftest import FILM, Publish, Site, allow, service_may_read

ETAG = f'"{hashlib.md5(FILM).hexdigest()}"'
DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
EVERY_METHOD = ["GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"]
OLD, COMING = "Sat, 01 Jan 2000 00:00:00 GMT", "Fri, 01 Jan 2100 00:00:00 GMT"


def allowed(*methods: str) -> dict[str, Any]:
    return {"AllowedMethods": {"Quantity": len(methods), "Items": list(methods)}}


@pytest.fixture(scope="module")
def uncached(s3: Any, publish: Publish, public: Site, media: str) -> Site:
    site = publish(access="oac", behavior={"CachePolicyId": DISABLED, **allowed("GET", "HEAD", "OPTIONS")})
    allow(s3, media, service_may_read(media, site.arn, public.arn))
    return site


@pytest.fixture(params=["kept", "fetched"])
def site(request: pytest.FixtureRequest, public: Site, uncached: Site) -> Site:
    """Answers must not differ by where they come from."""
    if request.param == "fetched":
        return uncached
    public.get()
    return public


def test_a_miss_then_hits(s3: Any, public: Site) -> None:
    path = f"/{fresh()}"
    s3.put_object(Bucket=public.bucket, Key=path[1:], Body=b"one", ContentType="text/plain", CacheControl="max-age=60")
    first, second = public.get(path), public.get(path)
    assert (first.headers["x-cache"], second.headers["x-cache"]) == ("Miss from cloudfront", "Hit from cloudfront")
    assert "age" not in first.headers
    assert int(second.headers["age"]) >= 0
    assert public.get(path, "HEAD").headers["x-cache"] == "Hit from cloudfront"
    s3.put_object(Bucket=public.bucket, Key=path[1:], Body=b"two")
    assert public.get(path).body == b"one"  # until it is invalidated or old


def test_an_invalidation_lets_the_new_one_through(s3: Any, cloudfront: Any, public: Site) -> None:
    folder = f"/{fresh()}"
    for key in ("a", "b"):
        s3.put_object(Bucket=public.bucket, Key=f"{folder[1:]}/{key}", Body=b"old")
        public.get(f"{folder}/{key}")
        s3.put_object(Bucket=public.bucket, Key=f"{folder[1:]}/{key}", Body=b"new")
    batch = {"CallerReference": fresh(), "Paths": {"Quantity": 1, "Items": [f"{folder}/a"]}}
    cloudfront.create_invalidation(DistributionId=public.id, InvalidationBatch=batch)
    assert (public.get(f"{folder}/a").body, public.get(f"{folder}/b").body) == (b"new", b"old")
    batch = {"CallerReference": fresh(), "Paths": {"Quantity": 1, "Items": [f"{folder}/*"]}}
    cloudfront.create_invalidation(DistributionId=public.id, InvalidationBatch=batch)
    assert public.get(f"{folder}/b").body == b"new"


@pytest.mark.parametrize(
    ("control", "policy", "hit"),
    [
        ("max-age=60", CACHING_OPTIMIZED, True),
        ("max-age=0, s-maxage=60", CACHING_OPTIMIZED, True),
        ("", CACHING_OPTIMIZED, True),
        ("no-store", CACHING_OPTIMIZED, True),  # that policy's least is one second
        ("max-age=60", DISABLED, False),
        ("", DISABLED, False),
    ],
)
def test_how_long_it_is_kept(s3: Any, public: Site, uncached: Site, control: str, policy: str, hit: bool) -> None:
    path = f"/{fresh()}"
    s3.put_object(Bucket=public.bucket, Key=path[1:], Body=b"x", **({"CacheControl": control} if control else {}))
    site = uncached if policy == DISABLED else public
    site.get(path)
    assert (site.get(path).headers["x-cache"] == "Hit from cloudfront") is hit


def test_what_is_served_with_an_object(s3: Any, site: Site) -> None:
    answer = site.get()
    assert answer.body == FILM
    expected = {"content-type": "video/mp4", "content-length": str(len(FILM)), "etag": ETAG, "accept-ranges": "bytes"}
    assert {name: answer.headers.get(name) for name in expected} == expected
    assert answer.headers["via"].endswith("(CloudFront)")
    assert {"x-amz-cf-id", "x-amz-cf-pop", "last-modified"} <= set(answer.headers)
    head = site.get(method="HEAD")
    assert (head.status, head.body) == (200, b"")
    assert {name: head.headers.get(name) for name in expected} == expected


@pytest.mark.parametrize(
    ("asked", "status", "first", "last"),
    [
        ("bytes=0-0", 206, 0, 0),
        ("bytes=100-199", 206, 100, 199),
        ("bytes=2000-", 206, 2000, 2047),
        ("bytes=-48", 206, 2000, 2047),
        ("bytes=0-99999", 206, 0, 2047),
        ("bytes=9-1", 200, 0, 2047),
    ],
)
def test_ranges(site: Site, asked: str, status: int, first: int, last: int) -> None:
    answer = site.get(headers={"Range": asked})
    assert (answer.status, answer.body) == (status, FILM[first : last + 1])
    assert answer.headers["content-length"] == str(last - first + 1)
    if status == 206:
        assert answer.headers["content-range"] == f"bytes {first}-{last}/2048"
    head = site.get(method="HEAD", headers={"Range": asked})
    assert (head.status, head.headers["content-length"]) == (status, str(last - first + 1))


def test_a_range_past_the_end(site: Site) -> None:
    answer = site.get(headers={"Range": "bytes=2048-"})
    assert (answer.status, answer.code) == (416, "InvalidRange")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"If-None-Match": ETAG}, 304),
        ({"If-None-Match": f'"x", {ETAG}'}, 304),
        ({"If-None-Match": f"W/{ETAG}"}, 304),
        ({"If-None-Match": '"x"'}, 200),
        ({"If-Modified-Since": COMING}, 304),
        ({"If-Modified-Since": OLD}, 200),
        ({"If-Modified-Since": "yesterday"}, 200),
        ({"If-Match": '"x"'}, 412),
        ({"If-Unmodified-Since": OLD}, 412),
        ({"Range": "bytes=0-1", "If-Range": ETAG}, 206),
        ({"Range": "bytes=0-1", "If-Range": '"x"'}, 200),
        ({"Range": "bytes=0-1", "If-Range": OLD}, 200),
        ({"Range": "bytes=0-1", "If-None-Match": ETAG}, 304),
    ],
)
def test_conditions(site: Site, headers: dict[str, str], status: int) -> None:
    answer = site.get(headers=headers)
    assert answer.status == status
    if status == 304:
        assert (answer.body, answer.headers["etag"], "content-length" in answer.headers) == (b"", ETAG, False)


def test_keys_come_decoded_once(s3: Any, public: Site) -> None:
    for key, path in (("ü 1.txt", "/%C3%BC%201.txt"), ("50%.txt", "/50%25.txt"), ("a+b", "/a+b"), ("..", "/%2e%2e")):
        s3.put_object(Bucket=public.bucket, Key=key, Body=key.encode())
        assert public.get(path).body == key.encode()
    assert public.get("/%ff").code == "InvalidURI"


def test_methods(public: Site, publish: Publish, uncached: Site) -> None:
    for method in ("PUT", "POST", "DELETE", "OPTIONS"):
        assert (public.get(method=method).status, public.get(method=method).code) == (403, "AccessDenied")
    everything = publish(behavior=allowed(*EVERY_METHOD))
    assert everything.get(method="DELETE").status == 403  # the sandbox's edge only reads


@pytest.mark.parametrize(
    ("policy", "secure", "status"),
    [("allow-all", False, 403), ("https-only", False, 403), ("redirect-to-https", False, 301), ("redirect-to-https", True, 403)],
)
def test_viewer_protocol(publish: Publish, policy: str, secure: bool, status: int) -> None:
    site = publish(behavior={"ViewerProtocolPolicy": policy})
    answer = site.get("/a?b=c", headers={"X-Forwarded-Proto": "https"} if secure else {})
    assert answer.status == status
    posted = site.get("/a?b=c", "POST", headers={"X-Forwarded-Proto": "https"} if secure else {})
    assert posted.status == (307 if status == 301 else 403)
    if status == 301:
        assert answer.headers["location"] == f"https://{site.domain}:{site.port}/a?b=c"
        assert answer.headers["x-cache"] == "Redirect from cloudfront"
    else:
        assert (b"HTTPS" in answer.body) is (policy == "https-only")


def test_the_default_root_object(s3: Any, publish: Publish, public: Site, uncached: Site, media: str) -> None:
    s3.put_object(Bucket=media, Key="site/index.html", Body=b"<p>", ContentType="text/html")
    site = publish(access="oac", origin={"OriginPath": "/site"}, DefaultRootObject="index.html")
    allow(s3, media, service_may_read(media, site.arn, public.arn, uncached.arn))
    root = site.get("/")
    assert (root.body, root.headers["content-type"]) == (b"<p>", "text/html")
    assert site.get("/sub/").status == 403  # a folder has none


def test_cors_comes_from_the_bucket_where_the_origin_is_passed_on(s3: Any, publish: Publish, public: Site, uncached: Site) -> None:
    rule = {"AllowedOrigins": ["https://app.example.com"], "AllowedMethods": ["GET"], "AllowedHeaders": ["range"]}
    s3.put_bucket_cors(Bucket=public.bucket, CORSConfiguration={"CORSRules": [rule]})
    good, evil = {"Origin": "https://app.example.com"}, {"Origin": "https://evil.example"}
    for site in (public, public, uncached):
        assert site.get(headers=good).headers["access-control-allow-origin"] == "https://app.example.com"
        assert "access-control-allow-origin" not in site.get(headers=evil).headers
        assert site.get("/missing", headers=good).headers["access-control-allow-origin"] == "https://app.example.com"
    asked = {"Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "range"}
    assert uncached.get(method="OPTIONS", headers=good | asked).status == 200
    assert uncached.get(method="OPTIONS", headers=evil | asked).code == "AccessForbidden"
    silent = publish(
        behavior={"OriginRequestPolicyId": "acba4595-bd28-49b8-b9fe-13317c0390fa", **allowed("GET", "HEAD", "OPTIONS")}
    )
    assert "access-control-allow-origin" not in silent.get(headers=good).headers
    assert silent.get(method="OPTIONS", headers=good | asked).status == 400
    s3.delete_bucket_cors(Bucket=public.bucket)
    with refused("NoSuchCORSConfiguration"):
        s3.get_bucket_cors(Bucket=public.bucket)
