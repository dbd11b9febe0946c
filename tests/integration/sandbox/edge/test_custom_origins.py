"""Origins that are web servers.

Sources: Developer Guide, "Request and response behavior for custom origins", "Add custom headers to origin requests",
"Control origin timeouts and attempts".
"""

from __future__ import annotations

import json
import socket
import time
from http.server import ThreadingHTTPServer
from typing import Any

import pytest

from tests.conftest import free_port, wait_until
from tests.integration.sandbox.cloudfront.conftest import update
from tests.integration.sandbox.conftest import Answer, fresh
from tests.integration.sandbox.edge.conftest import Publish, Site, cache_policy, legacy, listed
from tests.integration.sandbox.edge.origin_server import asked, origin, serving

ALL_VIEWER = "216adef6-5c7f-47e4-b989-5492eafa07d3"
DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
NO_POLICY: dict[str, Any] = {"OriginRequestPolicyId": None}


def behind(
    publish: Publish, first: dict[str, Any], *others: dict[str, Any], behavior: dict[str, Any] | None = None, **more: Any
) -> Site:
    """A distribution over custom origins, the first of which its default behavior aims at."""
    changed = {"TargetOriginId": first["Id"], "CachePolicyId": DISABLED, **NO_POLICY, **(behavior or {})}
    return publish(Origins=listed(first, *others), behavior=changed, **more)


def seen(answer: Answer) -> dict[str, Any]:
    assert answer.status == 200, answer.body
    found: dict[str, Any] = json.loads(answer.body)
    return found


@pytest.fixture(scope="module")
def web(publish: Publish, server: ThreadingHTTPServer) -> Site:
    allowed = {**listed("GET", "HEAD", "OPTIONS"), "CachedMethods": listed("GET", "HEAD")}
    headers = listed({"HeaderName": "X-From", "HeaderValue": "cloudfront"}, {"HeaderName": "X-Own", "HeaderValue": "o"})
    first = origin(server.server_port, OriginPath="/base", CustomHeaders=headers)
    return behind(publish, first, behavior={"AllowedMethods": allowed})


def test_bare_bytes_in_a_path_reach_the_origin_encoded(web: Site) -> None:
    with socket.create_connection(("127.0.0.1", web.port), timeout=20) as viewer:
        viewer.sendall(f"GET /caf\u00e9?q=\u00e9 HTTP/1.1\r\nHost: {web.domain}\r\nConnection: close\r\n\r\n".encode())
        answer = b"".join(iter(lambda: viewer.recv(1 << 16), b""))
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert b'"/base/caf%C3%A9"' in answer


def test_what_an_origin_is_asked(web: Site) -> None:
    headers = {"User-Agent": "a viewer", "Cookie": "id=1", "Accept-Language": "de", "X-Own": "mine", "If-None-Match": '"x"'}
    got = seen(web.get("/a%20b/%2e%2e/c?q=1", headers=headers))
    assert (got["path"], got["method"]) == ("/base/a%20b/%2e%2e/c", "GET")
    expected = {
        "host": "localhost",
        "user-agent": "Amazon CloudFront",
        "x-from": "cloudfront",
        "x-own": "o",
        "if-none-match": '"x"',
    }
    assert {name: got["headers"].get(name) for name in expected} == expected
    assert got["headers"]["x-forwarded-for"] == "127.0.0.1"
    assert not {"cookie", "accept-language", "accept-encoding"} & set(got["headers"])
    assert seen(web.get("/", method="OPTIONS"))["method"] == "OPTIONS"
    head = web.get("/", "HEAD")
    assert (head.status, head.body, head.headers["content-type"]) == (200, b"", "application/json")


def test_what_a_viewer_gets_from_it(web: Site) -> None:
    answer = web.get("/x")
    assert (answer.headers["x-powered-by"], answer.headers["x-cache"]) == ("a server", "Miss from cloudfront")
    assert "set-cookie" not in answer.headers
    redirect = web.get("/status/302")
    assert (redirect.status, redirect.headers["location"]) == (302, "/elsewhere")
    assert seen(web.get("/chunked"))["path"] == "/base/chunked"
    assert len(web.get("/large").body) == 9_000_000
    for status in (404, 410, 500, 503):
        failed = web.get(f"/status/{status}")
        assert (failed.status, failed.headers["x-cache"]) == (status, "Error from cloudfront")
        assert b'"method": "GET"' in failed.body  # the origin's own


def test_policies_say_what_it_sees_of_the_viewer(publish: Publish, server: ThreadingHTTPServer) -> None:
    own = listed({"HeaderName": "X-Own", "HeaderValue": "the origin's"})
    everything = behind(publish, origin(server.server_port, CustomHeaders=own), behavior={"OriginRequestPolicyId": ALL_VIEWER})
    headers = {"User-Agent": "a viewer", "Cookie": "id=1", "X-Kind": "k", "X-Own": "mine", "X-Sandbox-Country": "FR"}
    answer = everything.get("/x?q=1&Signature=x", headers=headers)
    got = seen(answer)
    assert got["path"] == "/x?q=1"
    expected = {"user-agent": "a viewer", "cookie": "id=1", "x-kind": "k", "x-own": "the origin's"}
    expected["host"] = f"{everything.domain}:{everything.port}"
    assert {name: got["headers"].get(name) for name in expected} == expected
    assert "x-sandbox-country" not in got["headers"]
    assert answer.headers["set-cookie"] == "id=1"


