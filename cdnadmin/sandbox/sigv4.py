"""Signature Version 4, checked: who signed a request, in headers or in the query (presigned).

Source: Amazon S3 API Reference, "Authenticating Requests (AWS Signature Version 4)".
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, unquote

from cdnadmin.sandbox.http import Fault, Request
from cdnadmin.sandbox.principals import Anonymous, Owner, Principal

ACCESS_KEY, SECRET_KEY, REGION = "sandbox", "sandbox", "us-east-1"
SKEW = timedelta(minutes=15)
_ALGORITHM = "AWS4-HMAC-SHA256"


@dataclass(frozen=True)
class Authentication:
    """Who asks, of which service; and what the signatures of a streamed body's chunks go on from."""

    principal: Principal
    service: str
    signing_key: bytes = b""
    timestamp: str = ""
    scope: str = ""
    signature: str = ""


@dataclass(frozen=True)
class _Given:
    credential: str
    signed_headers: str
    signature: str
    timestamp: str
    presigned: bool


def service_of(request: Request) -> str:
    """The service a request is signed for ("s3", "cloudfront" …); "" where it is not signed."""
    found = re.search(r"Credential=[^/,\s]*/\d{8}/[^/]*/([a-z0-9-]+)/aws4_request", request.headers.get("authorization", ""))
    if not found:
        query = unquote(request.raw_query)
        found = re.search(r"X-Amz-Credential=[^/&]*/\d{8}/[^/]*/([a-z0-9-]+)/aws4_request", query)
    return found.group(1) if found else ""


def split_query(raw_query: str) -> list[tuple[str, str]]:
    """Names and values, decoded, in their order."""
    pairs = (pair.partition("=") for pair in raw_query.split("&") if pair)
    return [(unquote(name.replace("+", "%20")), unquote(value.replace("+", "%20"))) for name, _, value in pairs]


def authenticate(request: Request, *, service: str) -> Authentication:
    """Check the signature, which must be for `service`. None at all is Anonymous; a wrong one is a Fault, as at AWS."""
    query = dict(split_query(request.raw_query))
    header = request.headers.get("authorization", "")
    if header and "X-Amz-Signature" in query:
        raise Fault(400, "InvalidArgument", "Only one auth mechanism allowed")
    if "X-Amz-Signature" in query or "X-Amz-Algorithm" in query:
        given = _from_query(query)
    elif header:
        given = _from_header(header, request)
    elif "Signature" in query and "AWSAccessKeyId" in query:
        raise Fault(
            400, "InvalidRequest", "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256."
        )
    else:
        return Authentication(Anonymous(), "")
    parts = given.credential.split("/")
    if len(parts) != 5 or parts[4] != "aws4_request":
        raise Fault(400, "AuthorizationHeaderMalformed", "The authorization header is malformed; the Credential is mal-formed.")
    access_key, day, region, signed_for, _ = parts
    if access_key != ACCESS_KEY:
        raise _unknown_key(service)
    if region != REGION:
        message = f"The authorization header is malformed; the region '{region}' is wrong; expecting '{REGION}'"
        raise Fault(400, "AuthorizationHeaderMalformed", message, Region=REGION)
    if signed_for != service:
        raise _malformed(given, f'incorrect service "{signed_for}". This endpoint belongs to "{service}".', service)
    if not given.timestamp.startswith(day):
        raise _malformed(given, f'Invalid credential date "{day}". This date is not the same as X-Amz-Date.', service)
    _check_time(given, query)
    scope = f"{day}/{region}/{service}/aws4_request"
    key = signing_key(day, region, service)
    canonical = _canonical_request(request, given, service)
    to_sign = f"{_ALGORITHM}\n{given.timestamp}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    expected = hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected, given.signature):
        raise Fault(
            403,
            "SignatureDoesNotMatch",
            "The request signature we calculated does not match the signature you provided. Check your key and signing method.",
        )
    return Authentication(Owner(), service, key, given.timestamp, scope, given.signature)


