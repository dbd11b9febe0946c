"""Which ports to listen on."""

from __future__ import annotations

import socket
from collections.abc import Mapping

from cdnadmin.env import VARIABLES

HOST = "127.0.0.1"
TRIES = 50


class PortTaken(Exception):
    """A port that was asked for by name is in use."""

    def __init__(self, variable: str, port: int) -> None:
        super().__init__(f"{variable}: port {port} is in use by another program. End it, or choose another {variable}.")


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def any_free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def choose_port(variable: str, environ: Mapping[str, str], *, taken: frozenset[int] = frozenset()) -> int:
    """The port that `variable` asks for, else the first free one from its default on. Raises PortTaken."""
    wanted = int(str(VARIABLES[variable].read(environ)))
    if environ.get(variable):
        if wanted > 65_535 or wanted in taken or not is_free(wanted):
            raise PortTaken(variable, wanted)
        return wanted
    for port in range(wanted, wanted + TRIES):
        if port not in taken and is_free(port):
            return port
    return any_free_port()
