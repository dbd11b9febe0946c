"""10,000 distributions on their way to the edges: what a round of the look-out costs, and whether pages stay quick.

The peer is bare boto3 paging through ListDistributions over the same sandbox, which is the least that can tell. Calls
are counted where botocore sends them. 1,000 distributions imported are timed against the minute that they may take.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from benchmarks.result import Result
from cdnadmin.aws.distribution_config import build_distribution_config
from cdnadmin.sandbox.cloudfront import rules
from cdnadmin.sandbox.cloudfront.store import Store, Thing, new_id
from cdnadmin.sandbox.principals import ACCOUNT_ID
from tests.conftest import free_port

ROOT = Path(__file__).resolve().parent.parent
MOVING = int(os.environ.get("PROPAGATION_DISTRIBUTIONS", "10000"))
IMPORTED = 1_000
LONG = 86_400.0
SECONDS_TO_PEER = 2.0
MEMORY_GOAL_MB = 60
PAGE_GOAL_MS = 500
IMPORT_GOAL_SECONDS = 60

# Run in a process of ours, as a worker would. What it measures it says in JSON.
BEGIN = """
import json, resource, sys, time, django
django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from cdnadmin.accounts.models import Role, User
from cdnadmin.accounts.services.aws_accounts import ensure_sandbox_account
person = User.objects.create_user("bench@example.org", role=Role.ADMINISTRATOR)
ensure_sandbox_account(url=sys.argv[1])
store = SessionStore()
store[SESSION_KEY], store[BACKEND_SESSION_KEY] = str(person.pk), "django.contrib.auth.backends.ModelBackend"
store[HASH_SESSION_KEY] = person.get_session_auth_hash()
store.create()
print(json.dumps({"session": store.session_key}))
"""

IMPORT = """
import json, time, django
django.setup()
from cdnadmin.accounts.models import AwsAccount
from cdnadmin.operations.runner import run_operation
from distributions.models import Distribution
from distributions.services.importing import import_account
operation = import_account(actor=None, account=AwsAccount.objects.get())
begun = time.perf_counter()
while operation.is_active:
    run_operation(operation.pk)
    operation.refresh_from_db()
assert operation.state == "succeeded", operation.error_message
print(json.dumps({"seconds": time.perf_counter() - begun, "rows": Distribution.objects.count()}))
"""

PREPARE = """
import json, sys, django
django.setup()
from django.utils import timezone
from cdnadmin.accounts.models import AwsAccount
from distributions.models import Distribution
account = AwsAccount.objects.get()
Distribution.objects.all().delete()
with open(sys.argv[1]) as lines:
    Distribution.objects.bulk_create((Distribution(account=account, name=each["name"], kind="public", status="in_progress",
        changed_at=timezone.now(), **each["row"]) for each in map(json.loads, lines)), batch_size=500)
print(json.dumps({"rows": Distribution.objects.count()}))
"""

ROUNDS = """
import json, sys, time, django
django.setup()
from dataclasses import replace
from django.utils import timezone
from cdnadmin.accounts.models import AwsAccount
from cdnadmin.accounts.services.credentials import connection_for
from cdnadmin.aws.session import cloudfront
from cdnadmin.operations.models import Operation
from cdnadmin.operations.runner import run_operation
from distributions.models import Distribution
from distributions.watching import start_watching
account = AwsAccount.objects.get()
client = cloudfront(replace(connection_for(account), background=True))
sent = []
client.meta.events.register("before-send.cloudfront.*", lambda **_: sent.append(1))
def memory(name):
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith(name)) * 1024
def peer():
    begun = time.perf_counter()
    for page in client.get_paginator("list_distributions").paginate():
        pass
    return time.perf_counter() - begun
def ours():
    start_watching(account)
    operation = Operation.objects.filter(kind="watch_propagation").latest("id")
    Operation.objects.filter(pk=operation.pk).update(due_at=timezone.now())
    begun = time.perf_counter()
    run_operation(operation.pk)
    seconds = time.perf_counter() - begun
    operation.refresh_from_db()
    assert operation.state in ("waiting", "succeeded"), operation.error_message
    return seconds
client.list_distributions()
open("/proc/self/clear_refs", "w").write("5")
idle = memory("VmRSS")
rounds = []
for _ in range(int(sys.argv[1])):
    sent.clear()
    rounds.append({"ours": ours(), "calls": len(sent), "held": memory("VmHWM") - idle})
    if not rounds[-1]["calls"]:
        break