def _malformed(given: _Given, message: str, service: str) -> Fault:
    if service != "s3":
        return Fault(403, "SignatureDoesNotMatch", f"Credential should be scoped correctly: {message}")
    if given.presigned:
        message = f"Error parsing the X-Amz-Credential parameter; {message}"
        return Fault(400, "AuthorizationQueryParametersError", message)
    return Fault(400, "AuthorizationHeaderMalformed", f"The authorization header is malformed; {message}")


def _unknown_key(service: str) -> Fault:
    if service == "s3":
        return Fault(403, "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.")
    return Fault(403, "InvalidClientTokenId", "The security token included in the request is invalid.")


def _from_header(header: str, request: Request) -> _Given:
    algorithm, _, rest = header.partition(" ")
    if algorithm != _ALGORITHM:
        raise Fault(
            400, "InvalidRequest", "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256."
        )
    fields = dict(field.strip().partition("=")[::2] for field in rest.split(","))
    try:
        timestamp = request.headers["x-amz-date"]
        return _Given(fields["Credential"], fields["SignedHeaders"], fields["Signature"], timestamp, presigned=False)
    except KeyError:
        raise Fault(403, "AccessDenied", "AWS authentication requires a valid Date or x-amz-date header") from None


def _from_query(query: dict[str, str]) -> _Given:
    try:
        if query["X-Amz-Algorithm"] != _ALGORITHM:
            raise KeyError
        int(query["X-Amz-Expires"])
        return _Given(
            query["X-Amz-Credential"], query["X-Amz-SignedHeaders"], query["X-Amz-Signature"], query["X-Amz-Date"], presigned=True
        )
    except (KeyError, ValueError):
        message = "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, "
        message += "X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters."
        raise Fault(400, "AuthorizationQueryParametersError", message) from None


def _check_time(given: _Given, query: dict[str, str]) -> None:
    try:
        signed_at = datetime.strptime(given.timestamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        raise Fault(403, "AccessDenied", "AWS authentication requires a valid Date or x-amz-date header") from None
    now = datetime.now(UTC)
    if given.presigned:
        seconds = int(query["X-Amz-Expires"])
        if not 0 <= seconds <= 604_800:
            raise Fault(400, "AuthorizationQueryParametersError", "X-Amz-Expires must be less than a week (in seconds)")
        if now > signed_at + timedelta(seconds=seconds):
            raise Fault(403, "AccessDenied", "Request has expired")
        if signed_at > now + SKEW:
            raise Fault(403, "AccessDenied", "Request is not valid yet")
    elif abs(now - signed_at) > SKEW:
        raise Fault(403, "RequestTimeTooSkewed", "The difference between the request time and the current time is too large.")


def signing_key(day: str, region: str, service: str) -> bytes:
    key = ("AWS4" + SECRET_KEY).encode()
    for part in (day, region, service, "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key


def _canonical_request(request: Request, given: _Given, service: str) -> str:
    # S3 encodes the path once; every other service encodes what was sent a second time.
    path = quote(unquote(request.raw_path), safe="/-_.~") if service == "s3" else quote(request.raw_path, safe="/-_.~")
    pairs = [(name, value) for name, value in split_query(request.raw_query) if name != "X-Amz-Signature"]
    query = "&".join(sorted(f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}" for name, value in pairs))
    names = given.signed_headers.split(";")
    if "host" not in names:
        raise Fault(403, "AccessDenied", "There were headers present in the request which were not signed")
    unsigned = [name for name in request.headers if name.startswith("x-amz-") and name not in names]
    if unsigned:
        raise Fault(
            403, "AccessDenied", "There were headers present in the request which were not signed", HeadersNotSigned=unsigned[0]
        )
    headers = "".join(f"{name}:{' '.join(request.headers.get(name, '').split())}\n" for name in names)
    if given.presigned:
        payload = request.headers.get("x-amz-content-sha256", "UNSIGNED-PAYLOAD")
    elif service == "s3":
        payload = request.headers.get("x-amz-content-sha256", "")
        if not payload:
            raise Fault(400, "InvalidRequest", "Missing required header for this request: x-amz-content-sha256")
    else:
        payload = hashlib.sha256(request.buffered()).hexdigest()
    return f"{request.method}\n{path}\n{query}\n{headers}\n{given.signed_headers}\n{payload}"
