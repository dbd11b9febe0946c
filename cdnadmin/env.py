"""Settings from the environment, typed; a wrong value stops the start with a sentence that names it.

`docs/settings.md` holds the table of all variables; a test compares it with `VARIABLES`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent
DEVELOPMENT_SECRET = "development-only-not-a-secret"  # noqa: S105  (refused in production)


@dataclass(frozen=True)
class Variable[T]:
    """One environment variable: its name, how its text is read, what it is without one."""

    name: str
    parse: Callable[[str], T]
    default: T
    about: str

    def read(self, environ: Mapping[str, str]) -> T:
        text = environ.get(self.name, "")
        if text == "":
            return self.default
        try:
            return self.parse(text)
        except ValueError as error:
            raise ImproperlyConfigured(f"{self.name}: {error}") from None


def boolean(text: str) -> bool:
    match text.lower():
        case "1" | "true" | "yes" | "on":
            return True
        case "0" | "false" | "no" | "off":
            return False
    raise ValueError(f"“{text}” is neither true nor false; write 1 or 0.")


def positive_integer(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise ValueError(f"“{text}” is not a whole number of 1 or more.")
    return int(text)


def seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise ValueError(f"“{text}” is not a number of seconds.") from None
    if not 0 <= value < 86_400:
        raise ValueError(f"“{text}” is not between 0 and 86,400 seconds.")
    return value


def words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())


def path(text: str) -> Path:
    return (BASE_DIR / text).resolve()


def redis_url(text: str) -> str:
    if not text.startswith(("redis://", "rediss://", "unix://")):
        raise ValueError("the address must begin with redis://, rediss:// or unix://.")
    if not _is_address(text):
        raise ValueError("its host or port is wrong (redis://:password@host:6379/0, the password percent-encoded).")
    return text


def database_url(text: str) -> str:
    if not text.startswith(("postgres://", "postgresql://", "sqlite://")):
        raise ValueError("the address must begin with postgresql:// or sqlite:// (postgresql://user:password@host/name).")
    if text.startswith("sqlite://"):
        if text == "sqlite://":
            raise ValueError("it names no file (sqlite:///var/lib/cdnadmin/cdnadmin.sqlite3).")
    elif not _is_address(text) or not urlsplit(text).path.strip("/"):
        raise ValueError(
            "its host, port or database name is wrong (postgresql://user:password@host:5432/name, the password percent-encoded)."
        )
    return text


def _is_address(text: str) -> bool:
    """Whether a URL's host and port can be read. Says no more: what can't be read may be part of a password."""
    try:
        parts = urlsplit(text)
        return parts.port is None or parts.port > 0
    except ValueError:
        return False


def dollars(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise ValueError(f"“{text}” is not a number of dollars.") from None
    if not 0 <= value < 1_000:
        raise ValueError(f"“{text}” is not between 0 and 1,000 dollars.")
    return value


def http_url(text: str) -> str:
    if not text.startswith(("http://", "https://")) or not _is_address(text) or not urlsplit(text).hostname:
        raise ValueError(f"“{text}” is not an http:// or https:// address.")
    return text.rstrip("/")


VARIABLES: dict[str, Variable[Any]] = {}


def _variable[T](name: str, parse: Callable[[str], T], default: T, about: str) -> Variable[T]:
    made = Variable(name, parse, default, about)
    VARIABLES[name] = made
    return made


PRODUCTION = _variable(
    "CDNADMIN_PRODUCTION", boolean, False, "1 where people rely on it: secret key, hosts and HTTPS become required"
)
SECRET_KEY = _variable("SECRET_KEY", str, DEVELOPMENT_SECRET, "Signs sessions and share links; 50 random characters")
NO_WORDS: tuple[str, ...] = ()
ALLOWED_HOSTS = _variable("ALLOWED_HOSTS", words, NO_WORDS, "Host names it answers to, with commas between them")
PUBLIC_URL = _variable("PUBLIC_URL", http_url, "", "Where people reach the dashboard, as in https://studio.example.org")
DATABASE_URL = _variable("DATABASE_URL", database_url, "", "postgresql://user:password@host/name; empty: SQLite in DATA_DIR")
REDIS_URL = _variable("REDIS_URL", redis_url, "", "Redis or Valkey for Celery; empty: `make run` starts its own")
DATA_DIR = _variable("DATA_DIR", path, BASE_DIR / "var", "Where data lies: database, staging, sandbox, master key")
VAULT_KEY = _variable("VAULT_KEY", str, "", "Master key of the vault, Base64 of 32 bytes; empty: the file VAULT_KEY_FILE")
VAULT_KEY_FILE = _variable(
    "VAULT_KEY_FILE",
    path,
    BASE_DIR / "var" / "master.key",
    "The vault's master key, mode 0600; made at the first start",
)
SANDBOX_URL = _variable("SANDBOX_URL", http_url, "", "Where a sandbox answers; its account is made at the first start")
PRIVATE_ENDPOINTS = _variable(
    "PRIVATE_ENDPOINTS",
    words,
    NO_WORDS,
    "In production: end points of AWS accounts inside the own network, as in minio.internal:9000, with commas between them",
)
STAGING_LIMIT_GB = _variable("STAGING_LIMIT_GB", positive_integer, 200, "Most gigabytes that uploads may hold in staging at once")
PROPAGATION_POLL_SECONDS = _variable(
    "PROPAGATION_POLL_SECONDS", seconds, 5.0, "How often changes under way at CloudFront are looked at"
)
INVALIDATION_FREE_PATHS = _variable(
    "INVALIDATION_FREE_PATHS", positive_integer, 1000, "Paths that an account may invalidate a month before AWS charges"
)
INVALIDATION_PRICE = _variable("INVALIDATION_PRICE", dollars, 0.005, "Dollars for each path beyond, as AWS's price list has it")
LOG_LEVEL = _variable("LOG_LEVEL", str, "INFO", "DEBUG, INFO, WARNING or ERROR")
# Read by the supervisor and the sandbox, which start before Django does.
PORT = _variable("PORT", positive_integer, 8000, "Port of the dashboard; set, it must be free; unset, the next free one is taken")
SANDBOX_PORT = _variable("SANDBOX_PORT", positive_integer, 9000, "Port of the sandbox, likewise")
SANDBOX_PROPAGATION_SECONDS = _variable(
    "SANDBOX_PROPAGATION_SECONDS", seconds, 15.0, "How long the sandbox takes to deploy a change"
)


@dataclass(frozen=True)
class Environment:
    """Every variable that Django's settings use, read and checked."""

    production: bool
    secret_key: str = field(repr=False)
    allowed_hosts: tuple[str, ...]
    public_url: str
    database_url: str = field(repr=False)
    redis_url: str = field(repr=False)
    data_dir: Path
    vault_key: str = field(repr=False)
    vault_key_file: Path
    sandbox_url: str
    private_endpoints: tuple[str, ...]
    staging_limit_gb: int
    propagation_poll_seconds: float
    invalidation_free_paths: int
    invalidation_price: float
    log_level: str


