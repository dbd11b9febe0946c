"""Settings from the environment: a wrong value stops the start with a sentence that names its variable."""

from __future__ import annotations

import traceback
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from cdnadmin.env import BASE_DIR, DEVELOPMENT_SECRET, VARIABLES, read_environment

CANARY = "canary-3Jx8"
PRODUCTION = {
    "CDNADMIN_PRODUCTION": "1",
    "SECRET_KEY": "s" * 50,
    "ALLOWED_HOSTS": "studio.example.org",
    "PUBLIC_URL": "https://studio.example.org",
}
# Read by the supervisor and the sandbox; no part of what read_environment gives.
READ_EARLIER = {"PORT", "SANDBOX_PORT", "SANDBOX_PROPAGATION_SECONDS"}
ANY_TEXT = {"SECRET_KEY", "ALLOWED_HOSTS", "DATA_DIR", "VAULT_KEY", "VAULT_KEY_FILE", "PRIVATE_ENDPOINTS"}
NO_NUMBER = ["0", "-1", "+1", "1.5", "many", " 1", "1 ", "１", "²", "1_000"]
NO_SECONDS = ["-1", "86400", "soon", "nan", "inf", "-inf", "1e9", "1,5"]
WRONG = {
    "CDNADMIN_PRODUCTION": ["2", "maybe", "truth", " 1"],
    "PUBLIC_URL": ["studio.example.org", "ftp://studio.example.org", "https://", "https://[::1", "http://host:port", "http://h:0"],
    "SANDBOX_URL": ["localhost:9000", "http://", "http://:9000", "http://h:99999"],
    "DATABASE_URL": [
        "mysql://h/n", "/var/db.sqlite3", "sqlite://", "postgresql://u:p@h", "postgresql://u:p@h/", "postgresql://u:p/w@h:x/n",
        "postgres://[h/n",
    ],
    "REDIS_URL": ["localhost:6379", "http://h:6379", "redis://h:port/0", "redis://[h", "redis://h:65536"],
    "STAGING_LIMIT_GB": NO_NUMBER,
    "PROPAGATION_POLL_SECONDS": NO_SECONDS,
    "INVALIDATION_FREE_PATHS": NO_NUMBER,
    "INVALIDATION_PRICE": ["-1", "1000", "cheap", "nan", "1e9"],
    "LOG_LEVEL": ["info", "TRACE", "10", " INFO"],
    "PORT": NO_NUMBER,
    "SANDBOX_PORT": NO_NUMBER,
    "SANDBOX_PROPAGATION_SECONDS": NO_SECONDS,
}  # fmt: skip


def refusal(environ: dict[str, str], name: str) -> ImproperlyConfigured:
    with pytest.raises(ImproperlyConfigured) as refused:
        VARIABLES[name].read(environ) if name in READ_EARLIER else read_environment(environ)
    return refused.value


def test_every_variable_is_tried_below() -> None:
    assert set(WRONG) | ANY_TEXT == set(VARIABLES)
    assert not set(WRONG) & ANY_TEXT


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, texts in WRONG.items() for text in texts])
def test_a_wrong_value_stops_with_a_sentence_that_names_it(name: str, text: str) -> None:
    sentence = str(refusal({name: text}, name))
    assert sentence.startswith(f"{name}: ")
    assert sentence.endswith((".", ")."))
    assert len(sentence) > len(name) + 20


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("CDNADMIN_PRODUCTION", "No", False),
        ("CDNADMIN_PRODUCTION", "off", False),
        ("SECRET_KEY", "any", "any"),
        ("ALLOWED_HOSTS", " a.example.org, b.example.org,,", ("a.example.org", "b.example.org")),
        ("PUBLIC_URL", "http://studio.example.org:8080/cdn/", "http://studio.example.org:8080/cdn"),
        ("DATABASE_URL", "postgresql://u:p%2Fw@h:5432/n", "postgresql://u:p%2Fw@h:5432/n"),
        ("DATABASE_URL", "sqlite:///tmp/x.sqlite3", "sqlite:///tmp/x.sqlite3"),
        ("REDIS_URL", "rediss://:p%40w@h:6379/1", "rediss://:p%40w@h:6379/1"),
        ("REDIS_URL", "unix:///run/valkey.sock", "unix:///run/valkey.sock"),
        ("DATA_DIR", "var/x/../y", BASE_DIR / "var" / "y"),
        ("DATA_DIR", "/srv/cdnadmin", Path("/srv/cdnadmin")),
        ("VAULT_KEY_FILE", "/run/secrets/master.key", Path("/run/secrets/master.key")),
        ("PRIVATE_ENDPOINTS", "minio.internal:9000", ("minio.internal:9000",)),
        ("STAGING_LIMIT_GB", "1", 1),
        ("PROPAGATION_POLL_SECONDS", "0", 0.0),
        ("PROPAGATION_POLL_SECONDS", "0.25", 0.25),
        ("INVALIDATION_FREE_PATHS", "500", 500),
        ("INVALIDATION_PRICE", "0.004", 0.004),
        ("LOG_LEVEL", "DEBUG", "DEBUG"),
    ],
)
def test_a_right_value_is_read_as_what_it_means(name: str, text: str, value: Any) -> None:
    field = "production" if name == "CDNADMIN_PRODUCTION" else name.lower()
    assert getattr(read_environment({name: text}), field) == value


