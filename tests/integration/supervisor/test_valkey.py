"""The broker that the supervisor starts: locked, durable, and its password in no command line."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from cdnadmin.supervisor import programs
from cdnadmin.supervisor.processes import Child
from cdnadmin.supervisor.stages import listens
from tests.conftest import free_port, wait_until
from tests.integration.supervisor.running import command_line

pytestmark = pytest.mark.serial
PASSWORD = "canary-broker-password"


def start(port: int, data: Path) -> Child:
    program = programs.valkey(port=port, password=PASSWORD, data_dir=data, environ=os.environ, log=data / "valkey.log")
    child = Child(program, print)
    wait_until(lambda: listens(port), what="Valkey's answer")
    return child


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    number = free_port()
    child = start(number, tmp_path)
    try:
        yield number
        assert PASSWORD not in command_line(child.process.pid)
        assert PASSWORD not in (tmp_path / "valkey.log").read_text()
    finally:
        child.kill_group()


def client(port: int, password: str | None = PASSWORD) -> redis.Redis:
    return redis.Redis(host="127.0.0.1", port=port, password=password, decode_responses=True)


def test_without_the_password_it_answers_nothing(port: int) -> None:
    with pytest.raises(redis.AuthenticationError):
        client(port, None).ping()


def test_messages_are_never_evicted_and_written_down(port: int) -> None:
    settings = client(port).config_get("maxmemory-policy", "appendonly", "save", "bind")
    assert settings == {"maxmemory-policy": "noeviction", "appendonly": "yes", "save": "", "bind": "127.0.0.1"}


def test_what_was_queued_survives_a_kill(tmp_path: Path) -> None:
    number = free_port()
    child = start(number, tmp_path)
    try:
        client(number).rpush("celery", "message")
        wait_until(lambda: "message" in aof(tmp_path), what="the message on disk")
    finally:
        child.kill_group()
    child = start(number, tmp_path)
    try:
        assert client(number).lrange("celery", 0, -1) == ["message"]
    finally:
        child.kill_group()


def aof(data: Path) -> str:
    return "".join(path.read_text() for path in (data / "valkey" / "appendonlydir").glob("*.incr.aof"))