def read_environment(environ: Mapping[str, str] | None = None) -> Environment:
    """Read and check all variables. Raises ImproperlyConfigured naming the variable that is wrong."""
    environ = os.environ if environ is None else environ
    values = {one.name: VARIABLES[_variable_name(one.name)].read(environ) for one in fields(Environment)}
    found = Environment(**values)
    if not environ.get("VAULT_KEY_FILE"):
        found = Environment(**{**values, "vault_key_file": found.data_dir / "master.key"})
    if found.log_level not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
        raise ImproperlyConfigured("LOG_LEVEL: write DEBUG, INFO, WARNING or ERROR.")
    if found.production:
        if found.secret_key == DEVELOPMENT_SECRET or len(found.secret_key) < 50:
            raise ImproperlyConfigured(
                "SECRET_KEY: production needs a secret of 50 characters or more; "
                "python -c 'import secrets; print(secrets.token_urlsafe(64))' makes one."
            )
        if not found.allowed_hosts:
            raise ImproperlyConfigured("ALLOWED_HOSTS: production needs the host names that people use, as in studio.example.org.")
        if not found.public_url.startswith("https://"):
            raise ImproperlyConfigured("PUBLIC_URL: production needs the address that people use, beginning with https://.")
    return found


def _variable_name(field: str) -> str:
    return "CDNADMIN_PRODUCTION" if field == "production" else field.upper()
