"""docker-compose.yml as Docker Compose reads it: merged, and with the variables of a .env file put in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import yaml

from tests.conftest import ROOT

FILE = ROOT / "docker-compose.yml"
# What docs/deployment.md writes into .env.
ENV_FILE = {
    "SECRET_KEY": "s" * 64,
    "VAULT_KEY": "A" * 43 + "=",
    "POSTGRES_PASSWORD": "database-password",
    "PUBLIC_URL": "https://studio.example.org",
    "ALLOWED_HOSTS": "studio.example.org",
}
REFERENCE = re.compile(r"\$\{(\w+)(?::([-?])([^}]*))?\}")


class NotSet(Exception):
    """A variable that must be set is not."""


def interpolate(text: str, given: Mapping[str, str]) -> str:
    """`${NAME}`, `${NAME:-default}` and `${NAME:?sentence}`, as the Compose specification has them."""

    def value(match: re.Match[str]) -> str:
        name, mark, other = match.groups()
        if given.get(name):
            return given[name]
        if mark == "?":
            raise NotSet(f"{name} {other}")
        return other if mark == "-" else ""

    return REFERENCE.sub(value, text)


def services(given: Mapping[str, str] = ENV_FILE) -> dict[str, dict[str, Any]]:
    """Each service, with anchors merged and variables put in. Raises NotSet."""
    return {name: _put_in(service, given) for name, service in yaml.safe_load(FILE.read_text())["services"].items()}


def _put_in(value: Any, given: Mapping[str, str]) -> Any:
    """After YAML was read, as Compose does: an empty variable is an empty text, not nothing."""
    if isinstance(value, str):
        return interpolate(value, given)
    if isinstance(value, list):
        return [_put_in(each, given) for each in value]
    if isinstance(value, dict):
        return {key: _put_in(each, given) for key, each in value.items()}
    return value
