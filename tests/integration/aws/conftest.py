"""Connections to the sandbox, its faults and its log of writes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import httpx
import pytest

from cdnadmin.aws.session import Connection
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
    yield Cloud(sandbox.url)
    httpx.delete(f"{sandbox.url}/_sandbox/faults").raise_for_status()
