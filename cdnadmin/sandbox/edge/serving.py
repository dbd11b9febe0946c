"""Serving a viewer as CloudFront would: country, behavior, protocol, method, signature, then cache or origin.

Sources: Amazon CloudFront Developer Guide, "Cache behavior settings", "How CloudFront processes and caches requests".
"""

from __future__ import annotations

import re
import time
import uuid

from cdnadmin.sandbox.cloudfront.api import CloudFrontApi
from cdnadmin.sandbox.cloudfront.policies import response_headers
from cdnadmin.sandbox.cloudfront.store import Thing
from cdnadmin.sandbox.cloudfront.uses import aliases_of
from cdnadmin.sandbox.edge import access_log, routing
from cdnadmin.sandbox.edge.delivery import Delivery, Visit
from cdnadmin.sandbox.edge.origins import error
from cdnadmin.sandbox.edge.response_headers import change_headers
from cdnadmin.sandbox.edge.signatures import check_signature
from cdnadmin.sandbox.http import Fault, Request, Response
from cdnadmin.sandbox.s3.engine import S3Engine

POP = "SBX50-P1"


class Edge:
    """All edges of the sandbox's CloudFront, over its S3."""

    def __init__(self, cloudfront: CloudFrontApi, s3: S3Engine) -> None:
        self._store = cloudfront.store
        self._delivery, self._log = Delivery(cloudfront.store, s3), access_log.AccessLog(s3)

    def serves(self, host: str) -> bool:
        """Whether a Host header is a distribution's (or looks like one's: then the edge says that it knows none)."""
        name = routing.host_name(host)
        return self._find(name) is not None or re.fullmatch(r"d[a-z0-9]{13}\.localhost", name) is not None

    def _find(self, name: str) -> Thing | None:
        """The distribution of a host name: its own name or an exact alias, then the closest wildcard above it."""
        labels = name.split(".")
        for wanted in (name, *(f"*.{'.'.join(labels[number:])}" for number in range(1, len(labels)))):
            for thing in self._store.having("host", wanted):
                if wanted == thing.extra["domain"] or wanted in aliases_of(thing.at_edges):
                    return thing
        return None

    def handle(self, request: Request) -> Response:
        began, id = time.time(), uuid.uuid4().hex
        thing = self._find(routing.host_name(request.host))
        response = self._serve(request, thing, id)
        response.headers |= {"via": "1.1 sandbox.cloudfront.net (CloudFront)", "x-amz-cf-pop": POP, "x-amz-cf-id": id}
        config = thing.at_edges if thing else None
        if thing and config and (to := access_log.destination(thing.id, config)):
            cookies, domain = config["Logging"].get("IncludeCookies", False), thing.extra["domain"]
            entry = access_log.line(request, response, domain=domain, pop=POP, request_id=id, began=began, cookies=cookies)
            self._log.write(to, entry)
        return response

    def _serve(self, request: Request, thing: Thing | None, id: str) -> Response:
        config = thing.at_edges if thing else None
        if thing is None or config is None or not config["Enabled"]:
            message = "No distribution answers here: it does not exist, is disabled, or has not reached the edges."
            return error(Fault(403, "AccessDenied", message), "text/xml")
        visit = Visit(request, thing, config, routing.behavior_for(config, request.raw_path), request.raw_path)
        try:
            if redirect := self._admit(visit):
                return redirect
        except Fault as fault:
            return self._delivery.error_page(visit, error(fault, "text/xml"))
        if visit.path == "/" and config["DefaultRootObject"]:
            visit = Visit(request, thing, config, visit.behavior, "/" + config["DefaultRootObject"])
        response = self._delivery.deliver(visit)
        if response.status >= 400:
            response = self._delivery.error_page(visit, response)
        policy = response_headers(self._store, visit.behavior.get("ResponseHeadersPolicyId", ""))
        if policy:
            change_headers(policy, request, response, pop=POP, request_id=id)
        return response

    def _admit(self, visit: Visit) -> Response | None:
        """Nothing for a request that may be served, or the redirect in its place. Raises Fault 403."""
        routing.check_country(visit.request, visit.config)
        if redirect := routing.by_protocol(visit.request, visit.behavior):
            return redirect
        routing.check_method(visit.request, visit.behavior)
        check_signature(self._store, visit.request, visit.behavior)
        return None
