"""Giving every file its permission, against bare boto3 making the same calls with as many threads over the same sandbox.

Both list, read each ACL and write it, in rounds that take turns over files of their own; medians are compared. What a
worker holds in memory beside is measured at one thousand files and at all: it must not grow with them.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from benchmarks.result import Result
from cdnadmin.sandbox.s3.engine import OWNER_GRANT
from cdnadmin.sandbox.s3.store import Bucket, Store, StoredObject
from tests.conftest import free_port

ROOT = Path(__file__).resolve().parent.parent
FILES = int(os.environ.get("GRANTS_FILES", "1500"))
ROUNDS = 3
FEW = 250
MEMORY_GOAL_MB = 10

# Run in a process of ours, as a worker would. What it measures it says in JSON.
MEASURE = """
import json, sys, time, django
django.setup()
from concurrent.futures import ThreadPoolExecutor
from django.core.management import call_command
call_command("migrate", verbosity=0)
from cdnadmin.accounts.models import Bucket, Role, User
from cdnadmin.accounts.services.aws_accounts import ensure_sandbox_account
from cdnadmin.accounts.services.credentials import connection_for
from cdnadmin.aws.session import s3
from cdnadmin.operations.runner import run_operation
from distributions.access.object_grants import AT_ONCE
from distributions.models import Distribution
from distributions.services.grants import repair_grants
from distributions.services.origin_access import create_origin_access_identity
url, rounds = sys.argv[1], int(sys.argv[2])
person = User.objects.create_user("bench@example.org", role=Role.ADMINISTRATOR)
account = ensure_sandbox_account(url=url)
bucket = Bucket.objects.create(account=account, name="grants", region="us-east-1", object_ownership="ObjectWriter")
access = create_origin_access_identity(actor=person, account=account, name="Old")
reader = access.canonical_user_id
client = s3(connection_for(account))
def memory(name):
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith(name)) * 1024
def ours(path):
    site = Distribution.objects.create(account=account, name=path, kind="public", bucket=bucket, origin_path="/" + path,
        access_model="oai-acl", origin_access=access, status="deployed", aws_id="E" + path, arn="arn:" + path)
    operation = repair_grants(actor=person, distribution=site, do="permit", replace=True)
    open("/proc/self/clear_refs", "w").write("5")
    idle, begun = memory("VmRSS"), time.perf_counter()
    while operation.is_active:
        run_operation(operation.pk)
        operation.refresh_from_db()
    seconds = time.perf_counter() - begun
    assert operation.state == "succeeded", operation.error_message
    found = operation.data["grants"]
    assert found["mended"] == found["looked"] == operation.total, found
    return {"rate": found["looked"] / seconds, "held": memory("VmHWM") - idle, "kept": len(json.dumps(operation.data))}
def one(key):
    acl = client.get_object_acl(Bucket="grants", Key=key)
    wanted = [{"Grantee": {"Type": "CanonicalUser", "ID": each["Grantee"]["ID"]}, "Permission": each["Permission"]}
        for each in acl["Grants"]] + [{"Grantee": {"Type": "CanonicalUser", "ID": reader}, "Permission": "READ"}]
    client.put_object_acl(Bucket="grants", Key=key, AccessControlPolicy={"Owner": {"ID": acl["Owner"]["ID"]}, "Grants": wanted},
        ChecksumAlgorithm="CRC32")
def peer(path):
    begun, done = time.perf_counter(), 0
    # The same files are counted first, as ours are.
    for page in client.get_paginator("list_objects_v2").paginate(Bucket="grants", Prefix=path + "/"):
        pass
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for page in client.get_paginator("list_objects_v2").paginate(Bucket="grants", Prefix=path + "/"):
            done += len(list(pool.map(one, [each["Key"] for each in page["Contents"]])))
    return done / (time.perf_counter() - begun)
few = ours("few")
found = []
for number in range(rounds):
    turns = [("ours", ours), ("peer", peer)]
    found.append({name: measure(f"{name}-{number}") for name, measure in (turns if number % 2 else turns[::-1])})
print(json.dumps({"few": few, "rounds": found}))
"""


def run() -> Iterable[Result]:
    with tempfile.TemporaryDirectory(prefix="grants-") as directory:
        yield from _measure(Path(directory))


def _measure(directory: Path) -> Iterator[Result]:
    port = free_port()
    environment = {
        **os.environ,
        "DATA_DIR": str(directory / "var"),
        "DATABASE_URL": f"sqlite://{directory}/bench.sqlite3",
        "DJANGO_SETTINGS_MODULE": os.environ.get("DJANGO_SETTINGS_MODULE", "cdnadmin.settings"),
        # Nothing answers there: the operations are run here.
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "LOG_LEVEL": "ERROR",
    }
    _fill(directory / "sandbox")
    with _sandbox(directory / "sandbox", port, environment):
        command = [sys.executable, "-c", MEASURE, f"http://127.0.0.1:{port}", str(ROUNDS)]
        done = subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE, text=True, timeout=900)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    rate = statistics.median(each["ours"]["rate"] for each in found["rounds"])
    peer = statistics.median(each["peer"] for each in found["rounds"])
    yield Result("grants files mended", rate, peer, goal=0.8, unit="/s")
    held = max(each["ours"]["held"] for each in found["rounds"]) / 1e6
    yield Result(f"grants memory, {FILES:,} files", held, MEMORY_GOAL_MB, goal=1.0, unit="MB", at_most=True)
    kept = max(each["ours"]["kept"] for each in found["rounds"])
    yield Result(f"grants position, {FILES:,} to {FEW:,}", kept, found["few"]["kept"], goal=1.1, unit="B", at_most=True)


def _fill(data: Path) -> None:
    """Files without bytes, written before the sandbox starts: what is measured is asking about them."""
    data.mkdir(parents=True)
    store = Store(data)
    store.save_bucket(Bucket("grants", time.time(), "ObjectWriter", {}, acl=[OWNER_GRANT]))
    paths = {"few": FEW} | {f"{name}-{number}": FILES for name in ("ours", "peer") for number in range(ROUNDS)}
    for path, count in paths.items():
        for number in range(count):
            stored = StoredObject(0, "0" * 32, time.time(), {"content-type": "text/plain"}, [], [OWNER_GRANT])
            store.save_object("grants", f"{path}/asset-{number:07}/1/original/film.mp4", stored)


@contextmanager
def _sandbox(data: Path, port: int, environment: dict[str, str]) -> Iterator[None]:
    command = [sys.executable, "manage.py", "sandbox", "--port", str(port), "--data", str(data), "--propagation", "0"]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(300):
            try:
                httpx.get(f"http://127.0.0.1:{port}/_sandbox/health", timeout=2)
                break
            except httpx.TransportError:
                time.sleep(0.1)
        yield
    finally:
        process.terminate()
        process.wait(timeout=30)
