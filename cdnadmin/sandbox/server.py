"""The sandbox on one port: S3, CloudFront's API and other services by signature, the edge by Host header.

The standard library's threading server, because a request's path must arrive undecoded (signatures and
signed URLs are over the bytes sent) and bodies of gigabytes must stream: the product's own server gives
neither. It listens on the loopback only, unless told otherwise.
"""

from __future__ import annotations

import json
import logging
import signal
import socketserver
import sys
import threading
import uuid
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from types import FrameType
from typing import BinaryIO, cast
from xml.sax.saxutils import escape

from cdnadmin.sandbox.admin import Admin, DroppedAnswer, Faults, WriteLog
from cdnadmin.sandbox.bodies import ChunkedBody, LimitedBody
from cdnadmin.sandbox.cloudfront import codec
from cdnadmin.sandbox.cloudfront.api import CloudFrontApi
from cdnadmin.sandbox.edge import Edge
from cdnadmin.sandbox.http import Fault, Request, Response
from cdnadmin.sandbox.iam import IamApi
from cdnadmin.sandbox.moto_services import SERVICES, MotoServices
from cdnadmin.sandbox.permissions import Permissions
from cdnadmin.sandbox.s3 import xml
from cdnadmin.sandbox.s3.api import S3Api
from cdnadmin.sandbox.s3.engine import S3Engine
from cdnadmin.sandbox.sigv4 import authenticate, service_of, split_query

logger = logging.getLogger("sandbox")
CLOUDFRONT_API = "/2020-05-31/"


class Sandbox:
    """All services over one data directory."""

    def __init__(self, data: Path, *, port: int, propagation_seconds: float) -> None:
        data.mkdir(parents=True, exist_ok=True)
        self.faults, self.permissions = Faults(), Permissions()
        self.writes = WriteLog(data / "writes.jsonl")
        self.engine = S3Engine(data, self.permissions)
        self.s3 = S3Api(self.engine, self.faults, self.writes)
        self.cloudfront = CloudFrontApi(
            data, propagation_seconds=propagation_seconds, faults=self.faults, writes=self.writes, permissions=self.permissions
        )
        self.iam = IamApi(self.permissions, self.faults)
        identities = self.cloudfront.store
        self.engine.identities = lambda: {thing.id: thing.extra["canonical"] for thing in identities.all("oai")}
        self.edge = Edge(self.cloudfront, self.engine)
        self.moto = MotoServices()
        self.engine.find_key = self.moto.kms_key
        self.cloudfront.store.certificate_names = self.moto.certificate_names
        self.admin = Admin(
            self.faults, self.writes, self.engine.store.claim_for_another_account, self.cloudfront.store, self.permissions
        )

    def handle(self, request: Request) -> Response:
        if self.edge.serves(request.host):
            return self.edge.handle(request)
        if request.raw_path.startswith("/_sandbox/"):
            return self.admin.handle(request)
        service = service_of(request)
        if service and self.admin.credentials_expired:
            return _expired(request, service)
        if service == "cloudfront" or (request.raw_path.startswith(CLOUDFRONT_API) and service != "s3"):
            return self.cloudfront.handle(request)
        if service == "iam" or service in SERVICES:
            try:
                return self.iam.handle(request) if service == "iam" else self._handle_by_moto(request, service)
            except Fault as fault:
                return _error(fault, service)
        return self.s3.handle(request)

    def _handle_by_moto(self, request: Request, service: str) -> Response:
        authenticate(request, service=service)
        operation = _operation(request)
        self.permissions.require([f"{service}:{operation}"])
        dropped = self.faults.take(service, operation)
        response = self.moto.handle(request, service)
        if operation in _CERTIFICATE_WRITES and response.status == 200:
            given = {**json.loads(request.buffered() or b"{}"), **json.loads(cast(bytes, response.body) or b"{}")}
            self.writes.record(service, operation, given["CertificateArn"])
        if dropped == "drop":
            raise DroppedAnswer
        return response


def _operation(request: Request) -> str:
    """The operation of a JSON or a query request ("Sign", "GetCallerIdentity")."""
    if target := request.headers.get("x-amz-target", ""):
        return target.rpartition(".")[2]
    fields = split_query(request.raw_query) + split_query(request.buffered().decode("utf-8", errors="replace"))
    return dict(fields).get("Action", "")


_CERTIFICATE_WRITES = {"RequestCertificate", "ImportCertificate", "DeleteCertificate"}
# What services with JSON call the refusals that others give as XML.
_JSON_SERVICES = SERVICES - {"sts"}
_JSON_CODES = {
    "InvalidClientTokenId": "UnrecognizedClientException",
    "SignatureDoesNotMatch": "InvalidSignatureException",
    "ExpiredToken": "ExpiredTokenException",
    "AccessDenied": "AccessDeniedException",
}


