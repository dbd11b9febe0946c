"""Celery, which carries operations. The database holds what matters: a lost message costs seconds, never work."""

from __future__ import annotations

import os

from celery import Celery
from celery.signals import worker_process_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cdnadmin.settings")

from django.conf import settings

from cdnadmin.supervisor.orphans import end_this_process_with_its_parent

# kombu has its own word for a socket in the file system.
app = Celery("cdnadmin", broker=settings.REDIS_URL.replace("unix://", "redis+socket://", 1))
app.conf.update(
    task_serializer="json",
    accept_content=["json"],
    task_ignore_result=True,
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    worker_soft_shutdown_timeout=5,
    worker_hijack_root_logger=False,
    broker_connection_retry_on_startup=True,
    broker_transport_options={
        # Longer than the longest delivery (runner.DELIVERY_SECONDS and its last step), else work is given out twice.
        "visibility_timeout": 600,
        "unacked_restore_interval": 5,
        "unacked_restore_throttle": 1,
        "socket_connect_timeout": 2,
        # Above the time that a worker's blocking pop waits.
        "socket_timeout": 30,
        "socket_keepalive": True,
    },
    # The last resort against a step that hangs; the sweep then gives the operation to another process.
    task_time_limit=540,
    timezone="UTC",
    beat_schedule={
        "find operations that are due": {
            "task": "operations.dispatch_due",
            "schedule": 2.0,
            # A sweep that waited longer than this in the queue is not needed any more.
            "options": {"expires": 10},
        },
        "import new accounts, and look what was changed outside": {
            "task": "distributions.look_after_accounts",
            "schedule": 30.0,
            "options": {"expires": 30},
        },
        "clear away uploads that were given up": {"task": "media.sweep_uploads", "schedule": 3600.0, "options": {"expires": 3600}},
    },
)
app.autodiscover_tasks(["cdnadmin.operations", "distributions", "media"])


@worker_process_init.connect
def _end_with_worker(**_: object) -> None:
    """A worker killed outright leaves no child behind that goes on working unseen."""
    end_this_process_with_its_parent()
