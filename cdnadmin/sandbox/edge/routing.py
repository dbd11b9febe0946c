"""Which behavior a request meets, and who may pass before an origin is asked.

Sources: Amazon CloudFront Developer Guide, "Path pattern", "Viewer protocol policy", "Allowed HTTP methods",
"Restrict the geographic distribution of your content".
"""

from __future__ import annotations

import re
from typing import Any

from cdnadmin.sandbox.http import Fault, Request, Response
from cdnadmin.sandbox.s3.policies import matches

# The sandbox has no database of addresses: the viewer says where it is.
COUNTRY_HEADER, COUNTRY = "x-sandbox-country", "DE"
_FORBIDDEN = "The Amazon CloudFront distribution is configured to block access from your country."


def host_name(host: str) -> str:
    """A Host header without its port, in lower case."""
    return host.rsplit(":", 1)[0].lower() if re.search(r":\d+$", host) else host.lower()


def is_secure(request: Request) -> bool:
    """Whether the request counts as HTTPS: the sandbox itself speaks HTTP only."""
    return request.headers.get("x-forwarded-proto", "http") == "https"


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


def behavior_for(config: dict[str, Any], path: str) -> dict[str, Any]:
    """The first behavior whose pattern fits, in their order; else the default one. A pattern may leave out its slash."""
    for behavior in config["CacheBehaviors"].get("Items", []):
        if matches("/" + behavior["PathPattern"].lstrip("/"), normalized(path)):
            found: dict[str, Any] = behavior
            return found
    default: dict[str, Any] = config["DefaultCacheBehavior"]
    return default


def country_of(request: Request) -> str:
    """Two capital letters (ISO 3166-1)."""
    return request.headers.get(COUNTRY_HEADER, COUNTRY).upper()


def check_country(request: Request, config: dict[str, Any]) -> None:
    """Raises Fault 403 for a viewer in a country that the distribution shuts out."""
    restriction = config.get("Restrictions", {}).get("GeoRestriction", {})
    listed = country_of(request) in restriction.get("Items", [])
    match restriction.get("RestrictionType", "none"):
        case "whitelist" if not listed:
            raise Fault(403, "AccessDenied", _FORBIDDEN)
        case "blacklist" if listed:
            raise Fault(403, "AccessDenied", _FORBIDDEN)


def by_protocol(request: Request, behavior: dict[str, Any]) -> Response | None:
    """The redirect to HTTPS where the behavior wants one. Raises Fault 403 where it takes HTTPS only."""
    if is_secure(request):
        return None
    if behavior["ViewerProtocolPolicy"] == "https-only":
        raise Fault(403, "AccessDenied", "This distribution takes HTTPS only.")
    if behavior["ViewerProtocolPolicy"] == "redirect-to-https":
        query = f"?{request.raw_query}" if request.raw_query else ""
        location = f"https://{request.host}{request.raw_path}{query}"
        # Other methods than these must come again with the same method and body.
        status = 301 if request.method in {"GET", "HEAD"} else 307
        return Response(status, {"location": location, "x-cache": "Redirect from cloudfront"})
    return None


def check_method(request: Request, behavior: dict[str, Any]) -> None:
    """Raises Fault 403 for a method that the behavior does not allow, or that the sandbox's edge does not carry."""
    if request.method not in behavior["AllowedMethods"]["Items"]:
        raise Fault(403, "AccessDenied", "This distribution is not configured to allow the HTTP request method.")
    if request.method not in {"GET", "HEAD", "OPTIONS"}:
        raise Fault(403, "AccessDenied", "The sandbox's edge only reads.")
