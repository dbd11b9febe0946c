"""A web server that says what it was asked, for distributions that have it as their origin."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class _Handler(BaseHTTPRequestHandler):
    """Answers what it was asked, as JSON; /status/503 with that status, /large with 9 MB, /chunked without a length,
    /short with less than it promises, /slow after five seconds or at the server's end."""

    protocol_version = "HTTP/1.1"
    asked: list[str]
    ended: threading.Event

    def do_GET(self) -> None:
        self.asked.append(self.path)
        kind, _, value = self.path.partition("?")[0].strip("/").rpartition("/")
        status = int(value) if kind.endswith("status") else 200
        if value == "slow":
            self.ended.wait(5)
        headers = {name.lower(): text for name, text in self.headers.items()}
        body = json.dumps({"path": self.path, "method": self.command, "headers": headers}).encode()
        if value == "large":
            body = bytes(9_000_000)
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "/elsewhere")
        for name, text in {"Content-Type": "application/json", "X-Powered-By": "a server", "Set-Cookie": "id=1"}.items():
            self.send_header(name, text)
        if value == "chunked":
            self.send_header("Transfer-Encoding", "chunked")
            body = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in (body[:9], body[9:], b""))
        else:
            self.send_header("Content-Length", str(len(body) + (5 if value == "short" else 0)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        self.close_connection = value == "short"

    do_HEAD = do_OPTIONS = do_GET

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def serving() -> Iterator[ThreadingHTTPServer]:
    """A server of its own on the loopback, which remembers the paths that it was asked for."""
    ended = threading.Event()
    handler = type("Handler", (_Handler,), {"asked": [], "ended": ended})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        running.daemon_threads = True
        threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        try:
            yield running
        finally:
            ended.set()
            running.shutdown()


def asked(server: ThreadingHTTPServer) -> list[str]:
    found: list[str] = server.RequestHandlerClass.asked  # type: ignore[attr-defined]
    return found


def origin(port: int, *, id: str = "web", domain: str = "localhost", protocol: str = "http-only", **more: Any) -> dict[str, Any]:
    custom = {"HTTPPort": port, "HTTPSPort": port, "OriginProtocolPolicy": protocol, "OriginReadTimeout": 1}
    return {"Id": id, "DomainName": domain, "CustomOriginConfig": custom, "ConnectionAttempts": 1, **more}
