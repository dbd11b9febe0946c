"""A bucket's CORS rules: preflights, and the headers of answers."""

from __future__ import annotations

from cdnadmin.sandbox.http import Fault, Request, Response
from cdnadmin.sandbox.s3.policies import matches
from cdnadmin.sandbox.s3.store import Bucket

_VARY = "Origin, Access-Control-Request-Headers, Access-Control-Request-Method"


def _rule(bucket: Bucket, origin: str, method: str, headers: list[str]) -> dict[str, list[str]] | None:
    for rule in bucket.cors:
        if (
            any(matches(allowed, origin) for allowed in rule["AllowedOrigin"])
            and method in rule["AllowedMethod"]
            and all(any(matches(allowed.lower(), name) for allowed in rule["AllowedHeader"]) for name in headers)
        ):
            return rule
    return None


def headers_for(bucket: Bucket, origin: str, method: str) -> dict[str, str]:
    """What a browser needs to see on an answer; nothing where no rule allows its origin."""
    rule = _rule(bucket, origin, method, [])
    if rule is None:
        return {}
    any_origin = "*" in rule["AllowedOrigin"]
    found = {"access-control-allow-origin": "*" if any_origin else origin, "vary": _VARY}
    found["access-control-allow-methods"] = ", ".join(rule["AllowedMethod"])
    if rule["ExposeHeader"]:
        found["access-control-expose-headers"] = ", ".join(rule["ExposeHeader"])
    if not any_origin:
        found["access-control-allow-credentials"] = "true"
    return found


def preflight(bucket: Bucket, request: Request) -> Response:
    origin = request.headers.get("origin", "")
    method = request.headers.get("access-control-request-method", "")
    if not origin or not method:
        raise Fault(400, "BadRequest", "Insufficient information. Origin request header needed.")
    asked = [name.strip().lower() for name in request.headers.get("access-control-request-headers", "").split(",") if name.strip()]
    rule = _rule(bucket, origin, method, asked)
    if rule is None:
        raise Fault(403, "AccessForbidden", "CORSResponse: This CORS request is not allowed.")
    answer = headers_for(bucket, origin, method)
    if asked:
        answer["access-control-allow-headers"] = ", ".join(asked)
    if rule["MaxAgeSeconds"]:
        answer["access-control-max-age"] = rule["MaxAgeSeconds"][0]
    return Response(200, answer)
