"""From the cache where it is kept, else from an origin; with the distribution's own error pages.

Sources: Developer Guide, "How CloudFront processes and caches requests", "How CloudFront processes HTTP 4xx and 5xx
status codes from your origin", "Control how long CloudFront caches errors", "Generate custom error responses".
"""

from __future__ import annotations

import io
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from email.utils import parsedate_to_datetime
from typing import Any, cast

from cdnadmin.sandbox.cloudfront.store import Store, Thing
from cdnadmin.sandbox.edge import caching
from cdnadmin.sandbox.edge.cache import OBJECT_AT_MOST, Cache, Cached, Key, lifetime, said_seconds
from cdnadmin.sandbox.edge.compression import compressed, is_compressible
from cdnadmin.sandbox.edge.invalidations import Invalidations
from cdnadmin.sandbox.edge.origins import Answer, Origins, error
from cdnadmin.sandbox.edge.routing import behavior_for
from cdnadmin.sandbox.http import Fault, Request, Response
from cdnadmin.sandbox.s3.engine import S3Engine
from cdnadmin.sandbox.s3.store import StoredObject

_KEPT = frozenset({200, 301, 302, 307, 308})
# Kept only as long as the origin's own Cache-Control says; 416 never is.
_KEPT_IF_SAID = frozenset({400, 403, 405, 412, 415})


@dataclass(frozen=True)
class Visit:
    """A request that may be served: its distribution, the configuration that edges have, its behavior and raw path."""

    request: Request
    thing: Thing
    config: dict[str, Any]
    behavior: dict[str, Any]
    path: str


