"""Origins that are web servers of one's own. Only this machine's: the sandbox asks nobody in the outside world.

Sources: Developer Guide, "Request and response behavior for custom origins", "Control origin timeouts and attempts",
"HTTP 502 status code (Bad Gateway)", "HTTP 504 status code (Gateway Timeout)".
"""

from __future__ import annotations

import http.client
import re
import socket
import ssl
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from typing import Any

from cdnadmin.sandbox.edge.cache import OBJECT_AT_MOST
from cdnadmin.sandbox.http import Fault, Response

LOOPBACK = "127.0.0.1"
# Which distributions a request came through, so that one which is its own origin does not ask itself for ever.
PASSED_HEADER = "x-sandbox-passed"
_WHOLE_AT_MOST = 64_000_000
_CHUNK = 1 << 16
_OF_THE_CONNECTION = frozenset(
    {"connection", "keep-alive", "transfer-encoding", "trailer", "upgrade", "te", "proxy-authenticate", "proxy-connection"}
)
# The sandbox's server writes these itself.
_OF_THE_SERVER = frozenset({"date", "server"})


class Unreachable(Fault):
    """The origin can't be reached or does not answer: an origin group that names `criterion` asks its second member."""

    @property
    def criterion(self) -> int:
        """503 for no connection, 504 for no answer in time. Source: "Optimize high availability with … origin failover"."""
        return 504 if self.status == 504 else 503


@dataclass(frozen=True)
class Asked:
    """What is asked of an origin: a path and query in the bytes sent, headers with names in lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    secure: bool


def is_loopback(domain: str) -> bool:
    return re.fullmatch(r"127\.0\.0\.1|([a-z0-9-]+\.)*localhost", domain.lower()) is not None


def fetch(origin: dict[str, Any], asked: Asked) -> Response:
    """The origin's answer, whatever its status. Raises Unreachable (502, 504).

    It tries `ConnectionAttempts` times, each `ConnectionTimeout` s for a connection and `OriginReadTimeout` s for an
    answer; OPTIONS is not repeated once it was sent.
    """
    if not is_loopback(origin["DomainName"]):
        message = f"The sandbox's edge asks only localhost, 127.0.0.1 and *.localhost, not {origin['DomainName']}."
        raise Unreachable(502, "BadGateway", message)
    for left in range(origin.get("ConnectionAttempts", 3) - 1, -1, -1):
        connection: http.client.HTTPConnection | None = None
        try:
            connection = _connected(origin, asked.secure)
            connection.putrequest(asked.method, asked.target, skip_host=True, skip_accept_encoding=True)
            for name, value in _with_custom_headers(origin, asked.headers).items():
                connection.putheader(name, value)
            connection.endheaders()
            return _response(connection, connection.getresponse(), asked.method)
        except TimeoutError:
            _closed(connection)
            if not left or (connection is not None and asked.method == "OPTIONS"):
                raise Unreachable(
                    504, "GatewayTimeout", "CloudFront wasn't able to get an answer from the origin in time."
                ) from None
        except ssl.SSLError:
            _closed(connection)
            raise Unreachable(502, "BadGateway", "CloudFront wasn't able to agree on TLS with the origin.") from None
        except (OSError, http.client.HTTPException):
            _closed(connection)
            if not left or _sent_once(connection, asked):
                raise Unreachable(502, "BadGateway", "CloudFront wasn't able to connect to the origin.") from None
    raise AssertionError("an origin is asked at least once")


def _sent_once(connection: http.client.HTTPConnection | None, asked: Asked) -> bool:
    return connection is not None and asked.method == "OPTIONS"


def _closed(connection: http.client.HTTPConnection | None) -> None:
    if connection is not None:
        connection.close()


def _connected(origin: dict[str, Any], viewer_is_secure: bool) -> http.client.HTTPConnection:
    own = origin["CustomOriginConfig"]
    policy = own["OriginProtocolPolicy"]
    secure = policy == "https-only" or (policy == "match-viewer" and viewer_is_secure)
    port = own["HTTPSPort"] if secure else own["HTTPPort"]
    sent = socket.create_connection((LOOPBACK, port), timeout=origin.get("ConnectionTimeout", 10))
    try:
        if secure:
            sent = ssl.create_default_context().wrap_socket(sent, server_hostname=origin["DomainName"])
        sent.settimeout(own.get("OriginReadTimeout", 30))
    except BaseException:
        sent.close()
        raise
    connection = http.client.HTTPConnection(origin["DomainName"], port)
    connection.sock = sent
    return connection


def _with_custom_headers(origin: dict[str, Any], headers: Mapping[str, str]) -> dict[str, str]:
    """The origin's own headers go before the viewer's. Source: "Add custom headers to origin requests"."""
    items = origin.get("CustomHeaders", {}).get("Items", [])
    # http.client writes Latin-1: these characters are the bytes of UTF-8.
    custom = {item["HeaderName"].lower(): item["HeaderValue"].encode().decode("latin-1") for item in items}
    return {"host": origin["DomainName"], **headers, **custom, "connection": "close"}


def _response(connection: http.client.HTTPConnection, answer: http.client.HTTPResponse, method: str) -> Response:
    headers: dict[str, str] = {}
    for name, value in answer.getheaders():
        lowered = name.lower()
        if lowered == "set-cookie" or lowered not in headers:
            headers[lowered] = value
        else:
            headers[lowered] += f", {value}"
    for name in _OF_THE_CONNECTION | _OF_THE_SERVER:
        headers.pop(name, None)
    if method == "HEAD" or answer.status in {204, 304}:
        connection.close()
        return Response(answer.status, headers)
    if answer.length is not None and answer.length > OBJECT_AT_MOST:
        return Response(answer.status, headers, _pieces(connection, answer))
    body = answer.read(_WHOLE_AT_MOST + 1)
    connection.close()
    if len(body) > _WHOLE_AT_MOST:
        raise Unreachable(502, "BadGateway", "The origin's answer has no Content-Length and is too large for the sandbox.")
    if answer.length:
        raise http.client.IncompleteRead(body, answer.length)
    # An answer in chunks has no length; what the edge sends on has one, but it is not compressed for want of it.
    return Response(answer.status, headers, body)


def _pieces(connection: http.client.HTTPConnection, answer: http.client.HTTPResponse) -> Generator[bytes]:
    """Raises ConnectionError where the origin stops: then the viewer's connection ends too, as it has no other sign."""
    try:
        while piece := answer.read(_CHUNK):
            yield piece
        if answer.length:
            raise ConnectionError("the origin's answer ended early")
    except (OSError, http.client.HTTPException) as error:
        raise ConnectionError("the origin's answer ended early") from error
    finally:
        connection.close()
