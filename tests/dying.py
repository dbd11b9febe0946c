"""A process that forks one child an order, which runs an operation and dies where the order says: by os._exit or SIGKILL.

Started with an address of the sandbox; reads orders as lines of JSON, answers each with how the child ended.
Forking from a process that has everything loaded and no threads makes a death cost milliseconds, not seconds.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.conftest import ROOT, wait_until

# How a child ends that came to no place to die at, and one that died as ordered.
FINISHED, DIED = 0, 77
MOMENTS = ("before", "held", "unanswered", "after")


@dataclass(frozen=True)
class Doomed:
    """The running process, from the test's side."""

    process: subprocess.Popen[str]

    def run(self, operation: int, *, call: str = "", moment: str = "", seen: Path | None = None) -> bool:
        """Run the operation in a child. True: it died at this `moment` of this AWS `call`, or before the first statement
        that is not yet in the file `seen`."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        order = {"operation": operation, "call": call, "moment": moment, "seen": str(seen or "")}
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        code = int(self.process.stdout.readline())
        assert code in {FINISHED, DIED, -signal.SIGKILL}, f"the child ended with {code}"
        return code != FINISHED


@contextmanager
def doomed_process(url: str, environ: Mapping[str, str]) -> Iterator[Doomed]:
    command = [sys.executable, "-m", "tests.dying", url]
    with subprocess.Popen(
        command, cwd=ROOT, env=dict(environ), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield Doomed(process)
        assert process.stdin is not None
        process.stdin.close()


def die(*_: object, **__: object) -> None:
    os._exit(DIED)


def die_at_call(client: Any, service: str, call: str, moment: str) -> None:
    """Hooks on botocore's own events, around the real call."""
    sent = 0

    def sending(**_: object) -> None:
        nonlocal sent
        sent += 1
        if moment == "before" or (moment == "unanswered" and sent == 2):
            die()
        if moment == "held":
            caller = threading.get_ident()
            threading.Thread(target=_die_in_the_call, args=(caller,), daemon=True).start()

    client.meta.events.register(f"before-send.{service}.{call}", sending)
    if moment == "after":
        client.meta.events.register(f"after-call.{service}.{call}", die)


def _die_in_the_call(caller: int) -> None:
    """Once the request is out and its sender waits for the answer."""

    def waits_for_the_answer() -> bool:
        frame = sys._current_frames().get(caller)
        return frame is not None and frame.f_code.co_name == "readinto" and frame.f_code.co_filename.endswith("socket.py")

    wait_until(waits_for_the_answer, what="the request's departure")
    os.kill(os.getpid(), signal.SIGKILL)


def die_at_new_statement(seen: Path, step: str) -> Callable[..., Any]:
    """A wrapper of Django's queries that dies before the first write which `seen` does not know, and before the first
    look after a step's outcome has been committed; it is written into `seen` first."""
    known = set(seen.read_text().splitlines()) if seen.exists() else set()

    def wrapper(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal step
        writes = sql.startswith(("INSERT", "UPDATE", "DELETE"))
        looks_after_an_outcome = sql.startswith('SELECT "operations_operation"."cancel_requested"')
        place = f"{step}: {sql}"
        if (writes or looks_after_an_outcome) and place not in known:
            with seen.open("a") as file:
                file.write(place + "\n")
            die()
        if sql.startswith('UPDATE "operations_operation" SET "step"'):
            step = params[0]
        return execute(sql, params, many, context)

    return wrapper


def _child(order: dict[str, Any], clients: dict[str, Any]) -> None:
    from django.db import connection

    from cdnadmin.operations.models import Operation
    from cdnadmin.operations.runner import run_operation

    if order["call"]:
        for service, client in clients.items():
            die_at_call(client, service, order["call"], order["moment"])
    if order["seen"]:
        step = Operation.objects.values_list("step", flat=True).get(pk=order["operation"])
        with connection.execute_wrapper(die_at_new_statement(Path(order["seen"]), step)):
            run_operation(order["operation"])
    else:
        run_operation(order["operation"])
    os._exit(FINISHED)


def main(url: str) -> None:
    import django

    django.setup()

    from cdnadmin.aws import session

    # The account's own connection, so that the product finds these very clients.
    connection = session.Connection("us-east-1", url, "sandbox", "sandbox")
    clients = {"cloudfront": session.cloudfront(connection), "s3": session.s3(connection)}
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            try:
                _child(json.loads(line), clients)
            finally:
                os._exit(1)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
