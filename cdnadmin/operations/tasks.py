"""What Celery carries: two tasks, each a call."""

from __future__ import annotations

from celery import shared_task

from cdnadmin.operations import runner, services


@shared_task(name="operations.run", ignore_result=True)
def run(operation_id: int) -> None:
    runner.run_operation(operation_id)


@shared_task(name="operations.dispatch_due", ignore_result=True)
def dispatch_due() -> None:
    services.dispatch_due()
