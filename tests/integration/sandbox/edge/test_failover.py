"""Origin groups: the second member stands in for the first. Source: Developer Guide, "Optimize high availability with
CloudFront origin failover"."""

from __future__ import annotations

import json
from http.server import ThreadingHTTPServer
from typing import Any

import pytest

from tests.conftest import free_port
from tests.integration.sandbox.conftest import fresh
from tests.integration.sandbox.edge.conftest import Publish, Site, listed
from tests.integration.sandbox.edge.origin_server import asked, origin

DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"


def grouped(publish: Publish, first: dict[str, Any], second: dict[str, Any], *codes: int, **more: Any) -> Site:
    group = {
        "Id": "both",
        "FailoverCriteria": {"StatusCodes": listed(*codes)},
        "Members": listed({"OriginId": first["Id"]}, {"OriginId": second["Id"]}),
    }
    allowed = {**listed("GET", "HEAD", "OPTIONS"), "CachedMethods": listed("GET", "HEAD")}
    behavior: dict[str, Any] = {"TargetOriginId": "both", "CachePolicyId": DISABLED, "AllowedMethods": allowed}
    behavior["OriginRequestPolicyId"] = None
    return publish(Origins=listed(first, second), OriginGroups=listed(group), behavior=behavior, **more)


@pytest.fixture
def spare(server: ThreadingHTTPServer) -> dict[str, Any]:
    """The second member: it answers at another path."""
    return origin(server.server_port, id="spare", OriginPath="/spare")


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_the_second_of_a_group_is_asked_on_the_codes_that_are_named(
    publish: Publish, server: ThreadingHTTPServer, spare: dict[str, Any], method: str
) -> None:
    site = grouped(publish, origin(server.server_port), spare, 500, 503)
    for status, again in ((503, True), (500, True), (404, False), (502, False)):
        asked(server).clear()
        answer = site.get(f"/status/{status}", method)
        paths = [f"/status/{status}", f"/spare/status/{status}"]
        assert asked(server) == (paths if again else paths[:1])
        assert answer.status == status
    asked(server).clear()
    assert site.get("/fine", method).status == 200
    assert asked(server) == ["/fine"]


@pytest.mark.parametrize("first", ["refused", "slow", "outside", "no bucket"])
def test_the_second_of_a_group_is_asked_when_the_first_is_not_reached(
    publish: Publish, server: ThreadingHTTPServer, spare: dict[str, Any], first: str
) -> None:
    members = {
        "refused": origin(free_port()),
        "slow": origin(server.server_port, OriginPath="/first"),
        "outside": origin(server.server_port, domain="example.com"),
        "no bucket": {
            "Id": "web",
            "DomainName": f"{fresh('nowhere')}.s3.us-east-1.amazonaws.com",
            "S3OriginConfig": {"OriginAccessIdentity": ""},
        },
    }
    site = grouped(publish, members[first], spare, {"slow": 504, "no bucket": 404}.get(first, 503))
    path = "/x" if first != "slow" else "/slow"
    answer = site.get(path)
    if first == "slow":
        assert answer.status == 504  # the second is slow, too
        assert asked(server)[-2:] == ["/first/slow", "/spare/slow"]
    else:
        assert json.loads(answer.body)["path"] == "/spare/x"


@pytest.mark.parametrize("first", ["refused", "slow"])
def test_a_first_that_is_not_reached_is_the_answer_unless_the_group_names_503_or_504(
    publish: Publish, server: ThreadingHTTPServer, spare: dict[str, Any], first: str
) -> None:
    refused, slow = origin(free_port()), origin(server.server_port, OriginPath="/first")
    site = grouped(publish, refused if first == "refused" else slow, spare, 500, 504 if first == "refused" else 503)
    asked(server).clear()
    answer = site.get("/x" if first == "refused" else "/slow")
    assert answer.status == (502 if first == "refused" else 504)
    assert not [path for path in asked(server) if path.startswith("/spare")]


def test_a_bucket_stands_in_for_a_server_and_keeps_its_own_rules(s3: Any, publish: Publish, opened: str) -> None:
    s3.put_object(Bucket=opened, Key="x", Body=b"from the bucket")
    bucket = {"Id": "s3", "DomainName": f"{opened}.s3.us-east-1.amazonaws.com", "S3OriginConfig": {"OriginAccessIdentity": ""}}
    rule = {"ErrorCode": 404, "ResponsePagePath": "/x", "ResponseCode": "200"}
    site = grouped(publish, origin(free_port()), bucket, 503, CustomErrorResponses=listed(rule))
    assert site.get("/x").body == b"from the bucket"
    assert (site.get("/missing").status, site.get("/missing").body) == (200, b"from the bucket")  # the second's error, its page