def _error(fault: Fault, service: str = "") -> Response:
    if service in _JSON_SERVICES:
        code = _JSON_CODES.get(fault.code, fault.code)
        status = 400 if code != fault.code else fault.status
        document = json.dumps({"__type": code, "message": fault.message}).encode()
        headers = {"content-type": "application/x-amz-json-1.1", "x-amzn-errortype": code, "x-amzn-requestid": str(uuid.uuid4())}
        return Response(status, headers, document)
    body = f"<ErrorResponse><Error><Type>Sender</Type><Code>{fault.code}</Code><Message>{escape(fault.message)}</Message></Error>"
    body += f"<RequestId>{uuid.uuid4()}</RequestId></ErrorResponse>"
    return Response(fault.status, {"content-type": "text/xml", "x-amzn-errortype": fault.code}, body.encode())


def _expired(request: Request, service: str) -> Response:
    """As each service says it. Sources: S3's "Error responses"; "Common error types" of the others."""
    if service == "s3":
        return xml.error(Fault(400, "ExpiredToken", "The provided token has expired."), head=request.method == "HEAD")
    fault = Fault(403, "ExpiredToken", "The security token included in the request is expired")
    return codec.error(fault, str(uuid.uuid4())) if service == "cloudfront" else _error(fault, service)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    sandbox: Sandbox
    disable_nagle_algorithm = True
    wbufsize = 1 << 16

    def handle_any(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        # Not self.path: the library takes doubled slashes off its beginning.
        raw_path, _, raw_query = self.requestline.split()[1].partition("?")
        if raw_path.startswith("http://"):
            raw_path = "/" + raw_path.split("/", 3)[3] if raw_path.count("/") >= 3 else "/"
        source = cast(BinaryIO, self.rfile)
        body: LimitedBody | ChunkedBody
        try:
            if "chunked" in headers.get("transfer-encoding", "").lower():
                body = ChunkedBody(source)
            else:
                body = LimitedBody(source, int(headers.get("content-length") or 0))
        except ValueError:
            self.close_connection = True
            return
        request = Request(self.command, raw_path, raw_query, headers, cast(BinaryIO, body), self.client_address[0])
        try:
            response = self.sandbox.handle(request)
        except DroppedAnswer:
            self.close_connection = True
            return
        except (BrokenPipeError, ConnectionError):
            self.close_connection = True
            return
        except Exception:
            logger.exception("%s %s", self.command, self.path)
            response = _error(Fault(500, "InternalError", "The sandbox failed; its log says more."))
        if not body.drained(limit=1 << 20):
            self.close_connection = True
        self._answer(response)

    def _answer(self, response: Response) -> None:
        try:
            self.send_response(response.status)
            headers = {name.lower(): value for name, value in response.headers.items()}
            if isinstance(response.body, bytes) and response.status not in {204, 304}:
                headers.setdefault("content-length", str(len(response.body)))
            for name, value in headers.items():
                self.send_header(name, value)
            if self.close_connection:
                self.send_header("connection", "close")
            self.end_headers()
            if self.command != "HEAD" and response.status not in {204, 304}:
                for chunk in [response.body] if isinstance(response.body, bytes) else response.body:
                    self.wfile.write(chunk)
            self.wfile.flush()
        except (BrokenPipeError, ConnectionError):
            self.close_connection = True
        finally:
            if not isinstance(response.body, bytes) and hasattr(response.body, "close"):
                response.body.close()

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = do_OPTIONS = do_PATCH = handle_any

    def handle_expect_100(self) -> bool:
        # The answers are buffered; botocore would wait a second for this one with every PUT.
        go_on = super().handle_expect_100()
        self.wfile.flush()
        return go_on

    def version_string(self) -> str:
        return "AmazonS3"

    def log_message(self, format: str, *args: object) -> None:
        """Requests are not logged: signed URLs would lie in the log."""


class _Server(socketserver.ThreadingMixIn, socketserver.TCPServer):
    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True
    request_queue_size = 128

    def handle_error(self, request: object, client_address: object) -> None:
        if not isinstance(sys.exc_info()[1], ConnectionError):
            logger.exception("A connection failed")


def serve(*, data: Path, port: int, propagation_seconds: float, host: str = "127.0.0.1") -> None:
    """Serve until SIGTERM or SIGINT, whose handlers are installed here. `host` is the address to listen on."""
    handler = type("Handler", (_Handler,), {"sandbox": Sandbox(data, port=port, propagation_seconds=propagation_seconds)})
    with _Server((host, port), handler) as server:

        def end(number: int, frame: FrameType | None) -> None:
            # shutdown() waits for serve_forever(), which this handler interrupts: it must run elsewhere.
            threading.Thread(target=server.shutdown, daemon=True).start()

        signal.signal(signal.SIGTERM, end)
        signal.signal(signal.SIGINT, end)
        server.serve_forever(poll_interval=0.1)