peers = [peer() for _ in rounds]
left = Distribution.objects.filter(status="in_progress").count()
print(json.dumps({"rounds": rounds, "peers": peers, "left": left}))
"""


def run() -> Iterable[Result]:
    with tempfile.TemporaryDirectory(prefix="propagation-") as directory:
        yield from _measure(Path(directory))


def _measure(directory: Path) -> Iterator[Result]:
    sandbox_port, web_port = free_port(), free_port()
    sandbox, site = f"http://127.0.0.1:{sandbox_port}", f"http://127.0.0.1:{web_port}"
    environment = {
        **os.environ,
        "DATA_DIR": str(directory / "var"),
        "DATABASE_URL": f"sqlite://{directory}/bench.sqlite3",
        "DJANGO_SETTINGS_MODULE": os.environ.get("DJANGO_SETTINGS_MODULE", "cdnadmin.settings"),
        # Nothing answers there: the rounds are run here.
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "LOG_LEVEL": "ERROR",
    }
    things = [_thing(number) for number in range(MOVING)]
    rows = directory / "rows.jsonl"
    rows.write_text("".join(json.dumps(_row(thing)) + "\n" for thing in things))
    for name, some, seconds in (("few", things[:IMPORTED], 0.0), ("moving", things, LONG), ("arrived", things, 0.0)):
        _fill(directory / name, some, seconds)
    web = [sys.executable, "-m", "granian", "--interface", "wsgi", "--port", str(web_port), "cdnadmin.wsgi:application"]

    begun = _python(BEGIN, environment, sandbox)
    with _process(web, environment, f"{site}/health/live/"):
        page = _Page(f"{site}/distributions/", begun["session"])
        with _sandbox(directory / "few", sandbox_port, environment), page.asked_all_the_while():
            imported = _python(IMPORT, environment)
        assert imported["rows"] == IMPORTED
        yield Result("import 1,000 distributions", imported["seconds"], IMPORT_GOAL_SECONDS, goal=1.0, unit="s", at_most=True)
        yield Result("page while importing", page.median_ms(), PAGE_GOAL_MS, goal=1.0, unit="ms", at_most=True)
        _python(PREPARE, environment, str(rows))
        with _sandbox(directory / "moving", sandbox_port, environment), page.asked_all_the_while():
            under_way = _python(ROUNDS, environment, "3")
        assert under_way["left"] == MOVING
        meanwhile = page.median_ms()
        with _sandbox(directory / "arrived", sandbox_port, environment), page.asked_all_the_while():
            arrival = _python(ROUNDS, environment, "1")
        assert arrival["left"] == 0
    rounds = under_way["rounds"]
    calls = max(each["calls"] for each in rounds)
    yield Result("propagation calls a round", calls, MOVING / 100 + 1, goal=1.0, at_most=True)
    yield Result("propagation seconds a round", *_medians(under_way), goal=SECONDS_TO_PEER, unit="s", at_most=True)
    # All ten thousand rows are written in this one.
    yield Result("propagation seconds, all arrive", *_medians(arrival), unit="s", at_most=True)
    held = max(each["held"] for each in [*rounds, *arrival["rounds"]]) / 1e6
    yield Result("propagation memory of a round", held, MEMORY_GOAL_MB, goal=1.0, unit="MB", at_most=True)
    yield Result("page during rounds", meanwhile, PAGE_GOAL_MS, goal=1.0, unit="ms", at_most=True)
    yield Result("page while all arrive", page.median_ms(), PAGE_GOAL_MS, goal=1.0, unit="ms", at_most=True)


def _medians(measured: dict[str, Any]) -> tuple[float, float]:
    return statistics.median(each["ours"] for each in measured["rounds"]), statistics.median(measured["peers"])


def _thing(number: int) -> Thing:
    id = new_id()
    given = build_distribution_config(
        caller_reference=f"bench-{number}",
        bucket=f"media-{number % 50}",
        region="us-east-1",
        origin_path=f"/site-{number}",
        comment=f"Site {number}",
    )
    extra = {
        "arn": f"arn:aws:cloudfront::{ACCOUNT_ID}:distribution/{id}",
        "domain": f"d{id.lower()}.localhost",
        "tags": {},
    }
    return Thing("distribution", id, rules.with_defaults(given), extra=extra)


def _row(thing: Thing) -> dict[str, Any]:
    row = {"aws_id": thing.id, "etag": thing.etag, "arn": thing.extra["arn"], "domain_name": thing.extra["domain"]}
    return {"name": thing.config["Comment"], "row": {**row, "config": thing.config}}


def _fill(data: Path, things: list[Thing], seconds: float) -> None:
    """A sandbox's data, written before it starts: its quota is that of an account of AWS."""
    data.mkdir()
    store = Store(data, seconds)
    for thing in things:
        store.add(thing)


class _Page:
    """One page, asked for again and again, as people do."""

    def __init__(self, address: str, session: str) -> None:
        self._address, self._session = address, session
        self._taken: list[float] = []

    @contextmanager
    def asked_all_the_while(self) -> Iterator[None]:
        self._taken, ended = [], threading.Event()

        def ask() -> None:
            with httpx.Client(cookies={"sessionid": self._session}, timeout=30) as browser:
                while not ended.wait(0.2):
                    begun = time.perf_counter()
                    answer = browser.get(self._address)
                    self._taken.append(time.perf_counter() - begun)
                    assert answer.status_code == 200, answer.status_code

        thread = threading.Thread(target=ask)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()

    def median_ms(self) -> float:
        return statistics.median(self._taken) * 1000


@contextmanager
def _sandbox(data: Path, port: int, environment: dict[str, str]) -> Iterator[None]:
    serve = [sys.executable, "manage.py", "sandbox", "--port", str(port), "--data", str(data), "--propagation", str(LONG)]
    with _process(serve, environment, f"http://127.0.0.1:{port}/_sandbox/health"):
        yield


@contextmanager
def _process(command: list[str], environment: dict[str, str], ready: str) -> Iterator[None]:
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(300):
            try:
                httpx.get(ready, timeout=2)
                break
            except httpx.TransportError:
                time.sleep(0.1)
        yield
    finally:
        process.terminate()
        process.wait(timeout=30)


def _python(script: str, environment: dict[str, str], *arguments: str) -> dict[str, Any]:
    command = [sys.executable, "-c", script, *arguments]
    done = subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE, text=True, timeout=900)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found
