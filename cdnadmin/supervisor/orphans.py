"""No process outlives the one that started it, however that one ends."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Callable

_PR_SET_PDEATHSIG = 1


def end_with_parent(sign: signal.Signals) -> Callable[[], None]:
    """What a new process calls so that Linux sends it `sign` when its parent dies, be it by kill -9.

    Elsewhere the supervisor's own ending is all there is. Loaded here, in the parent: nothing may be
    imported between fork and exec.
    """
    if not sys.platform.startswith("linux"):
        return lambda: None
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    parent = os.getpid()

    def ask() -> None:
        prctl(_PR_SET_PDEATHSIG, int(sign))
        if os.getppid() != parent:  # it died before we asked
            os.kill(os.getpid(), sign)

    return ask


def end_this_process_with_its_parent() -> None:
    """For a process that was forked already, as a Celery worker's child: killed once its parent is gone."""
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL))