def test_the_older_form_says_it_too(publish: Publish, server: ThreadingHTTPServer) -> None:
    form = legacy(
        QueryString=True,
        QueryStringCacheKeys=listed("kept"),
        Cookies={"Forward": "whitelist", "WhitelistedNames": listed("lang")},
        Headers=listed("Accept-Language", "CloudFront-Viewer-Country"),
    )
    site = behind(publish, origin(server.server_port), behavior=form)
    headers = {"Accept-Language": "de", "Accept": "text/html", "Cookie": "lang=de; id=1", "X-Kind": "k", "Referer": "r"}
    got = seen(site.get("/x?kept=1&other=2", headers=headers))
    assert got["path"] == "/x?kept=1&other=2"  # all go there, though only some count in the key
    expected = {"accept-language": "de", "cookie": "lang=de", "x-kind": "k", "cloudfront-viewer-country": "DE"}
    assert {name: got["headers"].get(name) for name in expected} == expected
    assert not {"accept", "referer"} & set(got["headers"])
    assert site.get("/x?kept=1&other=3", headers=headers).headers["x-cache"] == "Hit from cloudfront"
    assert site.get("/x?kept=2&other=2", headers=headers).headers["x-cache"] == "Miss from cloudfront"


def test_its_answers_are_kept_too(cloudfront: Any, publish: Publish, server: ThreadingHTTPServer) -> None:
    site = behind(publish, origin(server.server_port), behavior={"CachePolicyId": cache_policy(cloudfront)})
    for path in (f"/{fresh()}", "/status/302"):
        first, second = site.get(path), site.get(path)
        assert (first.headers["x-cache"], second.headers["x-cache"]) == ("Miss from cloudfront", "Hit from cloudfront")
        assert (first.status, first.body) == (second.status, second.body)
    path = f"/{fresh()}"
    whole = site.get(path).body
    part = site.get(path, headers={"Range": "bytes=0-3"})
    assert (part.status, part.body, part.headers["x-cache"]) == (206, whole[:4], "Hit from cloudfront")
    assert not {"etag", "last-modified", "x-amz-server-side-encryption"} & set(part.headers)
    assert site.get(path, headers={"If-None-Match": "*"}).status == 200  # what has no ETag has no such condition


def test_an_origin_that_fails_leaves_what_was_kept(cloudfront: Any, publish: Publish) -> None:
    with serving() as running:
        site = behind(publish, origin(running.server_port), behavior=legacy(ttls=(0, 1, 1)))
        kept = site.get("/a").body
    update(cloudfront, site.id, lambda config: config.update(Comment="the server is gone"))
    assert site.get("/b").status == 502
    wait_until(lambda: int(site.get("/a").headers["age"]) > 1, seconds=4, what="an age past the maximum TTL")
    answer = site.get("/a")
    assert (answer.status, answer.body) == (200, kept)


@pytest.mark.parametrize("domain", ["example.com", "localhost.example.com", "169.254.169.254.example", "metadata.internal"])
def test_nobody_outside_this_machine_is_asked(publish: Publish, server: ThreadingHTTPServer, domain: str) -> None:
    before = len(asked(server))
    answer = behind(publish, origin(server.server_port, domain=domain)).get("/x")
    assert (answer.status, answer.code, answer.headers["x-cache"]) == (502, "BadGateway", "Error from cloudfront")
    assert domain.encode() in answer.body
    assert b"localhost" in answer.body
    assert len(asked(server)) == before


def test_a_name_below_localhost_is_this_machine(publish: Publish, server: ThreadingHTTPServer) -> None:
    assert seen(behind(publish, origin(server.server_port, domain="api.localhost")).get("/x"))["headers"]["host"] == "api.localhost"


def test_what_can_not_be_had(publish: Publish, server: ThreadingHTTPServer) -> None:
    closed, port = origin(free_port()), server.server_port
    tls = origin(port, protocol="https-only")
    by_viewer = behind(publish, origin(port, protocol="match-viewer"))
    assert behind(publish, closed).get("/x").status == 502
    assert behind(publish, tls).get("/x").status == 502
    assert seen(by_viewer.get("/x"))["path"] == "/x"
    assert by_viewer.get("/x", headers={"X-Forwarded-Proto": "https"}).status == 502
    web = behind(publish, origin(port))
    began = time.monotonic()
    assert (web.get("/slow").status, web.get("/short").status) == (504, 502)
    assert 1 <= time.monotonic() - began < 2


def test_what_was_not_answered_is_asked_again_but_for_options(publish: Publish, server: ThreadingHTTPServer) -> None:
    allowed = {**listed("GET", "HEAD", "OPTIONS"), "CachedMethods": listed("GET", "HEAD")}
    site = behind(publish, origin(server.server_port, ConnectionAttempts=3), behavior={"AllowedMethods": allowed})
    for method, times in (("GET", 3), ("OPTIONS", 1)):
        path = f"/{fresh()}/short"
        assert site.get(path, method).status == 502
        assert asked(server).count(path) == times
    path = f"/{fresh()}/slow"
    assert site.get(path, "OPTIONS").status == 504
    assert asked(server).count(path) == 1


def test_a_distribution_that_is_its_own_origin_does_not_go_round(cloudfront: Any, publish: Publish, web: Site) -> None:
    site = behind(publish, origin(web.port))

    def itself(config: dict[str, Any]) -> None:
        config["Origins"]["Items"][0]["DomainName"] = site.domain

    update(cloudfront, site.id, itself)
    assert site.get("/x").status == 403

    def the_other(config: dict[str, Any]) -> None:
        config["Origins"]["Items"][0]["DomainName"] = web.domain

    update(cloudfront, site.id, the_other)
    assert seen(site.get("/x"))["path"] == "/base/x"
