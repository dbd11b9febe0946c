"""Which ports to listen on."""

from __future__ import annotations

import errno
import socket
from collections.abc import Mapping

from django.core.exceptions import ImproperlyConfigured

from cdnadmin.env import VARIABLES

HOST = "127.0.0.1"
TRIES = 50


class PortTaken(Exception):
    """A port that was asked for by name is in use."""

    def __init__(self, variable: str, port: int) -> None:
        super().__init__(f"{variable}: port {port} is in use by another program. End it, or choose another {variable}.")


def is_free(port: int) -> bool:
    """Whether both of localhost's addresses can be listened on: a browser may try either for "localhost"."""
    return _why_not(socket.AF_INET, HOST, port) is None and _why_not(socket.AF_INET6, "::1", port) != errno.EADDRINUSE


def _why_not(family: socket.AddressFamily, host: str, port: int) -> int | None:
    try:
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as error:
        return error.errno
    return None


def any_free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def choose_port(variable: str, environ: Mapping[str, str], *, taken: frozenset[int] = frozenset()) -> int:
    """The port that `variable` asks for, else the first free one from its default on.

    Raises PortTaken, or ImproperlyConfigured for what is no port or may not be listened on.
    """
    wanted = int(str(VARIABLES[variable].read(environ)))
    if wanted > 65_535:
        raise ImproperlyConfigured(f"{variable}: {wanted} is no port. Choose one from 1024 to 65535.")
    if environ.get(variable):
        if _why_not(socket.AF_INET, HOST, wanted) == errno.EACCES:
            raise ImproperlyConfigured(f"{variable}: this user may not listen on port {wanted}. Choose one from 1024 to 65535.")
        if wanted in taken or not is_free(wanted):
            raise PortTaken(variable, wanted)
        return wanted
    for port in range(wanted, wanted + TRIES):
        if port not in taken and is_free(port):
            return port
    return any_free_port()
