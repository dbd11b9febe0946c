"""What the clock asks for: a call each."""

from __future__ import annotations

from celery import shared_task

from distributions.services.importing import look_after_accounts as look


@shared_task(name="distributions.look_after_accounts", ignore_result=True)
def look_after_accounts() -> None:
    look()
