"""Giving an operation's id to the broker, without ever stalling or failing the one who asks."""

from __future__ import annotations

import logging
import time

import redis
from django.conf import settings
from django.utils import timezone
from kombu.exceptions import OperationalError
from redis.backoff import NoBackoff
from redis.retry import Retry

from cdnadmin.celery import app
from cdnadmin.operations.models import Operation

logger = logging.getLogger(__name__)

# Short: a request waits for this at most. What is not sent, the sweep sends.
_TIMEOUTS = {"socket_connect_timeout": 1, "socket_timeout": 2, "socket_keepalive": True}
# kombu would try a refused connection again for two seconds.
_NO_RETRIES = {"max_retries": 0, "interval_start": 0, "interval_step": 0}
# One request may ask for several operations: only the first waits for a silent broker.
QUIET_SECONDS = 5.0
# Redis gives out 0 first. That is the sweep's: behind a long queue it would expire, and nothing interrupted be found.
_BEGUN, _NEW = 3, 6
_quiet_until = 0.0


def publish(operation_id: int, *, begun: bool = False) -> bool:
    """Send the message that runs the operation, ahead of those that wait for their first start where it has `begun`.

    False where the broker is dead or silent (or was, just now).
    """
    global _quiet_until
    if time.monotonic() < _quiet_until:
        return False
    options = {**app.conf.broker_transport_options, **_TIMEOUTS, **_NO_RETRIES}
    try:
        with app.connection_for_write(connect_timeout=1, transport_options=options) as connection:
            priority = _BEGUN if begun else _NEW
            app.send_task("operations.run", args=[operation_id], connection=connection, retry=False, priority=priority)
    except (OperationalError, OSError) as error:
        _quiet_until = time.monotonic() + QUIET_SECONDS
        logger.warning("The broker did not take operation %s: %s", operation_id, type(error).__name__)
        return False
    Operation.objects.filter(pk=operation_id).update(published_at=timezone.now())
    return True


def broker_answers() -> bool:
    """Whether the broker takes a connection and answers on it, within about two seconds."""
    client = redis.Redis.from_url(settings.REDIS_URL, retry=Retry(NoBackoff(), 0), **_TIMEOUTS)
    try:
        return bool(client.ping())
    except (redis.RedisError, OSError):
        return False
    finally:
        client.close()
