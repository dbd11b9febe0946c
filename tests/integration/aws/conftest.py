"""Connections to the sandbox, its faults and its log of writes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import httpx
import pytest

from cdnadmin.aws import keys
from cdnadmin.aws.session import Connection, cloudfront
from tests.conftest import RunningSandbox


@dataclass(frozen=True)
class Cloud:
    """The sandbox as tests of `cdnadmin.aws` see it. `impatient` has botocore try once."""

    url: str

    @property
    def connection(self) -> Connection:
        return Connection("us-east-1", self.url, "sandbox", "sandbox")

    @property
    def impatient(self) -> Connection:
        return replace(self.connection, impatient=True)

    def inject(self, **fault: object) -> None:
        httpx.post(f"{self.url}/_sandbox/faults", json=fault).raise_for_status()

    def writes(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in httpx.get(f"{self.url}/_sandbox/writes").text.splitlines()]


@pytest.fixture
def cloud(sandbox: RunningSandbox) -> Iterator[Cloud]:
    httpx.delete(f"{sandbox.url}/_sandbox/faults").raise_for_status()
    made = Cloud(sandbox.url)
    yield made
    httpx.delete(f"{sandbox.url}/_sandbox/faults").raise_for_status()
    # CloudFront takes ten key groups and public keys of an account, and the sandbox is that strict.
    client = cloudfront(made.connection)
    for group in client.list_key_groups()["KeyGroupList"].get("Items", []):
        if group["KeyGroup"]["KeyGroupConfig"]["Name"].startswith("faults-"):
            seen = keys.get_key_group(made.connection, id=group["KeyGroup"]["Id"])
            keys.delete_key_group(made.connection, id=seen.id, etag=seen.etag)
    for item in client.list_public_keys()["PublicKeyList"].get("Items", []):
        if item["Name"].startswith("faults-"):
            keys.delete_public_key(made.connection, id=item["Id"], etag=keys.get_public_key(made.connection, id=item["Id"]).etag)
