"""Ordered behaviors: the first whose pattern fits is the request's. Sources: Developer Guide, "Path pattern", "Cache
behavior settings"."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.sandbox.cloudfront.conftest import CACHING_OPTIMIZED
from tests.integration.sandbox.conftest import make_bucket
from tests.integration.sandbox.edge.conftest import Publish, Site, listed


def behavior(pattern: str, target: str, protocol: str = "allow-all", **more: Any) -> dict[str, Any]:
    named = {"PathPattern": pattern, "TargetOriginId": target, "ViewerProtocolPolicy": protocol}
    return {**named, "CachePolicyId": CACHING_OPTIMIZED, **more}


def bucket_origin(bucket: str, id: str, path: str = "") -> dict[str, Any]:
    domain = f"{bucket}.s3.us-east-1.amazonaws.com"
    return {"Id": id, "DomainName": domain, "S3OriginConfig": {"OriginAccessIdentity": ""}, "OriginPath": path}


PATHS = [
    "a.jpg",
    "images/a.jpg",
    "images/b.png",
    "images/deep/a.jpg",
    "video1.mp4",
    "video10.mp4",
    "A.JPG",
    "secure/x",
    "api/x",
    "b.gif",
]


@pytest.fixture(scope="module")
def site(s3: Any, publish: Publish) -> Site:
    """A bucket where the folder that answers says which behavior was met."""
    bucket = make_bucket(s3, ownership="ObjectWriter", block=False)
    folders = ["default", "deep", "jpg", "images", "video", "gif"]
    for folder in folders:
        for path in PATHS:
            s3.put_object(Bucket=bucket, Key=f"{folder}/{path}", Body=folder.encode(), ACL="public-read")
    origins = [bucket_origin(bucket, "s3", "/default"), *(bucket_origin(bucket, folder, f"/{folder}") for folder in folders[1:])]
    ordered = [
        behavior("images/*/*", "deep"),
        behavior("*.jpg", "jpg"),
        behavior("/images/*", "images"),
        behavior("video?.mp4", "video"),
        behavior("secure/*", "s3", "https-only"),
        behavior("api/*", "s3", "redirect-to-https"),
        behavior("?.gif", "gif"),
    ]
    return publish(bucket, Origins=listed(*origins), CacheBehaviors=listed(*ordered))


@pytest.mark.parametrize(
    ("path", "met"),
    [
        ("/a.jpg", "jpg"),
        ("/images/a.jpg", "jpg"),  # the earlier of two that fit
        ("/images/b.png", "images"),
        ("/images/deep/a.jpg", "deep"),  # a star takes slashes too, but the order decides
        ("/video1.mp4", "video"),
        ("/video10.mp4", "default"),  # ? is one character
        ("/A.JPG", "default"),  # patterns mind the case
        ("/b.gif", "gif"),
    ],
)
def test_the_first_that_fits_is_met(site: Site, path: str, met: str) -> None:
    assert site.get(path).body == met.encode()


def test_each_has_its_own_viewer_protocol(site: Site) -> None:
    assert site.get("/video10.mp4").status == 200
    assert site.get("/secure/x").status == 403
    assert site.get("/secure/x", headers={"X-Forwarded-Proto": "https"}).body == b"default"
    redirect = site.get("/api/x?y=1")
    assert (redirect.status, redirect.headers["location"]) == (301, f"https://{site.domain}:{site.port}/api/x?y=1")
    assert site.get("/api/x", headers={"X-Forwarded-Proto": "https"}).body == b"default"


def test_the_default_root_object_is_for_the_root_alone(s3: Any, publish: Publish, opened: str) -> None:
    for key in ("index.html", "sub/index.html"):
        s3.put_object(Bucket=opened, Key=key, Body=key.encode())
    site = publish(opened, DefaultRootObject="index.html")
    assert site.get("/").body == b"index.html"
    assert site.get("/?x=1").body == b"index.html"
    assert (site.get("/sub/").status, site.get("/sub").status, site.get("//").status) == (404, 404, 404)
