"""A sandbox of these tests' own, asked over boto3 and over plain HTTP.

Its own, because quotas (10 public keys, 10 key groups) and injected faults are the account's: other tests' leftovers
would decide here.
"""

from __future__ import annotations

import http.client
import re
import subprocess
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import boto3
import httpx
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.conftest import RunningSandbox, start_sandbox

Started = tuple[subprocess.Popen[bytes], RunningSandbox]


@pytest.fixture(scope="session")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Started]:
    process, running = start_sandbox(tmp_path_factory.mktemp("sandbox-rules"))
    yield process, running
    process.terminate()
    process.wait(timeout=10)


@pytest.fixture(scope="session")
def sandbox(started: Started) -> RunningSandbox:
    return started[1]


@pytest.fixture(scope="session")
def slow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSandbox]:
    """A sandbox where a change takes a second: long enough to look at it on its way."""
    process, running = start_sandbox(tmp_path_factory.mktemp("sandbox-slow"), propagation=1)
    yield running
    process.terminate()
    process.wait(timeout=10)


def connect(sandbox: RunningSandbox, service: str, **changes: Any) -> Any:
    """A boto3 client that tries once, so that a refusal is seen as it came."""
    options = {"aws_access_key_id": "sandbox", "aws_secret_access_key": "sandbox", "region_name": "us-east-1", **changes}
    config = Config(signature_version="s3v4" if service == "s3" else None, retries={"total_max_attempts": 1})
    make: Any = boto3.client
    return make(service, endpoint_url=sandbox.url, config=config, **options)


@pytest.fixture(scope="session")
def s3(sandbox: RunningSandbox) -> Any:
    return connect(sandbox, "s3")


@pytest.fixture(scope="session")
def cloudfront(sandbox: RunningSandbox) -> Any:
    return connect(sandbox, "cloudfront")


def fresh(kind: str = "name") -> str:
    return f"{kind}-{uuid.uuid4().hex[:12]}"


def make_bucket(s3: Any, *, ownership: str = "BucketOwnerEnforced", block: bool = True) -> str:
    """A new bucket; `block=False` takes Block Public Access off."""
    name = fresh("bucket")
    s3.create_bucket(Bucket=name, ObjectOwnership=ownership)
    if not block:
        s3.delete_public_access_block(Bucket=name)
    return name


@pytest.fixture(scope="module")
def bucket(s3: Any) -> str:
    return make_bucket(s3)


@contextmanager
def refused(code: str, status: int | None = None) -> Iterator[dict[str, Any]]:
    """The call inside must be refused with this code; gives the parsed error, filled in afterwards."""
    answer: dict[str, Any] = {}
    with pytest.raises(ClientError) as caught:
        yield answer
    answer.update(caught.value.response)
    assert answer["Error"]["Code"] == code, answer["Error"]
    if status is not None:
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == status


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def code(self) -> str:
        """The code of an error's document; "" where there is none."""
        found = re.search(rb"<Code>(\w+)</Code>", self.body)
        return found.group(1).decode() if found else ""


Ask = Callable[..., Answer]


@pytest.fixture(scope="session")
def ask(sandbox: RunningSandbox) -> Ask:
    """Send exactly this path, as no HTTP library would leave it: ask(path, method="GET", host=…, headers=…, body=…)."""

    def send(path: str, method: str = "GET", *, host: str = "", headers: dict[str, str] | None = None, body: bytes = b"") -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", sandbox.port, timeout=20)
        try:
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            for name, value in {"Host": host or f"127.0.0.1:{sandbox.port}", **(headers or {})}.items():
                connection.putheader(name, value)
            if body and "Transfer-Encoding" not in (headers or {}):
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body or None)
            answer = connection.getresponse()
            return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
        finally:
            connection.close()

    return send


@pytest.fixture
def inject(sandbox: RunningSandbox) -> Iterator[Callable[..., None]]:
    """inject(service=…, operation=…, code=…): a fault for the next call; what was not used is taken back."""

    def add(**fault: Any) -> None:
        httpx.post(f"{sandbox.url}/_sandbox/faults", json=fault).raise_for_status()

    yield add
    httpx.delete(f"{sandbox.url}/_sandbox/faults").raise_for_status()
