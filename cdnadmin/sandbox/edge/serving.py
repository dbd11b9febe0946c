"""Serving a viewer as CloudFront would: behavior, protocol, methods, signature, cache, origin.

Source: Amazon CloudFront Developer Guide, "Cache behavior settings", "Serve private content".
"""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Mapping
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import unquote
from xml.sax.saxutils import escape

from cdnadmin.sandbox.cloudfront.api import CloudFrontApi
from cdnadmin.sandbox.cloudfront.managed import CACHE_POLICIES, FORWARDS_ORIGIN
from cdnadmin.sandbox.cloudfront.store import Thing
from cdnadmin.sandbox.edge.cache import OBJECT_AT_MOST, Cache, lifetime
from cdnadmin.sandbox.http import Fault, Request, Response
from cdnadmin.sandbox.principals import Anonymous, CloudFrontService, OriginAccessIdentity, Principal
from cdnadmin.sandbox.s3 import cors
from cdnadmin.sandbox.s3.engine import S3Engine
from cdnadmin.sandbox.s3.policies import matches
from cdnadmin.sandbox.s3.store import StoredObject
from cdnadmin.signing import verify_request

_LEGACY = ("legacy TTLs", 0, 86_400, 31_536_000)
_FORWARDED = ("range", "if-match", "if-none-match", "if-modified-since", "if-unmodified-since", "if-range")


