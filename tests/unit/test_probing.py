"""What a stranger's answer means, over real connections: given, refused, or neither; and what is sent for it."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Iterator

import pytest

from cdnadmin.probing import probe

LIST = b'<?xml version="1.0"?><ListBucketResult><Name>b</Name></ListBucketResult>'


def answer(status: str, body: bytes = b"", *headers: str, length: int | None = None) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body) if length is None else length}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


def refusal(status: str, code: str, *headers: str) -> bytes:
    return answer(status, f"<Error><Code>{code}</Code></Error>".encode(), *headers)


class Server:
    """Answers everybody with `says`, byte for byte, and writes down what it was asked."""

    def __init__(self) -> None:
        self.says, self.asked = b"", list[str]()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection:
                self.asked.append(connection.recv(65536).decode())
                connection.sendall(self.says)

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    running = Server()
    yield running
    running.close()


@pytest.mark.parametrize(
    ("says", "opens"),
    [
        (answer("206 Partial Content", b"a"), True),
        (answer("200 OK", b"no gzip at all", "Content-Encoding: gzip"), True),
        (answer("200 OK", b"begun", length=9_000_000), True),
        (answer("416 Range Not Satisfiable"), True),
        (answer("200 OK", b"Sorry", "X-Cache: Error from cloudfront"), False),
        (refusal("403 Forbidden", "MissingKey", "X-Cache: Error from cloudfront"), False),
        (answer("403 Forbidden", b"<Err", length=500), False),
        (refusal("400 Bad Request", "InvalidRequest"), False),
        (refusal("404 Not Found", "NoSuchKey"), None),
        (refusal("403 Forbidden", "InvalidObjectState"), None),
        (refusal("503 Slow Down", "SlowDown"), None),
        (answer("429 Too Many Requests"), None),
        (answer("302 Found", b"", "Location: /elsewhere"), None),
        (b"gibberish\r\n\r\n", None),
        (b"", None),
    ],
)
def test_what_says_neither_is_no_refusal_and_a_page_for_an_error_no_file(server: Server, says: bytes, opens: bool | None) -> None:
    server.says = says
    assert probe(f"http://127.0.0.1:{server.port}/film").opens is opens


@pytest.mark.parametrize(
    ("says", "lists"),
    [
        (answer("200 OK", LIST), True),
        (answer("200 OK", b"<html>"), False),
        (answer("200 OK", b"<?xml", length=500), None),
        (refusal("403 Forbidden", "AccessDenied"), False),
        (refusal("503 Slow Down", "SlowDown"), None),
        (refusal("301 Moved Permanently", "PermanentRedirect"), None),
    ],
)
def test_a_list_is_refused_only_by_a_refusal(server: Server, says: bytes, lists: bool | None) -> None:
    server.says, before = says, len(server.asked)
    assert probe(f"http://127.0.0.1:{server.port}/?list-type=2", whole=True).lists is lists
    # Its first byte would look like any other's.
    assert [each for each in server.asked[before:] if "range" in each.lower()] == []
    assert len(server.asked) == before + 1


def test_nobody_is_told_who_asks_and_the_path_goes_as_it_is(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    server.says = refusal("403 Forbidden", "A" * 4_000, "Set-Cookie: a=b")
    found = probe(f"http://ada:secret@probed.localhost:{server.port}/a%2Fb//c?Signature=abc")
    head = server.asked[-1]
    assert head.startswith("GET /a%2Fb//c?Signature=abc HTTP/1.1\r\n")
    assert f"Host: probed.localhost:{server.port}\r\n" in head
    assert "Range: bytes=0-0\r\n" in head
    assert not {"authorization", "cookie"} & {line.partition(":")[0].lower() for line in head.splitlines()}
    assert found.code == "", "a code longer than its column"
    assert "abc" not in caplog.text
    assert "secret" not in caplog.text
