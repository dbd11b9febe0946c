"""The commands and settings of docker-compose.yml and the Dockerfile, on a real PostgreSQL and a real Valkey.

Only addresses differ: the containers' names become ports of this machine.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from cdnadmin.env import VARIABLES
from cdnadmin.supervisor.processes import Child, Program, end_all
from cdnadmin.supervisor.programs import valkey
from tests.conftest import ROOT, free_port, wait_until
from tests.integration.deployment.compose import services
from tests.postgresql import PostgresServer

pytestmark = [pytest.mark.postgresql, pytest.mark.serial]
BESIDE = Path(sys.executable).parent  # python, granian, celery of this environment, as in the image's PATH


class Stack:
    """The services of docker-compose.yml as processes."""

    def __init__(self, database_url: str, folder: Path) -> None:
        self.folder, self.port, broker_port = folder, free_port(), free_port()
        self.children: list[Child] = []
        outside = {name: value for name, value in os.environ.items() if name not in VARIABLES}
        self.environ = outside | {name: str(value) for name, value in services()["web"]["environment"].items()}
        self.environ |= {
            "PATH": f"{BESIDE}{os.pathsep}{os.environ['PATH']}",
            "DATABASE_URL": database_url,
            "REDIS_URL": f"redis://:own@127.0.0.1:{broker_port}/0",
            "DATA_DIR": str(folder / "data"),
        }
        (folder / "broker").mkdir()
        self.broker = Child(
            valkey(port=broker_port, password="own", data_dir=folder / "broker", environ=os.environ, log=folder / "log"), print
        )

    def run(self, command: str, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            shlex.split(command), cwd=ROOT, env=self.environ | more, capture_output=True, text=True, timeout=120, check=False
        )

    def start(self, name: str, command: list[str]) -> Child:
        child = Child(Program(name, tuple(command), self.environ, self.folder / f"{name}.log"), print)
        self.children.append(child)
        return child

    def start_web(self) -> Child:
        """The image's CMD, on another port."""
        command: list[str] = json.loads(re.findall(r"(?m)^CMD (\[.+\])$", (ROOT / "Dockerfile").read_text())[-1])
        changed = {"0.0.0.0": "127.0.0.1", "8000": str(self.port)}
        return self.start("web", [changed.get(word, word) for word in command])

    def probe(self) -> int:
        return self.run("python -m cdnadmin.supervisor.probe", PORT=str(self.port)).returncode

    def get(self, path: str, *, host: str = "studio.example.org", proto: str = "https") -> httpx.Response:
        headers = {"Host": host, "X-Forwarded-Proto": proto}
        return httpx.get(f"http://127.0.0.1:{self.port}{path}", headers=headers, timeout=10, trust_env=False)

    def answers(self) -> bool:
        try:
            return self.get("/health/live/").status_code == 200
        except httpx.TransportError:
            return False


@pytest.fixture
def stack(postgresql: PostgresServer, tmp_path: Path) -> Iterator[Stack]:
    with postgresql.database("stack") as url:
        made = Stack(url, tmp_path)
        yield made
        end_all(made.children)
        made.broker.kill_group()


def test_the_services_work_together(stack: Stack) -> None:
    prepared = stack.run(services()["prepare"]["command"])
    assert prepared.returncode == 0, prepared.stderr
    assert "welcome" not in prepared.stdout + prepared.stderr, "a one-time link has no place in a container's log"
    assert stack.run(services()["prepare"]["command"]).returncode == 0, "each start runs it again"
    link = stack.run("python manage.py first_administrator").stdout.strip()
    assert re.fullmatch(r"/welcome/[\w-]+/", link)

    web = stack.start_web()
    wait_until(stack.answers, seconds=60, what="the web server's answer")
    assert stack.probe() == 0
    assert stack.get("/health/ready/", proto="http").json() == {"database": True, "broker": True}
    assert web.process.poll() is None

    page = stack.get(link)
    assert page.status_code == 200
    style = re.findall(r'href="(/static/[^"]+\.css)"', page.text)
    assert style
    assert stack.get(style[0]).headers["content-type"].startswith("text/css")
    cookies = page.headers.get_list("set-cookie")
    assert cookies
    assert all(cookie.startswith("__Host-") and "Secure" in cookie for cookie in cookies)
    assert "max-age=31536000" in page.headers["strict-transport-security"]

    assert stack.get(link, proto="http").headers["location"] == f"https://studio.example.org{link}"
    assert stack.get(link, host="evil.example.com").status_code == 400

    worker = stack.start("worker", shlex.split(services()["worker"]["command"]))
    stack.start("beat", shlex.split(services()["beat"]["command"].replace("/tmp", str(stack.folder))))
    log = stack.folder / "worker.log"
    wait_until(
        lambda: log.exists() and re.search(r"operations\.dispatch_due\[\S+\] succeeded", log.read_text()) is not None,
        seconds=60,
        what="a sweep by the worker, asked for by beat",
    )
    assert "Traceback" not in log.read_text()
    worker.process.send_signal(signal.Signals[services()["worker"]["stop_signal"]])
    worker.process.wait(timeout=int(services()["worker"]["stop_grace_period"].removesuffix("s")))

    stack.broker.kill_group()
    answer = stack.get("/health/ready/")
    assert (answer.status_code, answer.json()) == (503, {"database": True, "broker": False})
    assert stack.probe() == 1
    assert stack.get("/account/login/").status_code == 200, "pages work without the broker"


def test_a_database_that_went_away_is_said_and_comes_back(stack: Stack, postgresql: PostgresServer) -> None:
    from psycopg import sql

    assert stack.run(services()["prepare"]["command"]).returncode == 0
    stack.start_web()
    wait_until(stack.answers, seconds=60, what="the web server's answer")
    postgresql.run(sql.SQL("ALTER DATABASE stack WITH ALLOW_CONNECTIONS false"))
    cut = sql.SQL("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'stack'")
    postgresql.run(cut)
    answer = stack.get("/health/ready/")
    assert (answer.status_code, answer.json()["database"]) == (503, False)
    assert stack.get("/health/live/").status_code == 200
    postgresql.run(sql.SQL("ALTER DATABASE stack WITH ALLOW_CONNECTIONS true"))
    wait_until(lambda: stack.get("/health/ready/").status_code == 200, what="the database's return")
