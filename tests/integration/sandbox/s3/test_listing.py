"""Lists of objects. Source: S3 API Reference, "ListObjectsV2", "ListObjects"."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.integration.sandbox.conftest import make_bucket, refused

KEYS = ["a", "a b", "a/1", "a/2", "a/b/1", "b+c", "b/1", "z&<>", "ä/1", "日本"]


@pytest.fixture(scope="module")
def full(s3: Any) -> str:
    name = make_bucket(s3)
    for key in reversed(KEYS):
        s3.put_object(Bucket=name, Key=key, Body=key.encode())
    return name


def everything(s3: Any, call: str, bucket: str, **more: Any) -> tuple[list[str], list[str]]:
    """(keys, common prefixes) of all pages, each in the order given."""
    keys: list[str] = []
    prefixes: list[str] = []
    for page in s3.get_paginator(call).paginate(Bucket=bucket, **more):
        keys += [item["Key"] for item in page.get("Contents", [])]
        prefixes += [item["Prefix"] for item in page.get("CommonPrefixes", [])]
    return keys, prefixes


@pytest.mark.parametrize("call", ["list_objects_v2", "list_objects"])
@pytest.mark.parametrize("size", [1, 2, 3, 1000])
@pytest.mark.parametrize(
    ("asked", "keys", "prefixes"),
    [
        ({}, KEYS, []),
        ({"Prefix": "a"}, ["a", "a b", "a/1", "a/2", "a/b/1"], []),
        ({"Prefix": "a/"}, ["a/1", "a/2", "a/b/1"], []),
        ({"Prefix": "none"}, [], []),
        ({"Prefix": "日"}, ["日本"], []),
        ({"Delimiter": "/"}, ["a", "a b", "b+c", "z&<>", "日本"], ["a/", "b/", "ä/"]),
        ({"Prefix": "a/", "Delimiter": "/"}, ["a/1", "a/2"], ["a/b/"]),
        ({"Delimiter": " "}, [key for key in KEYS if key != "a b"], ["a "]),
    ],
)
def test_every_page_size_gives_the_same(
    s3: Any, full: str, call: str, size: int, asked: dict[str, str], keys: list[str], prefixes: list[str]
) -> None:
    assert everything(s3, call, full, PaginationConfig={"PageSize": size}, **asked) == (keys, prefixes)


def test_one_page(s3: Any, full: str) -> None:
    page = s3.list_objects_v2(Bucket=full, MaxKeys=4, Delimiter="/")
    assert (page["KeyCount"], page["MaxKeys"], page["IsTruncated"]) == (4, 4, True)
    item = s3.list_objects_v2(Bucket=full, Prefix="a/1")["Contents"][0]
    assert (item["Size"], item["StorageClass"]) == (3, "STANDARD")
    assert item["ETag"] == s3.head_object(Bucket=full, Key="a/1")["ETag"]
    empty = s3.list_objects_v2(Bucket=full, MaxKeys=0)
    assert (empty["KeyCount"], empty["IsTruncated"]) == (0, False)


@pytest.mark.parametrize(("after", "first"), [("a", "a b"), ("a/1", "a/2"), ("a/b", "a/b/1"), ("b", "b+c"), ("", "a")])
def test_starting_after_a_key(s3: Any, full: str, after: str, first: str) -> None:
    assert s3.list_objects_v2(Bucket=full, StartAfter=after)["Contents"][0]["Key"] == first
    assert s3.list_objects(Bucket=full, Marker=after)["Contents"][0]["Key"] == first


def test_the_old_list_gives_a_next_marker_only_with_a_delimiter(s3: Any, full: str) -> None:
    assert "NextMarker" not in s3.list_objects(Bucket=full, MaxKeys=1)
    page = s3.list_objects(Bucket=full, MaxKeys=3, Delimiter="/")
    assert page["NextMarker"] == "a/"
    assert s3.list_objects(Bucket=full, Marker="a/", Delimiter="/")["Contents"][0]["Key"] == "b+c"


def test_urls_encoding_on_request_only(s3: Any, full: str) -> None:
    def raw(**more: str) -> str:
        params = {"Bucket": full, "Prefix": "z", **more}
        return httpx.get(s3.generate_presigned_url("list_objects_v2", Params=params)).text

    assert "<Key>z%26%3C%3E</Key>" in raw(EncodingType="url")


@pytest.mark.parametrize(
    "asked", [{"MaxKeys": -1}, {"ContinuationToken": "not a token"}, {"ContinuationToken": ""}, {"EncodingType": "base64"}]
)
def test_lists_that_are_refused(s3: Any, full: str, asked: dict[str, Any]) -> None:
    with refused("InvalidArgument", 400):
        s3.list_objects_v2(Bucket=full, **asked)
