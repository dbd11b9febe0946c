"""Error pages, errors that are kept, and countries that are shut out.

Sources: Developer Guide, "Generate custom error responses", "Control how long CloudFront caches errors",
"How CloudFront processes HTTP 4xx and 5xx status codes from your origin", "Restrict the geographic distribution of your
content".
"""

from __future__ import annotations

from collections.abc import Callable
from http.server import ThreadingHTTPServer
from typing import Any

import pytest

from cdnadmin.signing import sign_url
from tests.conftest import wait_until
from tests.integration.sandbox.conftest import fresh, make_bucket
from tests.integration.sandbox.edge.conftest import Publish, Site, Trusted, listed
from tests.integration.sandbox.edge.origin_server import origin


def errors(*rules: dict[str, Any]) -> dict[str, Any]:
    return {"CustomErrorResponses": listed(*rules)}


def page(code: int, path: str, answered: int, **more: Any) -> dict[str, Any]:
    return {"ErrorCode": code, "ResponsePagePath": path, "ResponseCode": str(answered), **more}


def countries(kind: str, *codes: str) -> dict[str, Any]:
    return {"Restrictions": {"GeoRestriction": {"RestrictionType": kind, **listed(*codes)}}}


@pytest.fixture(scope="module")
def pages(s3: Any, opened: str) -> str:
    """The open bucket, with a page for what is not found."""
    s3.put_object(Bucket=opened, Key="errors/404.html", Body=b"<p>Nothing here.", ContentType="text/html")
    return opened


def test_an_error_page_in_place_of_an_error(publish: Publish, pages: str) -> None:
    kept, changed = (publish(pages, **errors(page(404, "/errors/404.html", answered))) for answered in (404, 200))
    plain = publish(pages)
    assert (plain.get("/missing").status, plain.get("/missing").code) == (404, "NoSuchKey")
    answer = kept.get("/missing")
    assert (answer.status, answer.body, answer.headers["content-type"]) == (404, b"<p>Nothing here.", "text/html")
    assert answer.headers["x-cache"] == "Error from cloudfront"
    assert (changed.get("/missing").status, changed.get("/missing").body) == (200, b"<p>Nothing here.")
    head = kept.get("/missing", "HEAD")
    assert (head.status, head.body) == (404, b"")
    conditional = kept.get("/missing", headers={"Range": "bytes=0-1", "If-None-Match": answer.headers["etag"]})
    assert (conditional.status, conditional.body) == (404, b"<p>Nothing here.")


def test_a_page_that_is_not_there_answers_with_the_status_of_its_origin(publish: Publish, pages: str) -> None:
    site = publish(pages, **errors(page(403, "/errors/403.html", 200)), **countries("whitelist", "FR"))
    answer = site.get("/")
    assert (answer.status, answer.code) == (404, "NoSuchKey")


def test_a_page_comes_by_the_behavior_of_its_own_path(s3: Any, publish: Publish, opened: str) -> None:
    elsewhere = make_bucket(s3, ownership="ObjectWriter", block=False)
    s3.put_object(Bucket=elsewhere, Key="errors/sorry", Body=b"sorry", ACL="public-read")
    site = publish(opened, **errors(page(404, "/errors/sorry", 404)))
    assert site.get("/missing").code == "NoSuchKey"
    origins = [
        {"Id": "s3", "DomainName": f"{opened}.s3.us-east-1.amazonaws.com", "S3OriginConfig": {"OriginAccessIdentity": ""}},
        {"Id": "pages", "DomainName": f"{elsewhere}.s3.us-east-1.amazonaws.com", "S3OriginConfig": {"OriginAccessIdentity": ""}},
    ]
    behavior = {"PathPattern": "/errors/*", "TargetOriginId": "pages", "ViewerProtocolPolicy": "https-only"}
    behavior["CachePolicyId"] = "658327ea-f89d-4fab-a63d-7e88639e58f6"
    site = publish(opened, Origins=listed(*origins), CacheBehaviors=listed(behavior), **errors(page(404, "/errors/sorry", 404)))
    assert (site.get("/missing").status, site.get("/missing").body) == (404, b"sorry")


