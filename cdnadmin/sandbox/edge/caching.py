"""What a behavior caches for how long, what tells its cached answers apart, and what it passes on to an origin.

Sources: Developer Guide, "Understand cache policies", "Understand origin request policies", "Cache content based on
query string parameters", "Cache content based on request headers"; API Reference, "ForwardedValues".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cdnadmin.sandbox.cloudfront.policies import CACHE, ORIGIN_REQUEST, cache_ttls, policy_config
from cdnadmin.sandbox.cloudfront.store import Store
from cdnadmin.sandbox.edge.compression import takes_gzip
from cdnadmin.sandbox.edge.routing import country_of
from cdnadmin.sandbox.edge.signatures import QUERY_NAMES, cookies
from cdnadmin.sandbox.http import Request

# A viewer's headers that are of its connection with the edge, or that the edge answers for itself.
_NEVER = frozenset({"connection", "content-length", "transfer-encoding", "te", "trailer", "upgrade", "expect", "keep-alive"})
# What behaviors with ForwardedValues take off unless it is listed. Source: Developer Guide, "HTTP request headers and
# CloudFront behavior (custom and Amazon S3 origins)".
_LEGACY_REMOVED = frozenset(
    [
        "accept",
        "accept-charset",
        "accept-encoding",
        "accept-language",
        "authorization",
        "cookie",
        "host",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "referer",
        "user-agent",
        "x-forwarded-proto",
        "x-http-method-override",
        "x-real-ip",
    ]
)
CONDITIONS = ("range", "if-match", "if-none-match", "if-modified-since", "if-unmodified-since", "if-range")


@dataclass(frozen=True)
class Part:
    """Some of a request's query, headers or cookies. `names` are meant by "whitelist" and "allExcept"."""

    mode: str = "none"
    names: frozenset[str] = frozenset()

    def takes(self, name: str) -> bool:
        match self.mode:
            case "whitelist":
                return name in self.names
            case "allExcept":
                return name not in self.names
            case "all":
                return True
        return False


@dataclass(frozen=True)
class Chosen:
    query: Part = Part()
    headers: Part = Part()
    cookies: Part = Part()


@dataclass(frozen=True)
class Rules:
    """Of one behavior. TTLs in seconds; `also`: what goes to the origin besides the key; `legacy`: by ForwardedValues."""

    least: float
    default: float
    most: float
    key: Chosen
    also: Chosen
    gzip: bool
    legacy: bool
    cached: bool = True

    @property
    def passes_origin(self) -> bool:
        """Whether S3 gets to see the viewer's Origin; without it, it adds no CORS headers."""
        return self.key.headers.takes("origin") or self.also.headers.takes("origin")

    @property
    def passes_cookies(self) -> bool:
        return {self.key.cookies.mode, self.also.cookies.mode} != {"none"}


def rules_of(store: Store, behavior: dict[str, Any]) -> Rules:
    if "ForwardedValues" in behavior:
        return _legacy(behavior)
    id = behavior.get("CachePolicyId", "")
    _, least, default, most = cache_ttls(store, id) or ("", 0, 86_400, 31_536_000)
    given = (policy_config(store, CACHE, id) or {}).get("ParametersInCacheKeyAndForwardedToOrigin", {})
    also = policy_config(store, ORIGIN_REQUEST, behavior.get("OriginRequestPolicyId", ""))
    gzip = bool(given.get("EnableAcceptEncodingGzip"))
    return Rules(least, default, most, _chosen(given), _chosen(also or {}), gzip, legacy=False, cached=most > 0)


def _chosen(config: dict[str, Any]) -> Chosen:
    """The three parts of a cache policy's parameters, or of an origin request policy."""

    def names(part: dict[str, Any], kind: str, *, lower: bool = False) -> frozenset[str]:
        return frozenset(name.lower() if lower else name for name in part.get(kind, {}).get("Items", []))

    query, headers, cookie = (config.get(f"{kind}Config", {}) for kind in ("QueryStrings", "Headers", "Cookies"))
    mode = headers.get("HeaderBehavior", "none")
    return Chosen(
        Part(query.get("QueryStringBehavior", "none"), names(query, "QueryStrings")),
        Part("all" if mode.startswith("allViewer") else mode, names(headers, "Headers", lower=True)),
        Part(cookie.get("CookieBehavior", "none"), names(cookie, "Cookies")),
    )