def test_an_empty_variable_is_as_none() -> None:
    assert read_environment(dict.fromkeys(VARIABLES, "")) == read_environment({})
    assert read_environment({}).production is False
    assert read_environment({}).secret_key == DEVELOPMENT_SECRET


def test_the_master_key_lies_with_the_data_unless_said_otherwise() -> None:
    assert read_environment({"DATA_DIR": "/srv/cdnadmin"}).vault_key_file == Path("/srv/cdnadmin/master.key")
    given = {"DATA_DIR": "/srv/cdnadmin", "VAULT_KEY_FILE": "/run/secrets/key"}
    assert read_environment(given).vault_key_file == Path("/run/secrets/key")


def test_production_starts_with_what_it_needs() -> None:
    found = read_environment(PRODUCTION)
    assert (found.production, found.secret_key, found.allowed_hosts) == (True, "s" * 50, ("studio.example.org",))


@pytest.mark.parametrize("key", [None, "", "s" * 49, DEVELOPMENT_SECRET])
def test_production_refuses_a_missing_short_or_default_secret_key(key: str | None) -> None:
    environ = {**PRODUCTION, "SECRET_KEY": key} if key is not None else {n: v for n, v in PRODUCTION.items() if n != "SECRET_KEY"}
    sentence = str(refusal({name: text for name, text in environ.items() if text is not None}, "SECRET_KEY"))
    assert sentence.startswith("SECRET_KEY: production needs a secret of 50 characters or more")
    assert not key or key not in sentence


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("ALLOWED_HOSTS", ""),
        ("ALLOWED_HOSTS", " , "),
        ("PUBLIC_URL", ""),
        ("PUBLIC_URL", "http://studio.example.org"),
    ],
)
def test_production_refuses_to_guess_its_hosts_and_address(name: str, text: str) -> None:
    assert str(refusal({**PRODUCTION, name: text}, name)).startswith(f"{name}: production needs")
    read_environment({**PRODUCTION, name: text, "CDNADMIN_PRODUCTION": "0"})


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("DATABASE_URL", f"postgresql://u:{CANARY}/x@h/n"),
        ("DATABASE_URL", f"mysql://u:{CANARY}@h/n"),
        ("DATABASE_URL", f"postgresql://u:{CANARY}@[h/n"),
        ("REDIS_URL", f"redis://:{CANARY}/x@h:6379"),
        ("REDIS_URL", f"http://:{CANARY}@h:6379"),
    ],
)
def test_no_refusal_shows_a_password(name: str, text: str) -> None:
    error = refusal({name: text}, name)
    assert CANARY not in "".join(traceback.format_exception(error))


def test_no_secret_stands_in_what_is_shown_of_the_settings() -> None:
    secrets = {"SECRET_KEY": f"{CANARY}-1", "VAULT_KEY": f"{CANARY}-2", "DATABASE_URL": f"postgresql://u:{CANARY}@h/n"}
    found = read_environment({**secrets, "REDIS_URL": f"redis://:{CANARY}@h:6379/0"})
    assert found.vault_key == f"{CANARY}-2"
    assert CANARY not in repr(found) + str(found)
