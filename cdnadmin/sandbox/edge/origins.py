"""Asking an origin, and the second of a group where the first fails.

Sources: Developer Guide, "Request and response behavior for Amazon S3 origins", "Optimize high availability with
CloudFront origin failover".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote
from xml.sax.saxutils import escape

from cdnadmin.sandbox.cloudfront.store import Store, Thing
from cdnadmin.sandbox.edge import caching, custom_origins
from cdnadmin.sandbox.edge.routing import is_secure
from cdnadmin.sandbox.http import Fault, Request, Response
from cdnadmin.sandbox.principals import Anonymous, CloudFrontService, OriginAccessIdentity, Principal
from cdnadmin.sandbox.s3 import cors
from cdnadmin.sandbox.s3.engine import S3Engine


@dataclass(frozen=True)
class Answer:
    """An origin's answer, errors included. `bucket` is the one that gave it; "" for a custom origin."""

    response: Response
    bucket: str


def error(fault: Fault, content_type: str) -> Response:
    """A refusal as viewers see it."""
    body = '<?xml version="1.0" encoding="UTF-8"?>'
    body += f"<Error><Code>{fault.code}</Code><Message>{escape(fault.message)}</Message></Error>"
    headers = {"content-type": content_type, "x-cache": "Error from cloudfront"}
    return Response(fault.status, headers, body.encode())


class Origins:
    def __init__(self, store: Store, s3: S3Engine) -> None:
        self._store, self._s3 = store, s3

    def ask(self, request: Request, thing: Thing, config: dict[str, Any], rules: caching.Rules, target: str, path: str) -> Answer:
        """Ask the origin or origin group `target` for the raw `path`. Nothing is raised: a refusal is an answer."""
        origins = {origin["Id"]: origin for origin in config["Origins"]["Items"]}
        group = next((group for group in config["OriginGroups"].get("Items", []) if group["Id"] == target), None)
        if group is None:
            return self._ask_one(request, thing, rules, origins[target], path)[0]
        first, second = (origins[member["OriginId"]] for member in group["Members"]["Items"])
        answer, criterion = self._ask_one(request, thing, rules, first, path)
        if criterion not in group["FailoverCriteria"]["StatusCodes"]["Items"]:
            return answer
        if not isinstance(answer.response.body, bytes) and hasattr(answer.response.body, "close"):
            answer.response.body.close()
        return self._ask_one(request, thing, rules, second, path)[0]

    def _ask_one(
        self, request: Request, thing: Thing, rules: caching.Rules, origin: dict[str, Any], path: str
    ) -> tuple[Answer, int]:
        """The answer, and the status by which a group fails over: the origin's own, or what stands for its silence."""
        path = origin.get("OriginPath", "") + path
        bucket = "" if "S3OriginConfig" not in origin else str(origin["DomainName"].split(".s3")[0])
        try:
            if bucket:
                response = self._from_bucket(request, thing, rules, origin, bucket, path)
            else:
                response = self._from_server(request, thing, rules, origin, path)
        except custom_origins.Unreachable as fault:
            return Answer(error(fault, "text/xml"), ""), fault.criterion
        except Fault as fault:
            return Answer(error(fault, "application/xml"), bucket), fault.status
        return Answer(response, bucket), response.status

    def _from_bucket(
        self, request: Request, thing: Thing, rules: caching.Rules, origin: dict[str, Any], bucket: str, path: str
    ) -> Response:
        """As S3 answers whom CloudFront is for it. Custom headers change nothing there, so they are not sent."""
        if request.method == "OPTIONS":
            found = self._s3.require_bucket(bucket)
            if not rules.passes_origin:
                raise Fault(400, "BadRequest", "Insufficient information. Origin request header needed.")
            return cors.preflight(found, request)
        return self._s3.fetch(
            principal=self._principal(thing, origin),
            bucket=bucket,
            key=_key(path),
            method=request.method,
            headers=caching.conditions(request),
            # S3 is asked by the protocol that the viewer used: "How CloudFront processes HTTP and HTTPS requests".
            secure=is_secure(request),
        )

    def _principal(self, thing: Thing, origin: dict[str, Any]) -> Principal:
        control = self._store.get("oac", origin.get("OriginAccessControlId", ""))
        if control is not None:
            effective = control.at_edges or control.config
            return Anonymous() if effective["SigningBehavior"] == "never" else CloudFrontService(thing.extra["arn"])
        identity = self._store.get("oai", origin["S3OriginConfig"].get("OriginAccessIdentity", "").rpartition("/")[2])
        return OriginAccessIdentity(identity.id, identity.extra["canonical"]) if identity else Anonymous()

    def _from_server(self, request: Request, thing: Thing, rules: caching.Rules, origin: dict[str, Any], path: str) -> Response:
        if "CustomOriginConfig" not in origin:
            raise custom_origins.Unreachable(502, "BadGateway", "The sandbox's edge knows S3 and custom origins only.")
        passed = request.headers.get(custom_origins.PASSED_HEADER, "").split()
        if thing.id in passed:
            raise Fault(403, "AccessDenied", "A distribution can't be its own origin.")
        query = caching.origin_query(rules, request)
        headers = caching.origin_headers(rules, request)
        headers[custom_origins.PASSED_HEADER] = " ".join([*passed, thing.id])
        asked = custom_origins.Asked(request.method, _ascii(f"{path}?{query}" if query else path), headers, is_secure(request))
        response = custom_origins.fetch(origin, asked)
        if not rules.passes_cookies:
            response.headers.pop("set-cookie", None)
        return response

    def add_cors(self, request: Request, rules: caching.Rules, bucket: str, response: Response) -> None:
        """What S3 adds for a viewer's Origin, errors included; it is never kept, so it is right for each viewer."""
        if bucket and rules.passes_origin and "origin" in request.headers and request.method != "OPTIONS":
            found = self._s3.store.bucket(bucket)
            response.headers |= cors.headers_for(found, request.headers["origin"], request.method) if found else {}


def _key(path: str) -> str:
    """The object's key: the path without its one leading slash, as S3 reads it. Raises Fault."""
    try:
        return unquote(path[1:], errors="strict")
    except UnicodeDecodeError:
        raise Fault(400, "InvalidURI", "Couldn't parse the specified URI.") from None


def _ascii(target: str) -> str:
    """What a viewer sent as bare bytes is percent-encoded on its way to a server; nothing else is changed."""
    return quote(target, safe="".join(map(chr, range(0x21, 0x7F))), encoding="latin-1")