def test_a_missing_signature_has_its_page_too_and_a_refusal_is_never_kept(
    s3: Any, publish: Publish, pages: str, trust: Callable[..., Trusted]
) -> None:
    trusted = trust()
    s3.put_object(Bucket=pages, Key="film", Body=b"film")
    site = publish(pages, groups=(trusted.group,), **errors(page(403, "/errors/404.html", 403, ErrorCachingMinTTL=600)))
    assert (site.get("/film").status, site.get("/film").body) == (403, b"<p>Nothing here.")
    url = sign_url(site.url("/film"), key_pair_id=trusted.id, signer=trusted.signer, expires=2_000_000_000)
    assert site.get(url.partition(str(site.port))[2]).body == b"film"


def test_an_error_is_kept_for_as_long_as_is_configured_and_no_other(s3: Any, publish: Publish, pages: str) -> None:
    kept = publish(pages, **errors({"ErrorCode": 404, "ErrorCachingMinTTL": 600}))
    brief = publish(pages, **errors(page(404, "/errors/404.html", 404, ErrorCachingMinTTL=1)))
    plain, key = publish(pages), fresh()
    for site in (kept, brief, plain):
        assert site.get(f"/{key}").status == 404
    s3.put_object(Bucket=pages, Key=key, Body=b"here now")
    assert (plain.get(f"/{key}").status, kept.get(f"/{key}").status, brief.get(f"/{key}").status) == (200, 404, 404)
    wait_until(lambda: brief.get(f"/{key}").status == 200, seconds=4, what="the end of the second")
    assert (kept.get(f"/{key}").status, kept.get(f"/{key}").headers["x-cache"]) == (404, "Error from cloudfront")


def test_an_error_to_head_is_no_answer_to_get(publish: Publish, server: ThreadingHTTPServer) -> None:
    site = publish(Origins=listed(origin(server.server_port)), behavior={"TargetOriginId": "web"},
                   **errors({"ErrorCode": 404, "ErrorCachingMinTTL": 600}))  # fmt: skip
    assert (site.get("/status/404", "HEAD").status, site.get("/status/404", "HEAD").body) == (404, b"")
    answer = site.get("/status/404")
    assert (answer.status, len(answer.body)) == (404, int(answer.headers["content-length"]))
    assert site.get("/status/404").body == answer.body


def test_a_403_is_kept_only_where_its_origin_says_so(s3: Any, publish: Publish) -> None:
    closed = make_bucket(s3, ownership="ObjectWriter", block=False)
    site = publish(closed, **errors({"ErrorCode": 403, "ErrorCachingMinTTL": 600}))
    assert site.get("/k").status == 403
    s3.put_object(Bucket=closed, Key="k", Body=b"x", ACL="public-read")
    assert site.get("/k").body == b"x"


@pytest.fixture(scope="module")
def by_country(publish: Publish, pages: str) -> dict[str, Site]:
    return {
        "whitelist": publish(pages, **countries("whitelist", "DE", "LI")),
        "blacklist": publish(pages, **countries("blacklist", "MC")),
        "none": publish(pages),
    }


@pytest.mark.parametrize(
    ("kind", "country", "status"),
    [
        ("whitelist", "LI", 200),
        ("whitelist", "li", 200),
        ("whitelist", "", 200),  # a viewer who says nothing is in Germany
        ("whitelist", "MC", 403),
        ("blacklist", "MC", 403),
        ("blacklist", "LI", 200),
        ("none", "MC", 200),
    ],
)
def test_countries(by_country: dict[str, Site], kind: str, country: str, status: int) -> None:
    answer = by_country[kind].get("/errors/404.html", headers={"X-Sandbox-Country": country} if country else {})
    assert answer.status == status
    if status == 403:
        assert answer.code == "AccessDenied"
        assert b"block access from your country" in answer.body
        assert answer.headers["x-cache"] == "Error from cloudfront"


def test_what_a_shut_out_viewer_meets_is_not_kept_for_others(by_country: dict[str, Site]) -> None:
    site = by_country["blacklist"]
    assert site.get("/errors/404.html").status == 200
    assert site.get("/errors/404.html", headers={"X-Sandbox-Country": "MC"}).status == 403
    assert site.get("/errors/404.html").status == 200
