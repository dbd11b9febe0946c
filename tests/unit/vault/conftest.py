"""A vault with a master key of the test's own."""

from __future__ import annotations

import base64
import os
from collections.abc import Callable

import pytest
from pytest_django import Settings

from cdnadmin.vault.master_keys import MasterKey


def new_key() -> str:
    return base64.b64encode(os.urandom(32)).decode()


def id_of(key: str) -> str:
    return MasterKey(base64.b64decode(key)).id


@pytest.fixture
def master_key(settings: Settings) -> str:
    settings.VAULT_KEY = new_key()
    return str(settings.VAULT_KEY)


@pytest.fixture
def hold(settings: Settings) -> Callable[..., None]:
    """hold(key, …): from now on the vault has these master keys, in this order."""

    def set_keys(*keys: str, between: str = ",") -> None:
        settings.VAULT_KEY = between.join(keys)

    return set_keys