class Edge:
    """All edges of the sandbox's CloudFront, over its S3."""

    def __init__(self, cloudfront: CloudFrontApi, s3: S3Engine) -> None:
        self._store, self._s3, self._cache = cloudfront.store, s3, Cache()

    def serves(self, host: str) -> bool:
        """Whether a Host header is a distribution's (or looks like one's: then the edge says that it knows none)."""
        name = _host_name(host)
        return self._find(name) is not None or re.fullmatch(r"d[a-z0-9]{13}\.localhost", name) is not None

    def _find(self, name: str) -> Thing | None:
        """The distribution of a host name: its own name or an exact alias before a wildcard one."""
        wildcard = None
        for thing in self._store.all("distribution"):
            effective = thing.at_edges
            aliases = [alias.lower() for alias in effective.get("Aliases", {}).get("Items", [])] if effective else []
            if name == thing.extra["domain"] or name in aliases:
                return thing
            if f"*.{name.partition('.')[2]}" in aliases:
                wildcard = wildcard or thing
        return wildcard

    def handle(self, request: Request) -> Response:
        try:
            response = self._serve(request)
        except Fault as fault:
            response = _error(fault, "text/xml")
        response.headers |= {
            "via": "1.1 sandbox.cloudfront.net (CloudFront)",
            "x-amz-cf-pop": "SBX50-P1",
            "x-amz-cf-id": uuid.uuid4().hex,
        }
        return response

    def _serve(self, request: Request) -> Response:
        thing = self._find(_host_name(request.host))
        config = thing.at_edges if thing else None
        if thing is None or config is None or not config["Enabled"]:
            raise Fault(
                403, "AccessDenied", "No distribution answers here: it does not exist, is disabled, or has not reached the edges."
            )
        path = request.raw_path
        behavior = _behavior(config, normalized(path))
        secure = request.headers.get("x-forwarded-proto", "http") == "https"
        if not secure and behavior["ViewerProtocolPolicy"] == "https-only":
            raise Fault(403, "AccessDenied", "This distribution takes HTTPS only.")
        if not secure and behavior["ViewerProtocolPolicy"] == "redirect-to-https":
            query = f"?{request.raw_query}" if request.raw_query else ""
            return Response(301, {"location": f"https://{request.host}{path}{query}", "x-cache": "Redirect from cloudfront"})
        if request.method not in behavior["AllowedMethods"]["Items"]:
            raise Fault(403, "AccessDenied", "This distribution is not configured to allow the HTTP request method.")
        if request.method not in {"GET", "HEAD", "OPTIONS"}:
            raise Fault(403, "AccessDenied", "The sandbox's edge only reads.")
        self._check_signature(request, behavior)
        if path == "/" and config["DefaultRootObject"]:
            path = "/" + config["DefaultRootObject"]
        return self._answer(request, thing, config, behavior, path)

    def _check_signature(self, request: Request, behavior: dict[str, Any]) -> None:
        groups = behavior["TrustedKeyGroups"]
        if not groups["Enabled"] and not behavior["TrustedSigners"]["Enabled"]:
            return
        keys: dict[str, str] = {}
        for id in groups.get("Items", []):
            group = self._store.get("key-group", id)
            effective = group.at_edges if group else None
            for key_id in effective["Items"] if effective else []:
                if key := self._store.get("public-key", key_id):
                    keys[key_id] = key.config["EncodedKey"]
        host = request.host
        hosts = list(dict.fromkeys([host, _host_name(host)]))
        verdict = verify_request(
            scheme_host=[f"{scheme}://{name}" for scheme in ("http", "https") for name in hosts],
            raw_path=request.raw_path,
            raw_query=request.raw_query,
            cookies=_cookies(request.headers.get("cookie", "")),
            keys=keys,
            now=int(time.time()),
            ip=request.remote_ip,
        )
        if not verdict.ok:
            raise Fault(403, verdict.code, "Access denied" if verdict.code == "AccessDenied" else verdict.message)

    def _answer(self, request: Request, thing: Thing, config: dict[str, Any], behavior: dict[str, Any], path: str) -> Response:
        origin = next((item for item in config["Origins"]["Items"] if item["Id"] == behavior["TargetOriginId"]), None)
        if origin is None or "S3OriginConfig" not in origin:
            raise Fault(502, "BadGateway", "The sandbox's edge knows S3 origins only.")
        bucket = self._s3.store.bucket(_bucket_name(origin))
        forwards_origin = _forwards_origin(behavior)
        if request.method == "OPTIONS":
            if bucket is None:
                raise Fault(404, "NoSuchBucket", "The specified bucket does not exist")
            if not forwards_origin:
                raise Fault(400, "BadRequest", "Insufficient information. Origin request header needed.")
            return cors.preflight(bucket, request)
        try:
            response = self._from_cache_or_origin(request, thing, behavior, origin, path)
        except Fault as fault:
            response = _error(fault, "application/xml")
        if bucket is not None and forwards_origin and "origin" in request.headers:
            response.headers |= cors.headers_for(bucket, request.headers["origin"], request.method)
        return response

    def _from_cache_or_origin(
        self, request: Request, thing: Thing, behavior: dict[str, Any], origin: dict[str, Any], path: str
    ) -> Response:
        conditions = {name: request.headers[name] for name in _FORWARDED if name in request.headers}
        kept = self._cache.get(thing.id, path, self._invalidated_at(thing.id, path))
        if kept is not None:
            response = self._from_cache(kept.headers, kept.body, request.method, conditions)
            response.headers |= {"x-cache": "Hit from cloudfront", "age": str(int(time.time() - kept.stored_at))}
            return response
        response = self._s3.fetch(
            principal=self._principal(thing, origin),
            bucket=_bucket_name(origin),
            key=_key(origin.get("OriginPath", "") + path),
            method=request.method,
            headers=conditions,
        )
        response.headers["x-cache"] = "Miss from cloudfront"
        if response.status == 200 and request.method == "GET" and not conditions:
            policy = CACHE_POLICIES.get(behavior.get("CachePolicyId", ""), _LEGACY)
            response = self._keep(thing.id, path, response, lifetime(response.headers, policy))
        return response

    def _principal(self, thing: Thing, origin: dict[str, Any]) -> Principal:
        control = self._store.get("oac", origin.get("OriginAccessControlId", ""))
        if control is not None:
            effective = control.at_edges or control.config
            return Anonymous() if effective["SigningBehavior"] == "never" else CloudFrontService(thing.extra["arn"])
        identity = self._store.get("oai", origin["S3OriginConfig"].get("OriginAccessIdentity", "").rpartition("/")[2])
        return OriginAccessIdentity(identity.id, identity.extra["canonical"]) if identity else Anonymous()

    def _keep(self, distribution: str, path: str, response: Response, seconds: float) -> Response:
        if int(response.headers["content-length"]) > OBJECT_AT_MOST or isinstance(response.body, bytes):
            return response
        body = b"".join(response.body)
        headers = {name: value for name, value in response.headers.items() if name != "x-cache"}
        self._cache.put(distribution, path, headers, body, seconds)
        return Response(response.status, response.headers, body)

    def _from_cache(self, headers: Mapping[str, str], body: bytes, method: str, conditions: Mapping[str, str]) -> Response:
        """Conditions and ranges work on what is kept just as on the object."""
        from email.utils import parsedate_to_datetime

        modified = parsedate_to_datetime(headers["last-modified"]).timestamp()
        own = {
            name: value
            for name, value in headers.items()
            if name not in {"etag", "last-modified", "content-length", "accept-ranges"}
        }
        stored = StoredObject(len(body), headers["etag"].strip('"'), modified, own, [], [])
        response = self._s3.respond(stored, method="HEAD", headers=conditions)
        if method == "GET" and response.status in {200, 206}:
            start = int(response.headers["content-range"].split()[1].split("-")[0]) if response.status == 206 else 0
            response.body = body[start : start + int(response.headers["content-length"])]
        return response

    def _invalidated_at(self, distribution: str, path: str) -> float:
        times = [
            invalidation.created
            for invalidation in self._store.all("invalidation")
            if invalidation.extra["distribution"] == distribution
            and any(
                path == wanted or (wanted.endswith("*") and path.startswith(wanted[:-1]))
                for wanted in invalidation.config["Paths"]["Items"]
            )
        ]
        return max(times, default=0.0)


