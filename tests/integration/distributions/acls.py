"""Who may read an object by its ACL, as S3 tells it; and what tests do to files and buckets from outside."""

from __future__ import annotations

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx

from cdnadmin.accounts.models import Bucket
from cdnadmin.operations.models import Operation
from distributions.models import Distribution
from tests.conftest import RunningSandbox

EVERYBODY = "http://acs.amazonaws.com/groups/global/AllUsers"
FRIEND = "f" * 64


def grants(s3: Any, bucket: Bucket, key: str) -> set[tuple[str, str]]:
    """Who beside the owner."""
    answer = s3.get_object_acl(Bucket=bucket.name, Key=key)
    named = {(each["Grantee"].get("ID") or each["Grantee"]["URI"], each["Permission"]) for each in answer["Grants"]}
    own = (answer["Owner"]["ID"], "FULL_CONTROL")
    assert own in named, "its owner keeps it"
    return named - {own}


def outside(sandbox: RunningSandbox, bucket: Bucket, key: str) -> int:
    """What a stranger meets who goes straight to S3."""
    return httpx.get(f"{sandbox.url}/{bucket.name}/{key}").status_code


def block(s3: Any, bucket: Bucket, **switches: bool) -> None:
    names = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    wanted = {name: switches.get(name, False) for name in names}
    s3.put_public_access_block(Bucket=bucket.name, PublicAccessBlockConfiguration=wanted)


def own(s3: Any, bucket: Bucket, ownership: str) -> None:
    s3.put_bucket_ownership_controls(Bucket=bucket.name, OwnershipControls={"Rules": [{"ObjectOwnership": ownership}]})


def put(s3: Any, site: Distribution, paths: list[str], **more: Any) -> list[str]:
    keys = [f"{site.prefix}{path}" for path in paths]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda key: s3.put_object(Bucket=site.own_bucket.name, Key=key, Body=b"x", **more), keys))
    return keys


def reader(site: Distribution) -> tuple[str, str]:
    assert site.origin_access is not None
    return site.origin_access.canonical_user_id, "READ"


def put_acls(sandbox: RunningSandbox, bucket: Bucket) -> Counter[str]:
    """How often each key's ACL was written, as AWS counts it."""
    lines = [json.loads(line) for line in httpx.get(f"{sandbox.url}/_sandbox/writes").text.splitlines()]
    found = Counter(line["resource"] for line in lines if line["operation"] == "PutObjectAcl")
    return Counter({key: count for key, count in found.items() if key.startswith(f"{bucket.name}/")})


def counted(operation: Operation) -> dict[str, int]:
    return {kind: operation.data["grants"][kind] for kind in ("looked", "mended", "right", "gone", "left")}
