"""Giving an operation's id to the broker, without ever stalling or failing the one who asks."""

from __future__ import annotations

import logging

from django.utils import timezone
from kombu.exceptions import OperationalError

from cdnadmin.celery import app
from cdnadmin.operations.models import Operation

logger = logging.getLogger(__name__)

# Short: a request waits for this at most. What is not sent, the sweep sends.
_TIMEOUTS = {"socket_connect_timeout": 1, "socket_timeout": 2, "socket_keepalive": True}


def publish(operation_id: int) -> bool:
    """Send the message that runs the operation; False where the broker is dead or silent."""
    options = {**app.conf.broker_transport_options, **_TIMEOUTS}
    try:
        with app.connection_for_write(connect_timeout=1, transport_options=options) as connection:
            app.send_task("operations.run", args=[operation_id], connection=connection, retry=False)
    except (OperationalError, OSError) as error:
        logger.warning("The broker did not take operation %s: %s", operation_id, type(error).__name__)
        return False
    Operation.objects.filter(pk=operation_id).update(published_at=timezone.now())
    return True
