"""What beat asks for."""

from __future__ import annotations

from celery import shared_task

from media.services.sweep import sweep_stale_uploads


@shared_task(name="media.sweep_uploads", ignore_result=True)
def sweep_uploads() -> None:
    sweep_stale_uploads()
