"""A PostgreSQL server of the tests' own: real binaries, a cluster in a temporary folder, gone afterwards.

The role `cdnadmin` has a password full of characters that an address must encode; `postgres` needs none, for
tests that start pytest or other processes themselves. Use: `from tests.postgresql import postgresql  # noqa: F401`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest
from psycopg import sql

from tests.chromium import install
from tests.conftest import free_port, wait_until

PASSWORD = "p@ss:w/rd %25#?"
MISSING = (
    "These tests need PostgreSQL's server, and none was found. Install it (Debian, Ubuntu: apt-get install postgresql), "
    "or put its folder of programs (initdb, postgres) on the PATH."
)
# Whoever pulls the plug on a test's cluster has lost nothing.
FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200")


def binaries() -> Path | None:
    """The folder of initdb and postgres: on the PATH, or the newest where Debian and others put it."""
    on_path = shutil.which("initdb")
    folders = [Path(on_path).resolve().parent] if on_path else []
    for place in ("/usr/lib/postgresql", "/usr/local/opt", "/opt/homebrew/opt", "/usr"):
        found = Path(place).glob("*/bin/initdb" if place == "/usr/lib/postgresql" else "*postgresql*/bin/initdb")
        folders += sorted((path.parent for path in found), key=_version, reverse=True)
    return next((folder for folder in folders if (folder / "postgres").exists()), None)


def _version(folder: Path) -> int:
    name = folder.parent.name.rpartition("@")[2]
    return int(name) if name.isdigit() else 0


@dataclass(frozen=True)
class PostgresServer:
    """A running server on 127.0.0.1."""

    port: int

    def url(self, database: str, *, role: str = "cdnadmin") -> str:
        """The DATABASE_URL of a database there."""
        password = f":{quote(PASSWORD, safe='')}" if role == "cdnadmin" else ""
        return f"postgresql://{role}{password}@127.0.0.1:{self.port}/{database}"

    def run(self, *statements: sql.SQL | sql.Composed) -> None:
        with psycopg.connect(host="127.0.0.1", port=self.port, user="postgres", dbname="postgres", autocommit=True) as line:
            for statement in statements:
                line.execute(statement)

    @contextmanager
    def database(self, name: str) -> Iterator[str]:
        """An empty database that `cdnadmin` owns: its DATABASE_URL. Dropped afterwards, whoever is connected."""
        named = sql.Identifier(name)
        self.run(sql.SQL("CREATE DATABASE {} OWNER cdnadmin").format(named))
        try:
            yield self.url(name)
        finally:
            self.run(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(named))


@contextmanager
def running_server() -> Iterator[PostgresServer]:
    """Make a cluster and serve it. Fails the test with a sentence where there is no PostgreSQL and none can be had."""
    programs = binaries()
    if programs is None and install("postgresql"):
        programs = binaries()
    if programs is None:
        pytest.fail(MISSING)
    folder = Path(tempfile.mkdtemp(prefix="cdnadmin-postgresql-"))
    # PostgreSQL refuses to run as root.
    user = _plain_user() if os.geteuid() == 0 else None
    if user:
        shutil.chown(folder, user)
    data = folder / "data"
    try:
        make = [
            str(programs / "initdb"),
            "--pgdata",
            str(data),
            "--username",
            "postgres",
            "--auth",
            "trust",
            "--encoding",
            "UTF8",
            "--no-sync",
        ]
        done = subprocess.run(make, cwd=folder, user=user, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
        (data / "pg_hba.conf").write_text("host all postgres 127.0.0.1/32 trust\nhost all all 127.0.0.1/32 scram-sha-256\n")
        server = PostgresServer(free_port())
        options = ["-p", str(server.port), "-h", "127.0.0.1", "-k", str(folder)]
        for option in FAST:
            options += ["-c", option]
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [programs / "postgres", "-D", data, *options], cwd=folder, user=user, stdout=log, stderr=subprocess.STDOUT
            )
        try:
            wait_until(lambda: _answers(server, process, folder / "log"), seconds=30, what="PostgreSQL's first answer")
            password = sql.Literal(PASSWORD)
            server.run(sql.SQL("CREATE ROLE cdnadmin LOGIN PASSWORD {}").format(password))
            yield server
        finally:
            process.terminate()
            try:
                process.wait(timeout=2)
            except subprocess.TimeoutExpired:  # TERM waits for clients to go; INT sends them away
                process.send_signal(2)
                process.wait(timeout=20)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _plain_user() -> str:
    known = {line.split(":")[0] for line in Path("/etc/passwd").read_text().splitlines()}
    return "postgres" if "postgres" in known else "nobody"


def _answers(server: PostgresServer, process: subprocess.Popen[bytes], log: Path) -> bool:
    if process.poll() is not None:
        pytest.fail(f"PostgreSQL ended at its start:\n{log.read_text()}")
    try:
        server.run(sql.SQL("SELECT 1"))
    except psycopg.OperationalError:
        return False
    return True


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgresServer]:
    """One server for the whole run."""
    with running_server() as server:
        yield server
