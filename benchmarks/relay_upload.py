"""Uploading 2 GB through the relay and publishing it, against `aws s3 cp` to the same sandbox; and what is held in memory.

The browser's side is played by one connection that sends part after part, as Uppy does for one file. The
file lies in the page cache for both. Everything runs in processes of its own over a throw-away directory.
"""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from benchmarks.result import Result
from tests.conftest import free_port

ROOT = Path(__file__).resolve().parent.parent
SIZE = int(os.environ.get("RELAY_UPLOAD_BYTES", "2000000000"))
MEMORY_GOAL_MB = 200

# Run in a process of ours: makes what an upload needs, and says it in JSON.
PREPARE = """
import json, sys, django
django.setup()
from django.core.management import call_command
call_command("migrate", run_syncdb=True, verbosity=0)
from cdnadmin.accounts.models import Bucket, Role, User
from cdnadmin.accounts.services.aws_accounts import ensure_sandbox_account
from distributions.models import Distribution
from media.services.uploads import begin_upload
from media.upload_tokens import issue_upload_token
url, bucket, size = sys.argv[1], sys.argv[2], int(sys.argv[3])
person = User.objects.create_user("bench@example.org", role=Role.EDITOR)
row = Bucket.objects.create(account=ensure_sandbox_account(url=url), name=bucket, region="us-east-1")
site = Distribution.objects.create(account=row.account, name="Bench", kind="public", bucket=row, origin_path="/bench",
    status="deployed", arn="arn:aws:cloudfront::123456789012:distribution/EBENCH", domain_name="bench.localhost")
upload = begin_upload(actor=person, distribution=site, file_name="bench.bin", size=size, content_type="")
print(json.dumps({"id": upload.public_id, "token": issue_upload_token(upload), "part_size": upload.part_size}))
"""

# The worker: runs the publication to its end, and says the most memory it ever held.
PUBLISH = """
import json, resource, time, django
django.setup()
from cdnadmin.operations.models import Operation
from cdnadmin.operations.runner import run_operation
operation = Operation.objects.get(kind="publish_asset")
begun = time.perf_counter()
while operation.is_active:
    run_operation(operation.pk)
    operation.refresh_from_db()
assert operation.state == "succeeded", operation.error_message
print(json.dumps({"seconds": time.perf_counter() - begun, "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}))
"""


def run() -> Iterable[Result]:
    with tempfile.TemporaryDirectory(prefix="relay-upload-") as directory:
        yield from _measure(Path(directory))


def _measure(directory: Path) -> Iterator[Result]:
    file = directory / "bench.bin"
    with file.open("wb") as out:
        block = os.urandom(1 << 20)
        for start in range(0, SIZE, len(block)):
            out.write(block[: min(len(block), SIZE - start)])
    sandbox_port, web_port = free_port(), free_port()
    sandbox = f"http://127.0.0.1:{sandbox_port}"
    environment = {
        **os.environ,
        "DATA_DIR": str(directory / "var"),
        "DATABASE_URL": f"sqlite://{directory}/bench.sqlite3",
        "DJANGO_SETTINGS_MODULE": os.environ.get("DJANGO_SETTINGS_MODULE", "cdnadmin.settings"),
        "AWS_ACCESS_KEY_ID": "sandbox",
        "AWS_SECRET_ACCESS_KEY": "sandbox",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    data = directory / "sandbox"
    serve = [sys.executable, "manage.py", "sandbox", "--port", str(sandbox_port), "--data", str(data), "--propagation", "0"]
    web = [sys.executable, "-m", "granian", "--interface", "wsgi", "--port", str(web_port), "cdnadmin.wsgi:application"]
    aws = [str(Path(sys.executable).parent / "aws"), "--endpoint-url", sandbox, "s3"]
    with _process(serve, environment, f"{sandbox}/_sandbox/health"):
        _run([*aws, "mb", "s3://bench-bucket"], environment)
        peer = _timed([*aws, "cp", "--only-show-errors", str(file), "s3://bench-bucket/peer.bin"], environment)
        _run([*aws, "rm", "--only-show-errors", "s3://bench-bucket/peer.bin"], environment)
        begun = json.loads(_run([sys.executable, "-c", PREPARE, sandbox, "bench-bucket", str(SIZE)], environment))
        with _process(web, environment, f"http://127.0.0.1:{web_port}/relay/x/") as pid:
            idle = _peak(pid)
            receive = _send(file, web_port, begun)
            held = _peak(pid) - idle
        published = json.loads(_run([sys.executable, "-c", PUBLISH], environment))
    megabytes = SIZE / 1e6
    yield Result("relay_upload", megabytes / receive, megabytes / peer, goal=0.8, unit="MB/s")
    yield Result("relay_upload publish", megabytes / published["seconds"], megabytes / peer, goal=0.8, unit="MB/s")
    yield Result("relay_upload to published", megabytes / (receive + published["seconds"]), megabytes / peer, unit="MB/s")
    yield Result("relay_upload web memory", held / 1e6, MEMORY_GOAL_MB, goal=1.0, unit="MB", at_most=True)
    yield Result("relay_upload worker memory", published["peak"] / 1e6, MEMORY_GOAL_MB, goal=1.0, unit="MB", at_most=True)


def _send(file: Path, port: int, begun: dict[str, str]) -> float:
    """Seconds to send all parts over one connection and complete."""
    relay, size = f"/relay/{begun['id']}/", int(begun["part_size"])
    started = time.perf_counter()
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    with file.open("rb") as source:
        number = 0
        while part := source.read(size):
            number += 1
            digest = hashlib.sha256(part).hexdigest()
            line.request("PUT", f"{relay}{number}", part, {"X-Upload-Token": begun["token"], "X-Part-Sha256": digest})
            answer = line.getresponse()
            answer.read()
            assert answer.status == 200, answer.status
    line.request("POST", f"{relay}?uploadId={begun['id']}", headers={"X-Upload-Token": begun["token"]})
    assert line.getresponse().status == 200
    return time.perf_counter() - started


@contextmanager
def _process(command: list[str], environment: dict[str, str], ready: str) -> Iterator[int]:
    """A running server: the id of the process that serves (granian's first child, else its own)."""
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(300):
            try:
                httpx.get(ready, timeout=2)
                break
            except httpx.TransportError:
                time.sleep(0.1)
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        yield int(children[0]) if children else process.pid
    finally:
        process.terminate()
        process.wait(timeout=30)


def _run(command: list[str], environment: dict[str, str]) -> str:
    return subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE, text=True, timeout=900).stdout


def _timed(command: list[str], environment: dict[str, str]) -> float:
    started = time.perf_counter()
    _run(command, environment)
    return time.perf_counter() - started


def _peak(pid: int) -> int:
    line = next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024
