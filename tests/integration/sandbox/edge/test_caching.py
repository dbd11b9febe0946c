"""How long an answer is kept, and for which requests it counts.

Sources: Developer Guide, "Manage how long content stays in the cache (expiration)", "Understand cache policies",
"Cache content based on query string parameters", "Invalidate files to remove content".
"""

from __future__ import annotations

import time
from email.utils import formatdate
from typing import Any

import pytest

from tests.conftest import wait_until
from tests.integration.sandbox.conftest import fresh
from tests.integration.sandbox.edge.conftest import Publish, Site, cache_policy, invalidate, legacy, listed

DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"


def is_hit(site: Site, path: str, **headers: str) -> bool:
    return (
        site.get(path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        .headers["x-cache"]
        .startswith("Hit")
    )


def put(s3: Any, bucket: str, *, path: str = "", body: bytes = b"x", **more: Any) -> str:
    path = path or f"/{fresh()}"
    s3.put_object(Bucket=bucket, Key=path[1:], Body=body, **more)
    return path


@pytest.fixture(scope="module")
def sites(cloudfront: Any, publish: Publish, opened: str) -> dict[str, Site]:
    """By what their TTLs are: minimum, default and maximum, in the two forms that there are."""
    found = {}
    for name, ttls in {"short": (0, 1, 1), "kept": (60, 60, 60), "plain": (0, 60, 600)}.items():
        found[name] = publish(opened, behavior={"CachePolicyId": cache_policy(cloudfront, ttls=ttls)})
        found[f"legacy {name}"] = publish(opened, behavior=legacy(ttls=ttls))
    found["default 0"] = publish(opened, behavior=legacy(ttls=(0, 0, 600)))
    found["off"] = publish(opened, behavior={"CachePolicyId": DISABLED})
    return found


PAST, SOON = formatdate(time.time() - 60, usegmt=True), formatdate(time.time() + 600, usegmt=True)


@pytest.mark.parametrize(
    ("site", "headers", "kept"),
    [
        ("plain", {}, True),
        ("plain", {"CacheControl": "no-store"}, False),
        ("plain", {"CacheControl": "private"}, False),
        ("plain", {"CacheControl": "no-cache"}, False),
        ("plain", {"CacheControl": "max-age=0"}, False),
        ("plain", {"CacheControl": "max-age=60, s-maxage=0"}, False),
        ("plain", {"CacheControl": "max-age=0, s-maxage=60"}, True),
        ("plain", {"Expires": SOON}, True),
        ("plain", {"Expires": PAST}, False),
        ("plain", {"Expires": PAST, "CacheControl": "max-age=60"}, True),
        ("kept", {"CacheControl": "no-store"}, True),
        ("kept", {"CacheControl": "max-age=0"}, True),
        ("kept", {"Expires": PAST}, True),
        ("default 0", {}, False),
        ("default 0", {"CacheControl": "max-age=60"}, True),
        ("off", {"CacheControl": "max-age=60"}, False),
    ],
)
def test_the_object_speaks_within_the_behaviors_ttls(
    s3: Any, sites: dict[str, Site], site: str, headers: dict[str, Any], kept: bool
) -> None:
    for name in {site, f"legacy {site}"} & set(sites):
        path = put(s3, sites[name].bucket, **headers)
        assert not is_hit(sites[name], path), name
        assert is_hit(sites[name], path) is kept, name


@pytest.mark.parametrize("form", ["short", "legacy short"])
@pytest.mark.parametrize("control", ["", "max-age=600"])
def test_after_the_maximum_the_origin_is_asked_again(s3: Any, sites: dict[str, Site], form: str, control: str) -> None:
    headers: dict[str, Any] = {"CacheControl": control} if control else {}
    path = put(s3, sites[form].bucket, **headers)
    sites[form].get(path)
    assert is_hit(sites[form], path)
    put(s3, sites[form].bucket, path=path, body=b"new")
    wait_until(lambda: sites[form].get(path).body == b"new", seconds=4, what="the end of the second")


QUERIES = ["color=red&size=1", "color=red&size=2", "color=blue&size=1"]


@pytest.mark.parametrize(
    ("queries", "legacy_form", "versions"),
    [
        ({"QueryStringBehavior": "none"}, {"QueryString": False}, 1),
        ({"QueryStringBehavior": "all"}, {"QueryString": True}, 3),
        (
            {"QueryStringBehavior": "whitelist", "QueryStrings": listed("color")},
            {"QueryString": True, "QueryStringCacheKeys": listed("color")},
            2,
        ),
        ({"QueryStringBehavior": "allExcept", "QueryStrings": listed("color")}, None, 2),
    ],
)
def test_query_strings_count_where_the_behavior_says_so(
    cloudfront: Any,
    s3: Any,
    publish: Publish,
    opened: str,
    queries: dict[str, Any],
    legacy_form: dict[str, Any] | None,
    versions: int,
) -> None:
    forms = [{"CachePolicyId": cache_policy(cloudfront, QueryStringsConfig=queries)}]
    forms += [legacy(**legacy_form)] if legacy_form else []
    for form in forms:
        site, path = publish(opened, behavior=form), put(s3, opened)
        hits = [is_hit(site, f"{path}?{query}") for query in QUERIES]
        assert hits.count(False) == versions
        assert all(is_hit(site, f"{path}?{query}") for query in QUERIES)
        signed = "&Expires=1&Signature=x&Key-Pair-Id=K&Hash-Algorithm=SHA256"
        assert is_hit(site, f"{path}?{QUERIES[0]}{signed}")  # a signature is never part of the key


def test_headers_and_cookies_count_where_the_behavior_says_so(cloudfront: Any, s3: Any, publish: Publish, opened: str) -> None:
    parts: dict[str, Any] = {
        "HeadersConfig": {"HeaderBehavior": "whitelist", "Headers": listed("X-Kind", "CloudFront-Viewer-Country")},
        "CookiesConfig": {"CookieBehavior": "whitelist", "Cookies": listed("lang")},
    }
    values: dict[str, Any] = {"Headers": listed("X-Kind", "CloudFront-Viewer-Country")}
    cookies = {"Forward": "whitelist", "WhitelistedNames": listed("lang")}
    for form in ({"CachePolicyId": cache_policy(cloudfront, **parts)}, legacy(**values, Cookies=cookies)):
        site, path = publish(opened, behavior=form), put(s3, opened)
        asked = [{}, {"X_Kind": "a"}, {"x_sandbox_country": "FR"}, {"Cookie": "lang=de"}]
        assert not any(is_hit(site, path, **headers) for headers in asked)
        assert all(is_hit(site, path, **headers) for headers in asked)
        assert is_hit(site, path, X_Other="b", Cookie="seen=1; lang=de")


def test_with_every_header_in_the_key_nothing_is_kept(s3: Any, publish: Publish, opened: str) -> None:
    site = publish(opened, behavior=legacy(Headers=listed("*")))
    path = put(s3, opened, CacheControl="max-age=60")
    assert [is_hit(site, path) for _ in range(3)] == [False] * 3


def test_an_invalidation_names_the_query_where_it_is_part_of_the_key(
    cloudfront: Any, s3: Any, publish: Publish, opened: str
) -> None:
    site, path = publish(opened, behavior=legacy(QueryString=True)), put(s3, opened)
    one, two = f"{path}?v=1", f"{path}?v=2"
    for queried in (one, two):
        site.get(queried)
    invalidate(cloudfront, site, path)
    assert (is_hit(site, one), is_hit(site, two)) == (True, True)
    invalidate(cloudfront, site, one)
    assert (is_hit(site, one), is_hit(site, two)) == (False, True)
    invalidate(cloudfront, site, f"{path}*")
    assert (is_hit(site, one), is_hit(site, two)) == (False, False)


def test_an_invalidation_is_its_distributions_alone_and_holds_for_what_was_kept_before(
    cloudfront: Any, s3: Any, sites: dict[str, Site]
) -> None:
    mine, other = sites["kept"], sites["legacy kept"]
    folder = f"/{fresh()}"
    paths = [put(s3, mine.bucket, path=f"{folder}/{name}") for name in ("a", "b", "deep/c")]
    for path in paths:
        assert not is_hit(mine, path)
        assert not is_hit(other, path)
    invalidate(cloudfront, mine, f"{folder}/*")
    assert [is_hit(mine, path) for path in paths] == [False] * 3
    assert [is_hit(other, path) for path in paths] == [True] * 3
    assert [is_hit(mine, path) for path in paths] == [True] * 3  # kept anew
    invalidate(cloudfront, mine, *(f"{folder}/{number}" for number in range(200)), paths[1])
    assert [is_hit(mine, path) for path in paths] == [True, False, True]
    invalidate(cloudfront, mine, "/*")
    assert [is_hit(mine, path) for path in paths] == [False] * 3


def test_a_custom_policy_changed_is_followed_once_it_is_at_the_edges(
    cloudfront: Any, s3: Any, publish: Publish, opened: str
) -> None:
    id = cache_policy(cloudfront, ttls=(0, 0, 0))
    site, path = publish(opened, behavior={"CachePolicyId": id}), put(s3, opened)
    assert [is_hit(site, path) for _ in range(2)] == [False, False]
    there = cloudfront.get_cache_policy(Id=id)
    config = there["CachePolicy"]["CachePolicyConfig"] | {"DefaultTTL": 60, "MaxTTL": 60}
    cloudfront.update_cache_policy(Id=id, IfMatch=there["ETag"], CachePolicyConfig=config)
    wait_until(lambda: is_hit(site, path), seconds=5, what="the policy at the edges")
