"""What `make run` starts, but for the web server: the supervisor's own command lines on a data directory of their own."""

from __future__ import annotations

import dataclasses
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import httpx
import redis
from django.conf import settings
from django.test import override_settings

from cdnadmin.supervisor import programs
from cdnadmin.supervisor.ports import HOST, any_free_port
from cdnadmin.supervisor.processes import Child, Program, end_all
from tests.conftest import wait_until
from tests.integration.operations.conftest import database_url, use_broker

PASSWORD = "only-for-this-storm"
# About what a call to AWS takes; without it, hardly a kill would meet one that is under way.
LATENCY_SECONDS = 0.15


class Rig:
    """The running programs, and what a storm does to them. Used from the main thread, as the supervisor does."""

    def __init__(self, data_dir: Path, *, propagation: float, lease_seconds: float | None) -> None:
        self.data_dir = data_dir
        self.said: list[str] = []
        logs = data_dir / "log"
        logs.mkdir(parents=True)
        broker_port, sandbox_port = any_free_port(), any_free_port()
        self.broker_url = f"redis://:{PASSWORD}@{HOST}:{broker_port}/0"
        self.url = f"http://{HOST}:{sandbox_port}"
        environ = {
            **os.environ,
            "DATA_DIR": str(data_dir),
            "DATABASE_URL": database_url(),
            "DJANGO_SETTINGS_MODULE": "cdnadmin.settings",
            "PROPAGATION_POLL_SECONDS": "1",
            "PYTHONUNBUFFERED": "1",
            "REDIS_URL": self.broker_url,
            "VAULT_KEY_FILE": str(settings.VAULT_KEY_FILE),
        }
        worker = programs.worker(environ=environ, log=logs / "worker.log")
        if lease_seconds is not None:
            worker = _with_short_leases(worker, lease_seconds)
        sandbox = programs.sandbox(
            port=sandbox_port, data_dir=data_dir, propagation=propagation, environ=environ, log=logs / "sandbox.log"
        )
        self.children: list[Child] = []
        try:
            self.sandbox = self._launch(sandbox)
            self.broker = self._launch(
                programs.valkey(port=broker_port, password=PASSWORD, data_dir=data_dir, environ=environ, log=logs / "valkey.log")
            )
            wait_until(self.broker_answers, what="Valkey's first answer")
            self.worker = self._launch(worker)
            self.beat = self._launch(programs.beat(data_dir=data_dir, environ=environ, log=logs / "beat.log"))
            wait_until(self._sandbox_answers, seconds=60, what="the sandbox's first answer")
        except BaseException:
            self.end()
            raise

    def _launch(self, program: Program) -> Child:
        child = Child(program, self.said.append)
        self.children.append(child)
        return child

    def end(self) -> None:
        end_all(self.children)

    def watch(self) -> None:
        """As the supervisor does: start again what died of itself, as a worker may that loses its broker."""
        for child in (self.worker, self.beat):
            child.watch()

    def redis(self) -> redis.Redis:
        return redis.Redis.from_url(self.broker_url, socket_timeout=2)

    def broker_answers(self) -> bool:
        try:
            with self.redis() as client:
                return bool(client.ping())
        except redis.RedisError:
            return False

    def flush_broker(self) -> None:
        with self.redis() as client:
            client.flushall()

    def _sandbox_answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/_sandbox/health", timeout=2, trust_env=False).status_code == 200
        except httpx.TransportError:
            return False

    def be_as_slow_as_aws(self) -> None:
        fault = {"delay": LATENCY_SECONDS, "times": 10**9}
        httpx.post(f"{self.url}/_sandbox/faults", json=fault, timeout=10).raise_for_status()

    def answer_at_once(self) -> None:
        httpx.delete(f"{self.url}/_sandbox/faults", timeout=10).raise_for_status()

    def count_writes(self) -> int:
        """How many writes AWS has carried out; read from the log's file, since a storm asks all the time."""
        log = self.data_dir / "sandbox" / "writes.jsonl"
        return log.read_bytes().count(b"\n") if log.exists() else 0

    def client(self, service: Any) -> Any:
        """An independent look at what is really there."""
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name="us-east-1",
            aws_access_key_id="sandbox",
            aws_secret_access_key="sandbox",
        )

    def staged_files(self) -> list[Path]:
        return [path for path in (self.data_dir / "staging").rglob("*") if path.is_file()]


def _with_short_leases(worker: Program, seconds: float) -> Program:
    """For a test that cannot wait out the real lease: the same worker, with one module more."""
    command = (*worker.command, "--include", "tests.integration.operations.kinds")
    return dataclasses.replace(worker, command=command, environ={**worker.environ, "TEST_LEASE_SECONDS": str(seconds)})


@contextmanager
def running_rig(data_dir: Path, *, propagation: float, lease_seconds: float | None = None) -> Iterator[Rig]:
    """A rig on this test's database; this process stands for the web server, so it shares staging and broker."""
    began = time.monotonic()
    rig = Rig(data_dir, propagation=propagation, lease_seconds=lease_seconds)
    print(f"\nThe rig runs after {time.monotonic() - began:.1f} s in {data_dir}")
    storages: Any = settings.STORAGES
    staging = {**storages["staging"], "OPTIONS": {"location": str(data_dir / "staging")}}
    try:
        with use_broker(rig.broker_url), override_settings(STORAGES={**storages, "staging": staging}):
            yield rig
    finally:
        rig.end()
