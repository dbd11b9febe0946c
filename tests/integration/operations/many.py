"""What one of several processes does in test_lease: claim all it can get, then write N operations and their progress.

Each says “ready” and begins with the line that the test writes to all of them at once.
"""

from __future__ import annotations

import sys

import django

django.setup()

from django.db import transaction  # noqa: E402

from cdnadmin.operations.lease import claim  # noqa: E402
from cdnadmin.operations.models import Operation  # noqa: E402
from cdnadmin.operations.services import record_progress, request_operation  # noqa: E402
from tests.integration.operations import kinds  # noqa: E402, F401  (registers them)


def claim_all() -> None:
    for key in Operation.objects.order_by("pk").values_list("pk", flat=True):
        if claim(key) is not None:
            print(key)


def write(count: int) -> None:
    import os

    for number in range(count):
        with transaction.atomic():
            Operation.objects.filter(target=f"process:{os.getpid()}").count()  # read, then write: what deferred transactions lose
            target = f"process:{os.getpid()}-{number}"
            operation = request_operation(kind="test_two", target=target, title="One of many", delay_seconds=0.001)
        held = None
        while held is None:
            held = claim(operation.pk)
        record_progress(held, done=1, message="written")
    print(count)


if __name__ == "__main__":
    print("ready", flush=True)
    sys.stdin.readline()
    claim_all()
    write(int(sys.argv[1]))
