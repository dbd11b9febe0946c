"""From nothing to a dashboard that answers, one line a stage; then watching, until it is told to end."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import IO

import httpx

from cdnadmin.env import BASE_DIR, SANDBOX_PROPAGATION_SECONDS, read_environment
from cdnadmin.supervisor import programs
from cdnadmin.supervisor.banner import welcome
from cdnadmin.supervisor.ports import HOST, any_free_port, choose_port
from cdnadmin.supervisor.processes import Child, Program, end_all, ending

START_SECONDS = 60.0


class StartFailed(Exception):
    """A stage did not come about; the message says which and why."""


class Ended(Exception):
    """Somebody asked the supervisor to end while it was starting."""


class Supervisor:
    """Starts every program, watches them, ends them."""

    def __init__(self) -> None:
        self.children: list[Child] = []
        self.stop = threading.Event()
        self.began = time.monotonic()

    def say(self, text: str) -> None:
        print(f"[{time.monotonic() - self.began:5.1f} s] {text}", flush=True)  # noqa: T201

    def install_handlers(self) -> None:
        """Its own handlers for both: a shell's background job starts with INT ignored."""
        for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(sign, self._asked_to_end)

    def _asked_to_end(self, number: int, frame: FrameType | None) -> None:
        if self.stop.is_set():
            for child in self.children:
                child.kill_group()
        self.stop.set()

    def launch(self, program: Program) -> Child:
        child = Child(program, self.say)
        self.children.append(child)
        return child

    def wait_for(self, child: Child, ready: Callable[[], bool]) -> None:
        """Until `ready`. Raises StartFailed when the child ends first or takes too long, Ended when asked to end."""
        end = time.monotonic() + START_SECONDS
        while not ready():
            name = child.program.name
            if child.process.poll() is not None:
                tail = "\n    ".join(child.tail)
                raise StartFailed(f"{name} ended at its start ({ending(child.process.returncode)}):\n    {tail}")
            if time.monotonic() > end:
                raise StartFailed(f"{name} did not answer within {START_SECONDS:.0f} s. Its log: {child.program.log}")
            if self.stop.wait(0.05):
                raise Ended

    def start(self) -> None:
        """All stages. Raises PortTaken, StartFailed, Ended, or ImproperlyConfigured for a wrong variable."""
        settings = read_environment()
        port = choose_port("PORT", os.environ)
        own_sandbox = not settings.sandbox_url
        sandbox_port = choose_port("SANDBOX_PORT", os.environ, taken=frozenset({port})) if own_sandbox else 0
        data_dir = settings.data_dir
        logs = data_dir / "log"
        logs.mkdir(parents=True, exist_ok=True)
        address = f"http://localhost:{port}"
        sandbox_url = settings.sandbox_url or f"http://127.0.0.1:{sandbox_port}"
        environ = {**os.environ, "DATA_DIR": str(data_dir), "PORT": str(port), "SANDBOX_URL": sandbox_url, "PYTHONUNBUFFERED": "1"}
        environ.setdefault("PUBLIC_URL", address)
        if settings.allowed_hosts:  # the address that is shown must be among them
            environ["ALLOWED_HOSTS"] = ",".join((*settings.allowed_hosts, "localhost", HOST))

        broker: Child | None = None
        if not settings.redis_url:
            broker_port, password = any_free_port(), secrets.token_urlsafe(24)
            program = programs.valkey(
                port=broker_port, password=password, data_dir=data_dir, environ=environ, log=logs / "valkey.log"
            )
            environ["REDIS_URL"] = f"redis://:{password}@{HOST}:{broker_port}/0"
            broker = self.launch(program)
        box: Child | None = None
        if own_sandbox:
            propagation = SANDBOX_PROPAGATION_SECONDS.read(os.environ)
            log = logs / "sandbox.log"
            box = self.launch(
                programs.sandbox(port=sandbox_port, data_dir=data_dir, propagation=propagation, environ=environ, log=log)
            )
        path = self._prepare(environ, logs / "prepare.log")
        self.say("Database is up to date")
        if broker:
            self.wait_for(broker, lambda: listens(broker_port))
            self.say("Valkey answers")
        if box:
            self.wait_for(box, lambda: answers(f"{sandbox_url}/_sandbox/health"))
            self.say(f"Sandbox answers at {sandbox_url}")
        web = self.launch(programs.web(port=port, environ=environ, log=logs / "web.log"))
        self.wait_for(web, lambda: answers(f"http://{HOST}:{port}/health/live/"))
        self.say("Web server answers")
        # After the web server, which somebody waits for: on two cores, starting all at once doubles the wait.
        self.launch(programs.worker(environ=environ, log=logs / "worker.log"))
        self.launch(programs.beat(data_dir=data_dir, environ=environ, log=logs / "beat.log"))
        self.say("Worker and beat started")
        if not broker and not answers(f"http://{HOST}:{port}/health/ready/"):
            self.say("REDIS_URL: nothing answers there yet. Long work waits until it does.")
        link = f"{address}{path}" if path else ""
        shown = sandbox_url if own_sandbox else ""
        print(welcome(address=address, first_link=link, sandbox=shown, data_dir=str(data_dir)), flush=True)  # noqa: T201

    def _prepare(self, environ: dict[str, str], log: Path) -> str:
        """Migrations, the sandbox's account, the first administrator's link: its path, or ""."""
        command = [sys.executable, "manage.py", "prepare", "--sandbox-url", environ["SANDBOX_URL"]]
        with log.open("wb") as errors:
            done = subprocess.run(
                command, cwd=BASE_DIR, env=environ, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, check=False
            )
        if self.stop.is_set():
            raise Ended
        if done.returncode != 0:
            raise StartFailed(f"The database could not be prepared:\n{log.read_text(errors='replace')[-3000:]}")
        return str(json.loads(done.stdout.splitlines()[-1])["first_administrator"])

    def watch(self) -> None:
        """Until told to end: start again what died."""
        while not self.stop.wait(0.25):
            for child in self.children:
                child.watch()

    def end(self) -> None:
        if self.children:
            self.say("Ending …")
        # The programs that work before those that they work with.
        front = [child for child in self.children if child.program.name not in {"valkey", "sandbox"}]
        end_all(front)
        end_all([child for child in self.children if child not in front])


def listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((HOST, port)) == 0


def answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2, trust_env=False).status_code == 200
    except httpx.TransportError:
        return False


def lock(data_dir: Path) -> IO[str] | None:
    """Hold the data directory for this supervisor; None where another one holds it. Raises StartFailed."""
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        file = (data_dir / "supervisor.lock").open("a")
    except OSError as error:
        raise StartFailed(f"DATA_DIR: {data_dir} can't be written to ({error.strerror}).") from None
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        return None
    return file