def _error(fault: Fault, content_type: str) -> Response:
    body = '<?xml version="1.0" encoding="UTF-8"?>'
    body += f"<Error><Code>{fault.code}</Code><Message>{escape(fault.message)}</Message></Error>"
    return Response(fault.status, {"content-type": content_type, "x-cache": "Error from cloudfront"}, body.encode())


def _bucket_name(origin: dict[str, Any]) -> str:
    return str(origin["DomainName"].split(".s3")[0])


def _key(path: str) -> str:
    """The object's key: the path without its one leading slash, as S3 reads it. Raises Fault."""
    try:
        return unquote(path[1:], errors="strict")
    except UnicodeDecodeError:
        raise Fault(400, "InvalidURI", "Couldn't parse the specified URI.") from None


def normalized(path: str) -> str:
    """The path that patterns are held against: unreserved characters unescaped, dot segments resolved (RFC 3986, 6.2.2).

    What goes to the origin is the raw path. Source: Developer Guide, "Path pattern".
    """
    path = re.sub(r"%([0-9A-Fa-f]{2})", _unescaped, path)
    kept: list[str] = []
    for segment in path.split("/")[1:]:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    if path.endswith(("/.", "/..")):
        kept.append("")
    return "/" + "/".join(kept)


def _unescaped(found: re.Match[str]) -> str:
    character = chr(int(found.group(1), 16))
    return character if re.fullmatch(r"[A-Za-z0-9._~-]", character) else found.group(0).upper()


def _host_name(host: str) -> str:
    return host.rsplit(":", 1)[0].lower() if re.search(r":\d+$", host) else host.lower()


def _behavior(config: dict[str, Any], path: str) -> dict[str, Any]:
    """The first behavior whose pattern fits, in their order; else the default one. A pattern may leave out its slash."""
    for behavior in config["CacheBehaviors"].get("Items", []):
        if matches("/" + behavior["PathPattern"].lstrip("/"), path):
            found: dict[str, Any] = behavior
            return found
    default: dict[str, Any] = config["DefaultCacheBehavior"]
    return default


def _forwards_origin(behavior: dict[str, Any]) -> bool:
    """Whether S3 gets to see the viewer's Origin; without it, it adds no CORS headers."""
    legacy = behavior.get("ForwardedValues", {}).get("Headers", {}).get("Items", [])
    return behavior.get("OriginRequestPolicyId") in FORWARDS_ORIGIN or any(name.lower() in {"origin", "*"} for name in legacy)


def _cookies(header: str) -> dict[str, str]:
    try:
        return {name: morsel.value for name, morsel in SimpleCookie(header).items()}
    except CookieError:
        return {}