class Delivery:
    def __init__(self, store: Store, s3: S3Engine) -> None:
        self._store, self._s3 = store, s3
        self._cache, self._invalidations, self._origins = Cache(), Invalidations(store), Origins(store, s3)

    def deliver(self, visit: Visit) -> Response:
        """The object, or the error as the origin gave it. Raises no Fault."""
        return self._deliver(visit, _error_rules(visit.config))

    def error_page(self, visit: Visit, response: Response) -> Response:
        """The distribution's page for an error, with the status that it wants; the error itself where it has none.

        Where the page can't be had, the viewer gets the status of the origin that should have it.
        """
        rule = _error_rules(visit.config).get(response.status)
        if rule is None or not rule.get("ResponsePagePath"):
            return response
        path = rule["ResponsePagePath"]
        method = "HEAD" if visit.request.method == "HEAD" else "GET"
        headers = {name: value for name, value in visit.request.headers.items() if name not in caching.CONDITIONS}
        request = replace(visit.request, method=method, raw_path=path, raw_query="", headers=headers, body=cast(Any, io.BytesIO()))
        page = self._deliver(
            replace(visit, request=request, path=path, behavior=behavior_for(visit.config, path)),
            {},
            page_seconds=float(rule.get("ErrorCachingMinTTL", 0)),
        )
        if page.status == 200:
            page.status = int(rule.get("ResponseCode") or response.status)
        page.headers["x-cache"] = "Error from cloudfront"
        page.headers.pop("age", None)
        return page

    def _deliver(self, visit: Visit, errors: Mapping[int, dict[str, Any]], page_seconds: float | None = None) -> Response:
        """`errors`: the custom error responses by code. `page_seconds`: how long an error page is kept, for it is one."""
        request, rules = visit.request, caching.rules_of(self._store, visit.behavior)
        chosen = caching.key_values(rules, request)
        query = caching.query_of(rules.key.query, request)
        key = Key(visit.thing.id, visit.path, query, chosen, caching.coding_of(rules, request), page_seconds is not None)
        compress = bool(key.coding) and visit.behavior["Compress"]
        readable = request.method in {"GET", "HEAD"}
        if readable and (kept := self._kept(key, compress=compress)):
            response, bucket = self._from_cache(kept, request), kept.source
        else:
            asked_at = time.time()
            answer = self._origins.ask(request, visit.thing, visit.config, rules, visit.behavior["TargetOriginId"], visit.path)
            response, bucket = answer.response, answer.bucket
            response.headers["x-cache"] = f"{'Error' if response.status >= 400 else 'Miss'} from cloudfront"
            failed = readable and response.status >= 500
            # An error that was kept is nothing to fall back on.
            if failed and (kept := self._kept(key, compress=compress, expired=True)) and kept.status < 400:
                response, bucket = self._from_cache(kept, request), kept.source
            elif readable:
                if compress and request.method == "GET" and is_compressible(response.status, response.headers):
                    response.headers, response.body = compressed(response.headers, _whole(response))
                seconds = self._seconds(request, response, rules, errors, page_seconds)
                self._keep(key, answer, seconds, asked_at)
        self._origins.add_cors(request, rules, bucket, response)
        return response

    def _kept(self, key: Key, *, compress: bool, expired: bool = False) -> Cached | None:
        """An encoded answer where one may be given; else the object as it is, unless it would be compressed."""
        not_before = self._invalidations.latest(key.distribution, key.target)
        if key.coding and (found := self._cache.get(key, not_before, expired=expired)):
            return found
        plain = self._cache.get(replace(key, coding=""), not_before, expired=expired)
        return None if plain and compress and is_compressible(plain.status, plain.headers) else plain

    def _seconds(
        self,
        request: Request,
        response: Response,
        rules: caching.Rules,
        errors: Mapping[int, dict[str, Any]],
        page_seconds: float | None,
    ) -> float:
        """How long an answer may be kept; 0 for not at all."""
        if response.status >= 400:
            # An answer to HEAD has no body that a GET could be given.
            return _error_seconds(response, errors.get(response.status)) if request.method == "GET" else 0.0
        if not rules.cached or response.status not in _KEPT or request.method != "GET" or caching.conditions(request):
            return 0.0
        return lifetime(response.headers, rules.least, rules.default, rules.most) if page_seconds is None else page_seconds

    def _keep(self, key: Key, answer: Answer, seconds: float, asked_at: float) -> None:
        """Keep an answer for so many seconds. One that comes in pieces is read whole first, if it is small enough."""
        response = answer.response
        if seconds <= 0 or int(response.headers.get("content-length") or 0) > OBJECT_AT_MOST:
            return
        response.body = _whole(response)
        headers = {name: value for name, value in response.headers.items() if name != "x-cache"}
        key = key if "content-encoding" in headers else replace(key, coding="")
        kept = Cached(response.status, headers, response.body, answer.bucket, asked_at, time.time() + seconds)
        self._cache.put(key, kept)

    def _from_cache(self, kept: Cached, request: Request) -> Response:
        """Conditions and ranges work on what is kept just as on the object."""
        age = {"age": str(int(time.time() - kept.stored_at))}
        if kept.status >= 400:
            return Response(kept.status, {**kept.headers, "x-cache": "Error from cloudfront", **age}, kept.body)
        hit = {"x-cache": "Hit from cloudfront", **age}
        if kept.status != 200:
            return Response(kept.status, {**kept.headers, **hit}, kept.body)
        try:
            response = self._respond(kept, request)
        except Fault as fault:
            return error(fault, "application/xml")
        response.headers |= hit
        return response

    def _respond(self, kept: Cached, request: Request) -> Response:
        asked = caching.conditions(request)
        etag = kept.headers.get("etag", "").removeprefix("W/").strip('"')
        if not etag:
            asked = {name: value for name, value in asked.items() if name not in {"if-match", "if-none-match"}}
        modified = _time(kept.headers.get("last-modified", ""))
        if not modified:
            asked = {name: value for name, value in asked.items() if not name.endswith("modified-since")}
        own = {name: value for name, value in kept.headers.items() if name not in {"content-length", "accept-ranges"}}
        stored = StoredObject(len(kept.body), etag, modified, own, [], [])
        response = self._s3.respond(stored, method="HEAD", headers=asked)
        partial = {"content-length", "content-range", "accept-ranges"}
        response.headers = {name: value for name, value in response.headers.items() if name in own or name in partial}
        if request.method == "GET" and response.status in {200, 206}:
            start = int(response.headers["content-range"].split()[1].split("-")[0]) if response.status == 206 else 0
            response.body = kept.body[start : start + int(response.headers["content-length"])]
        return response


def _error_rules(config: dict[str, Any]) -> dict[int, dict[str, Any]]:
    return {rule["ErrorCode"]: rule for rule in config["CustomErrorResponses"].get("Items", [])}


def _error_seconds(response: Response, rule: Mapping[str, Any] | None) -> float:
    """How long an error is kept. Without a custom error response not at all, so that a mended policy shows at once."""
    said = said_seconds(response.headers)
    if rule is None or response.status == 416 or (response.status in _KEPT_IF_SAID and said is None):
        return 0.0
    return max(float(rule.get("ErrorCachingMinTTL", 10)), said or 0.0)


def _whole(response: Response) -> bytes:
    return response.body if isinstance(response.body, bytes) else b"".join(response.body)


def _time(text: str) -> float:
    try:
        return parsedate_to_datetime(text).timestamp()
    except (ValueError, TypeError):
        return 0.0
