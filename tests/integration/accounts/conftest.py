"""People of each role, and accounts of the sandbox."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from cdnadmin.accounts.models import AwsAccount, Role, User
from cdnadmin.accounts.services.aws_accounts import create_aws_account, ensure_sandbox_account
from tests.conftest import RunningSandbox

PASSWORD = "a long pass phrase"


@pytest.fixture
def person() -> Callable[[Role], User]:
    return lambda role: User.objects.create_user(f"{role}@example.org", PASSWORD, name=f"Some {role}", role=role)


@pytest.fixture
def administrator(person: Callable[[Role], User]) -> User:
    return person(Role.ADMINISTRATOR)


@pytest.fixture
def account(sandbox: RunningSandbox) -> AwsAccount:
    return ensure_sandbox_account(url=sandbox.url)


def connect(url: str, *, label: str = "Ours", key: str = "sandbox", secret: str = "sandbox") -> AwsAccount:
    return create_aws_account(actor=None, label=label, endpoint_url=url, access_key_id=key, secret_access_key=secret)


def inject(sandbox: RunningSandbox, **fault: object) -> None:
    httpx.post(f"{sandbox.url}/_sandbox/faults", json=fault).raise_for_status()
