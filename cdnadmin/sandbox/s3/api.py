"""S3 over HTTP, path-style: which operation a request is, and who asks for it."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from cdnadmin.sandbox.admin import DroppedAnswer, Faults, WriteLog
from cdnadmin.sandbox.http import Fault, Request, Response
from cdnadmin.sandbox.principals import ACCOUNT_ID, Anonymous, Owner
from cdnadmin.sandbox.s3 import cors, public_access, xml
from cdnadmin.sandbox.s3.engine import S3Engine
from cdnadmin.sandbox.sigv4 import Authentication, authenticate, split_query

KEY_BYTES_AT_MOST = 1024


@dataclass
class Call:
    """One request to S3, taken apart."""

    request: Request
    authentication: Authentication
    bucket: str
    key: str
    query: dict[str, str]
    engine: S3Engine
    writes: WriteLog

    @property
    def context(self) -> dict[str, str]:
        # The sandbox itself speaks HTTP only: whoever stands before it says what the client spoke.
        secure = str(self.request.headers.get("x-forwarded-proto") == "https").lower()
        agent = self.request.headers.get("user-agent", "")
        return {"aws:sourceip": self.request.remote_ip, "aws:useragent": agent, "aws:securetransport": secure}

    def require(self, action: str, context: Mapping[str, str] | None = None) -> None:
        """Raises Fault AccessDenied. `context`: what conditions may look at beyond what every call has."""
        bucket = self.engine.require_bucket(self.bucket)
        self.engine.require(self.authentication.principal, action, bucket, self.key, {**self.context, **(context or {})})

    def require_of_account(self, action: str, resource: str = "*") -> None:
        """Leave for what is about the account, or about a bucket that is not there yet."""
        if not isinstance(self.authentication.principal, Owner):
            raise Fault(403, "AccessDenied", "Access Denied")
        self.engine.permissions.require([action], resource)

    def number(self, name: str, *, default: int, most: int = 1000) -> int:
        """A number in the query, cut off at `most`. Raises Fault InvalidArgument."""
        text = self.query.get(name) or str(default)
        if not text.isascii() or not text.isdigit() or int(text) > 2_147_483_647:
            raise Fault(400, "InvalidArgument", f"Provided {name} not an integer or within integer range")
        return min(int(text), most)

    def wrote(self, operation: str) -> None:
        self.writes.record("s3", operation, f"{self.bucket}/{self.key}" if self.key else self.bucket)


Operation = Callable[[Call], Response]


class S3Api:
    def __init__(self, engine: S3Engine, faults: Faults, writes: WriteLog) -> None:
        self._engine, self._faults, self._writes = engine, faults, writes

    def handle(self, request: Request) -> Response:
        try:
            response = self._handle(request)
        except Fault as fault:
            response = xml.error(fault, head=request.method == "HEAD")
        response.headers.setdefault("x-amz-request-id", uuid.uuid4().hex[:16].upper())
        name = unquote(request.raw_path.lstrip("/").partition("/")[0])
        # Refusals too: a page's script could not read their code otherwise.
        if "origin" in request.headers and request.method != "OPTIONS" and (bucket := self._engine.store.bucket(name)):
            response.headers |= cors.headers_for(bucket, request.headers["origin"], request.method)
        return response

    def _handle(self, request: Request) -> Response:
        from cdnadmin.sandbox.s3 import routes

        bucket, _, key = request.raw_path.lstrip("/").partition("/")
        try:
            bucket, key = unquote(bucket, errors="strict"), unquote(key, errors="strict")
        except UnicodeDecodeError:
            raise Fault(400, "InvalidURI", "Couldn't parse the specified URI.") from None
        query = dict(split_query(request.raw_query))
        if request.method == "OPTIONS":
            return cors.preflight(self._engine.require_bucket(bucket), request)
        authentication = authenticate(request, service="s3")
        if request.raw_path == public_access.ACCOUNT_PATH:
            call = Call(request, authentication, "", "", query, self._engine, self._writes)
            dropped = self._faults.take(public_access.SERVICE, public_access.account_operation(request.method))
            return _unless_dropped(public_access.on_account(call), dropped)
        if len(key.encode()) > KEY_BYTES_AT_MOST:
            raise Fault(400, "KeyTooLongError", "Your key is too long", MaxSizeAllowed=str(KEY_BYTES_AT_MOST))
        if not bucket and isinstance(authentication.principal, Anonymous):
            raise Fault(403, "AccessDenied", "Access Denied")
        name, operation = routes.find(request.method, bool(bucket), bool(key), query, request.headers)
        call = Call(request, authentication, bucket, key, query, self._engine, self._writes)
        if bucket and request.headers.get("x-amz-expected-bucket-owner", ACCOUNT_ID) != ACCOUNT_ID:
            raise Fault(403, "AccessDenied", "Access Denied")
        dropped = self._faults.take("s3", name)
        if key or request.method not in {"PUT", "DELETE"}:
            response = operation(call)
        else:
            # A bucket's settings are read, changed and written back: one change at a time, its body read before.
            request.buffered()
            with self._engine.store.lock:
                response = operation(call)
        return _unless_dropped(response, dropped)


def _unless_dropped(response: Response, dropped: str) -> Response:
    if dropped == "drop":
        raise DroppedAnswer
    return response
