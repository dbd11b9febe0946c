"""What depends on the database's locks and constraints, again on PostgreSQL; and what an address there may hold."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from cdnadmin.env import VARIABLES
from cdnadmin.settings import database_settings
from tests.conftest import ROOT
from tests.postgresql import PASSWORD, PostgresServer

pytestmark = [pytest.mark.postgresql, pytest.mark.serial]
AGAIN = (
    "tests/integration/operations/test_lease.py",
    "tests/integration/operations/test_runner.py",
    "tests/integration/accounts/test_people.py",
    "tests/integration/distributions/test_create.py::test_one_key_one_group_and_one_origin_access_serve_an_account",
    # What looks into configurations as text and by their fields.
    "tests/integration/distributions/test_privacy_questions.py",
    "tests/integration/distributions/test_privacy_rules.py::test_those_that_fail_and_those_that_stand_open_do_not_take_everybodys_turn",
)


def test_claims_progress_and_people_hold_on_postgresql(postgresql: PostgresServer, tmp_path: Path) -> None:
    """The same tests in a pytest of their own: eight processes that claim sixty operations are among them."""
    environ = {name: value for name, value in os.environ.items() if name not in VARIABLES and "PYTEST" not in name}
    environ |= {"DATABASE_URL": postgresql.url("cdnadmin", role="postgres"), "DATA_DIR": str(tmp_path)}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--create-db", *AGAIN]
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout[-6000:]
    assert not list(tmp_path.glob("*.sqlite3")), "it went to SQLite"


def test_an_address_may_encode_its_password(postgresql: PostgresServer) -> None:
    with postgresql.database("address") as url:
        settings = database_settings(url)
        assert settings["PASSWORD"] == PASSWORD
        line = psycopg.connect(
            host=settings["HOST"], port=settings["PORT"], user=settings["USER"], password=PASSWORD, dbname=settings["NAME"]
        )
        with line:
            assert line.execute("SELECT current_user, current_database()").fetchone() == ("cdnadmin", "address")


def test_a_wrong_password_is_said_without_it(postgresql: PostgresServer, tmp_path: Path) -> None:
    url = f"postgresql://cdnadmin:canary-secret@127.0.0.1:{postgresql.port}/postgres"
    environ = {**os.environ, "DATABASE_URL": url, "DATA_DIR": str(tmp_path)}
    command = [sys.executable, "manage.py", "prepare"]
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert "DATABASE_URL: the database can't be opened." in done.stderr
    assert 'password authentication failed for user "cdnadmin"' in done.stderr
    assert "canary-secret" not in done.stderr + done.stdout
