"""What is compressed for whom. Source: Developer Guide, "Serve compressed files"."""

from __future__ import annotations

import gzip
import hashlib
from typing import Any

import pytest

from tests.integration.sandbox.conftest import Answer, fresh
from tests.integration.sandbox.edge.conftest import Publish, Site, cache_policy, invalidate, legacy

TEXT = b"a line of text that repeats\n" * 100


@pytest.fixture(scope="module")
def sites(cloudfront: Any, publish: Publish, opened: str) -> dict[str, Site]:
    on = {"Compress": True}
    return {
        "managed": publish(opened, behavior=on),
        "legacy": publish(opened, behavior={**on, **legacy()}),
        "own": publish(opened, behavior={**on, "CachePolicyId": cache_policy(cloudfront, gzip=True)}),
        "policy without gzip": publish(opened, behavior={**on, "CachePolicyId": cache_policy(cloudfront)}),
        "off": publish(opened, behavior={"Compress": False}),
    }


def put(s3: Any, site: Site, body: bytes = TEXT, kind: str = "text/plain", **more: Any) -> str:
    key = fresh()
    s3.put_object(Bucket=site.bucket, Key=key, Body=body, ContentType=kind, **more)
    return f"/{key}"


def ask(site: Site, path: str, accepted: str = "gzip, br", **headers: str) -> Answer:
    return site.get(path, headers={**({"Accept-Encoding": accepted} if accepted else {}), **headers})


@pytest.mark.parametrize("name", ["managed", "legacy", "own"])
def test_a_viewer_who_takes_gzip_gets_it_and_another_does_not(s3: Any, sites: dict[str, Site], name: str) -> None:
    site, path = sites[name], put(s3, sites[name])
    for cached in ("Miss", "Hit"):
        packed, plain = ask(site, path), ask(site, path, "")
        assert gzip.decompress(packed.body) == plain.body == TEXT
        assert packed.headers["content-encoding"] == "gzip"
        assert int(packed.headers["content-length"]) == len(packed.body) < 1000
        assert "Accept-Encoding" in packed.headers["vary"]
        assert packed.headers["etag"] == f'W/"{hashlib.md5(TEXT).hexdigest()}"'
        assert "content-encoding" not in plain.headers
        assert {answer.headers["x-cache"] for answer in (packed, plain)} == {f"{cached} from cloudfront"}
    again = ask(site, path, **{"If-None-Match": ask(site, path).headers["etag"]})
    assert (again.status, again.body) == (304, b"")
    part = ask(site, path, Range="bytes=0-9")
    assert (part.status, part.body) == (206, TEXT[:10])  # a part is of the object as it is


def test_who_comes_first_does_not_decide_for_the_next(s3: Any, sites: dict[str, Site]) -> None:
    for order in (("", "gzip", ""), ("gzip", "", "gzip")):
        path = put(s3, sites["managed"])
        assert ["content-encoding" in ask(sites["managed"], path, accepted).headers for accepted in order] == [
            accepted == "gzip" for accepted in order
        ]


@pytest.mark.parametrize("accepted", ["", "identity", "br", "gzip;q=0", "gzip; q=0.0", "deflate"])
def test_who_does_not_take_gzip(s3: Any, sites: dict[str, Site], accepted: str) -> None:
    answer = ask(sites["managed"], put(s3, sites["managed"]), accepted)
    assert ("content-encoding" in answer.headers, answer.body) == (False, TEXT)


@pytest.mark.parametrize("name", ["policy without gzip", "off"])
def test_where_it_is_off(s3: Any, sites: dict[str, Site], name: str) -> None:
    assert "content-encoding" not in ask(sites[name], put(s3, sites[name])).headers


@pytest.mark.parametrize(
    ("body", "kind", "more", "packed"),
    [
        (TEXT, "application/vnd.apple.mpegurl", {}, True),
        (TEXT, "text/html; charset=utf-8", {}, True),
        (TEXT, "image/svg+xml", {}, True),
        (TEXT, "video/mp4", {}, False),
        (TEXT, "image/png", {}, False),
        (b"x" * 999, "text/plain", {}, False),
        (b"x" * 1000, "text/plain", {}, True),
        (b"x" * 10_000_000, "text/plain", {}, True),
        (b"x" * 10_000_001, "text/plain", {}, False),
        (TEXT, "text/plain", {"ContentEncoding": "identity"}, False),
    ],
)
def test_what_is_compressed(s3: Any, sites: dict[str, Site], body: bytes, kind: str, more: dict[str, Any], packed: bool) -> None:
    site = sites["managed"]
    path = put(s3, site, body, kind, **more)
    for _ in range(2):
        answer = ask(site, path)
        assert (answer.headers.get("content-encoding") == "gzip") is packed
        assert (gzip.decompress(answer.body) if packed else answer.body) == body


def test_what_is_not_compressed_is_kept_once_for_all(s3: Any, sites: dict[str, Site]) -> None:
    path = put(s3, sites["managed"], kind="video/mp4")
    assert ask(sites["managed"], path).headers["x-cache"] == "Miss from cloudfront"
    assert ask(sites["managed"], path, "").headers["x-cache"] == "Hit from cloudfront"


def test_an_invalidation_takes_both(cloudfront: Any, s3: Any, sites: dict[str, Site]) -> None:
    site, path = sites["managed"], put(s3, sites["managed"])
    for accepted in ("gzip", ""):
        ask(site, path, accepted)
    invalidate(cloudfront, site, path)
    assert [ask(site, path, accepted).headers["x-cache"] for accepted in ("gzip", "")] == ["Miss from cloudfront"] * 2
