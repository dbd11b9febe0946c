"""Standard logs in a bucket. Source: Developer Guide, "Standard logging reference"."""

from __future__ import annotations

import gzip
import re
from typing import Any

from tests.conftest import wait_until
from tests.integration.sandbox.conftest import make_bucket
from tests.integration.sandbox.edge.conftest import Publish, Site


def logging(bucket: str, prefix: str = "logs/", *, cookies: bool = False) -> dict[str, Any]:
    domain = f"{bucket}.s3.amazonaws.com"
    return {"Logging": {"Enabled": True, "IncludeCookies": cookies, "Bucket": domain, "Prefix": prefix}}


def delivered(s3: Any, bucket: str, site: Site, lines: int) -> list[dict[str, str]]:
    """The distribution's log, one entry a request, once it has so many."""
    found: list[dict[str, str]] = []

    def complete() -> bool:
        found.clear()
        for item in s3.list_objects_v2(Bucket=bucket).get("Contents", []):
            if site.id in item["Key"]:
                name = rf"logs/{site.id}\.\d{{4}}-\d\d-\d\d-\d\d\.[0-9a-f]{{8}}\.gz"
                assert re.fullmatch(name, item["Key"])
                version, fields, *rest = (
                    gzip.decompress(s3.get_object(Bucket=bucket, Key=item["Key"])["Body"].read()).decode().splitlines()
                )
                assert version == "#Version: 1.0"
                names = fields.removeprefix("#Fields: ").split(" ")
                assert len(names) == 33
                found.extend(dict(zip(names, line.split("\t"), strict=True)) for line in rest)
        return len(found) >= lines

    wait_until(complete, seconds=10, what="the log")
    return found


def test_each_request_is_a_line(s3: Any, publish: Publish, opened: str) -> None:
    logs = make_bucket(s3, ownership="BucketOwnerPreferred")
    s3.put_object(Bucket=opened, Key="a b", Body=b"0123456789", ContentType="text/plain")
    site, silent = publish(opened, **logging(logs)), publish(opened)
    headers = {"User-Agent": "a\tviewer", "Referer": "https://example.com/ü".encode().decode("latin-1"), "Cookie": "secret=1"}
    site.get("/a%20b?q=1", headers=headers)
    site.get("/a%20b?q=1", headers={"Range": "bytes=2-4"})
    site.get("/missing", headers={"X-Forwarded-Proto": "https"})
    silent.get("/a%20b")
    first, second, third = delivered(s3, logs, site, 3)
    expected = {
        "c-ip": "127.0.0.1",
        "cs-method": "GET",
        "cs(Host)": site.domain,
        "x-host-header": f"{site.domain}:{site.port}",
        "cs-uri-stem": "/a%20b",
        "cs-uri-query": "q=1",
        "sc-status": "200",
        "sc-content-type": "text/plain",
        "sc-content-len": "10",
        "cs(User-Agent)": "a%09viewer",
        "cs(Cookie)": "-",
        "cs-protocol": "http",
        "x-edge-result-type": "Miss",
        "sc-range-start": "-",
    }
    assert {name: first[name] for name in expected} == expected
    assert "\t" not in first["cs(Referer)"]
    assert (second["x-edge-result-type"], second["sc-range-start"], second["sc-range-end"]) == ("Hit", "2", "4")
    assert (third["sc-status"], third["x-edge-result-type"], third["cs-protocol"]) == ("404", "Error", "https")
    assert not [item for item in s3.list_objects_v2(Bucket=logs)["Contents"] if silent.id in item["Key"]]


def test_cookies_are_written_only_where_that_is_wanted(s3: Any, publish: Publish, opened: str) -> None:
    logs = make_bucket(s3, ownership="ObjectWriter")
    site = publish(opened, **logging(logs, cookies=True))
    site.get("/x", headers={"Cookie": "a=1; b=2"})
    assert delivered(s3, logs, site, 1)[0]["cs(Cookie)"] == "a=1;%20b=2"


def test_a_bucket_without_acls_takes_no_logs(s3: Any, publish: Publish, opened: str) -> None:
    closed, open_ = make_bucket(s3), make_bucket(s3, ownership="BucketOwnerPreferred")
    refused, taken = publish(opened, **logging(closed)), publish(opened, **logging(open_))
    refused.get("/x")
    taken.get("/x")
    delivered(s3, open_, taken, 1)
    assert s3.list_objects_v2(Bucket=closed)["KeyCount"] == 0