def _legacy(behavior: dict[str, Any]) -> Rules:
    """ForwardedValues: all that is forwarded is in the key, but for query strings of which only some are named."""
    given = behavior["ForwardedValues"]
    named = frozenset(given.get("QueryStringCacheKeys", {}).get("Items", []))
    every_query = Part("all" if given["QueryString"] else "none")
    headers = frozenset(name.lower() for name in given.get("Headers", {}).get("Items", []))
    cookie = Part(given["Cookies"]["Forward"], frozenset(given["Cookies"].get("WhitelistedNames", {}).get("Items", [])))
    least = behavior.get("MinTTL", 0)
    default = behavior.get("DefaultTTL", max(86_400, least))
    return Rules(
        least,
        default,
        behavior.get("MaxTTL", max(31_536_000, default)),
        Chosen(Part("whitelist", named) if named and given["QueryString"] else every_query, Part("whitelist", headers), cookie),
        Chosen(every_query, Part("all" if "*" in headers else "none")),
        gzip=True,
        legacy=True,
        # With every header in the key nothing is ever cached.
        cached="*" not in headers,
    )


def query_of(part: Part, request: Request) -> str:
    """The pairs of the query that a part takes, in the viewer's order and bytes; never those of a signed URL."""
    pairs = [pair for pair in request.raw_query.split("&") if pair and pair.partition("=")[0] not in QUERY_NAMES]
    return "&".join(pair for pair in pairs if part.takes(pair.partition("=")[0]))


def key_values(rules: Rules, request: Request) -> tuple[tuple[str, str], ...]:
    """The headers and cookies that tell one cached answer from another."""
    values = sorted(_headers_taken(rules.key.headers, request).items())
    kept = _cookie_header(rules.key.cookies, request)
    return (*values, *([("cookie", kept)] if kept else []))


def coding_of(rules: Rules, request: Request) -> str:
    """ "gzip" where a compressed answer may be given. A part of an object is always of the object as it is."""
    return "gzip" if rules.gzip and takes_gzip(request.headers) and "range" not in request.headers else ""


def origin_query(rules: Rules, request: Request) -> str:
    pairs = [pair for pair in query_of(Part("all"), request).split("&") if pair]
    names = ((pair, pair.partition("=")[0]) for pair in pairs)
    return "&".join(pair for pair, name in names if rules.key.query.takes(name) or rules.also.query.takes(name))


def conditions(request: Request) -> dict[str, str]:
    """The headers that make a request conditional or ask for a part."""
    return {name: request.headers[name] for name in CONDITIONS if name in request.headers}


def origin_headers(rules: Rules, request: Request) -> dict[str, str]:
    """What a custom origin is sent of the viewer's request. Its Host is the origin's own unless a policy passes it on.

    Source: Developer Guide, "Request and response behavior for custom origins".
    """
    sent = {"user-agent": "Amazon CloudFront", **conditions(request)}
    if rules.legacy:
        sent |= {name: value for name, value in _of_viewer(request).items() if name not in _LEGACY_REMOVED}
    sent |= _headers_taken(rules.also.headers, request) | _headers_taken(rules.key.headers, request)
    for name in (*_NEVER, "cookie", "accept-encoding", "x-forwarded-proto"):
        sent.pop(name, None)
    if coding_of(rules, request):
        sent["accept-encoding"] = "gzip"
    both = (_cookie_header(part, request) for part in (rules.key.cookies, rules.also.cookies))
    if cookie := max(both, key=len):
        sent["cookie"] = cookie
    before = request.headers.get("x-forwarded-for", "")
    sent["x-forwarded-for"] = f"{before}, {request.remote_ip}" if before else request.remote_ip
    return sent


def _of_viewer(request: Request) -> dict[str, str]:
    """Without what a viewer can't send through CloudFront, or says to the sandbox itself."""
    own = ("x-edge-", "x-sandbox-", "cloudfront-")
    return {name: value for name, value in request.headers.items() if not name.startswith(own)}


def _headers_taken(part: Part, request: Request) -> dict[str, str]:
    """The viewer's headers that a part takes, and those of CloudFront's own that it names and the sandbox can tell."""
    protocol = request.headers.get("x-forwarded-proto", "http")
    own = {"cloudfront-viewer-country": country_of(request), "cloudfront-forwarded-proto": protocol}
    named = {name: value for name, value in own.items() if name in part.names and part.mode != "allExcept"}
    return {name: value for name, value in _of_viewer(request).items() if part.takes(name)} | named


def _cookie_header(part: Part, request: Request) -> str:
    return "; ".join(f"{name}={value}" for name, value in cookies(request).items() if part.takes(name))
