"""What the clock asks for: a call each."""

from __future__ import annotations

from celery import shared_task

from distributions.services.doctor import examine_due_accounts
from distributions.services.importing import look_after_accounts as look
from distributions.services.invalidations import send_what_was_left
from distributions.services.privacy import ask_about_due


@shared_task(name="distributions.look_after_accounts", ignore_result=True)
def look_after_accounts() -> None:
    look()
    send_what_was_left()
    ask_about_due()
    examine_due_accounts()
