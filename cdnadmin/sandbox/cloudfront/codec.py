"""CloudFront's REST-XML, read and written from botocore's own service model: every operation's shape is right at once."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any
from urllib.parse import unquote
from xml.etree.ElementTree import Element, ParseError
from xml.sax.saxutils import escape

import botocore.session
from botocore.validate import ParamValidator
from defusedxml.ElementTree import fromstring

from cdnadmin.sandbox.http import Fault, Request, Response
from cdnadmin.sandbox.sigv4 import split_query

# The one enumeration whose unknown values have an error of their own (InvalidMinimumProtocolVersion).
_OWN_REFUSAL = "MinimumProtocolVersion"
NAMESPACE = "http://cloudfront.amazonaws.com/doc/2020-05-31/"


@dataclass(frozen=True)
class _Route:
    method: str
    path: re.Pattern[str]
    literal_query: frozenset[tuple[str, str]]
    name: str


@cache
def model() -> Any:
    return botocore.session.get_session().get_service_model("cloudfront")


@cache
def _routes() -> tuple[_Route, ...]:
    routes = []
    for name in model().operation_names:
        http = model().operation_model(name).http
        path, _, query = http["requestUri"].partition("?")
        expression = re.sub(
            r"\\\{(\w+)(\\\+)?\\\}", lambda m: f"(?P<{m.group(1)}>{'.+' if m.group(2) else '[^/]+'})", re.escape(path)
        )
        routes.append(_Route(http["method"], re.compile(expression), frozenset(split_query(query)), name))
    # A route that names more of the query is the closer one ("?WithTags").
    return tuple(sorted(routes, key=lambda route: -len(route.literal_query)))


def parse(request: Request) -> tuple[str, dict[str, Any]]:
    """The operation that a request asks for, and its parameters. Raises Fault."""
    query = split_query(request.raw_query)
    for route in _routes():
        found = route.path.fullmatch(request.raw_path.rstrip("/"))
        if route.method == request.method and found and route.literal_query <= set(query):
            return route.name, _parameters(route.name, found.groupdict(), dict(query), request)
    raise Fault(404, "NoSuchResource", "The sandbox knows no such operation of CloudFront.")


def _parameters(name: str, uri: dict[str, str], query: dict[str, str], request: Request) -> dict[str, Any]:
    shape = model().operation_model(name).input_shape
    given: dict[str, Any] = {}
    payload = shape.serialization.get("payload") if shape else None
    if shape and not payload and any("location" not in member.serialization for member in shape.members.values()):
        given = _read(shape, _document(request))
    for member, member_shape in shape.members.items() if shape else ():
        wire = member_shape.serialization.get("name", member)
        location = member_shape.serialization.get("location")
        if location == "uri":
            given[member] = unquote(uri[wire])
        elif location == "querystring" and wire in query:
            given[member] = _scalar(member_shape, query[wire])
        elif location == "header" and wire.lower() in request.headers:
            given[member] = request.headers[wire.lower()]
        elif member == payload:
            given[member] = _read(member_shape, _document(request))
    report = ParamValidator().validate(given, shape) if shape else None
    if report is not None and report.has_errors():
        raise Fault(400, "MalformedXML", f"1 validation error detected: {report.generate_report()}")
    if shape:
        _check_values(shape, given, name[0].lower() + name[1:])
    _check_quantities(given)
    return given


def _document(request: Request) -> Element:
    if not request.buffered():
        raise Fault(400, "MissingBody", "This operation requires a body. Ensure that the body is present.")
    try:
        return fromstring(request.buffered())
    except (ParseError, ValueError, LookupError):
        raise Fault(400, "MalformedXML", "The XML document is not well-formed.") from None


def _scalar(shape: Any, text: str) -> Any:
    try:
        match shape.type_name:
            case "integer" | "long":
                return int(text)
            case "float" | "double":
                return float(text)
            case "boolean":
                return {"true": True, "false": False}[text.strip().lower()]
            case "timestamp":
                return datetime.fromisoformat(text.replace("Z", "+00:00"))
            case "blob":
                return base64.b64decode(text, validate=True)
    except (ValueError, KeyError):
        raise Fault(400, "MalformedXML", f"“{text}” is not a {shape.type_name}.") from None
    return text


def _read(shape: Any, element: Element) -> Any:
    if shape.type_name == "structure":
        children = {child.tag.rpartition("}")[2]: child for child in element}
        wire = {member_shape.serialization.get("name", name): (name, member_shape) for name, member_shape in shape.members.items()}
        return {wire[tag][0]: _read(wire[tag][1], child) for tag, child in children.items() if tag in wire}
    if shape.type_name == "list":
        return [_read(shape.member, child) for child in element]
    return _scalar(shape, element.text or "")


def _check_values(shape: Any, value: Any, path: str) -> None:
    """Only the values that the service model lists."""
    if shape.type_name == "structure":
        for name, item in value.items():
            _check_values(shape.members[name], item, f"{path}.{name[0].lower()}{name[1:]}")
    elif shape.type_name == "list":
        for item in value:
            _check_values(shape.member, item, path)
    elif shape.type_name == "string" and shape.enum and value not in shape.enum and shape.name != _OWN_REFUSAL:
        message = f"1 validation error detected: Value '{value}' at '{path}' failed to satisfy constraint: "
        raise Fault(400, "MalformedXML", f"{message}Member must satisfy enum value set: [{', '.join(shape.enum)}]")


def _check_quantities(value: Any, path: str = "") -> None:
    if isinstance(value, dict):
        if "Quantity" in value and value["Quantity"] != len(value.get("Items", [])):
            raise Fault(
                400, "InconsistentQuantities", f"The value of Quantity and the size of Items don't match{path and ' in ' + path}."
            )
        for name, item in value.items():
            _check_quantities(item, name)
    elif isinstance(value, list):
        for item in value:
            _check_quantities(item, path)


def answer(name: str, output: dict[str, Any], *, unknown: dict[str, str] | None = None) -> Response:
    """The response of an operation: its headers, and its payload as XML (or as it is).

    `unknown`: values by paths ("DistributionConfig/NewThing") for which the model has no place; each stands at the end of
    the first element that its path names before last.
    """
    operation = model().operation_model(name)
    status = operation.http.get("responseCode", 200)
    shape = operation.output_shape
    headers: dict[str, str] = {}
    if shape is None:
        return Response(status)
    payload = shape.serialization.get("payload")
    for member, member_shape in shape.members.items():
        if member_shape.serialization.get("location") == "header" and output.get(member) is not None:
            headers[member_shape.serialization.get("name", member).lower()] = str(output[member])
    if payload is None:
        return Response(status, headers)
    headers.setdefault("content-type", "text/xml")
    member_shape = shape.members[payload]
    if member_shape.type_name == "blob":
        return Response(status, headers, output[payload])
    root = member_shape.serialization.get("name", member_shape.name)
    body = f'<?xml version="1.0"?>\n<{root} xmlns="{NAMESPACE}">{_write(member_shape, output[payload])}</{root}>'
    for path, value in (unknown or {}).items():
        *_, parent, name = path.split("/")
        body = body.replace(f"</{parent}>", f"<{name}>{escape(value)}</{name}></{parent}>", 1)
    return Response(status, headers, body.encode())


def values_at(request: Request, paths: list[str]) -> dict[str, str]:
    """What a DistributionConfig that was sent has at these paths; those that are not there are left out."""
    found = {}
    for path in paths:
        element: Element | None = _document(request)
        for name in path.split("/")[1:]:
            children = element if element is not None else ()
            element = next((child for child in children if child.tag.rpartition("}")[2] == name), None)
        if element is not None:
            found[path] = element.text or ""
    return found


def _write(shape: Any, value: Any) -> str:
    if shape.type_name == "structure":
        pieces = []
        for name, member in shape.members.items():
            if value.get(name) is not None:
                tag = member.serialization.get("name", name)
                pieces.append(f"<{tag}>{_write(member, value[name])}</{tag}>")
        return "".join(pieces)
    if shape.type_name == "list":
        tag = shape.member.serialization.get("name", "member")
        return "".join(f"<{tag}>{_write(shape.member, item)}</{tag}>" for item in value)
    if shape.type_name == "boolean":
        return "true" if value else "false"
    if shape.type_name == "timestamp":
        moment = datetime.fromtimestamp(value, UTC) if isinstance(value, int | float) else value
        return str(moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z")
    return escape(str(value))


def error(fault: Fault, request_id: str) -> Response:
    body = f'<?xml version="1.0"?>\n<ErrorResponse xmlns="{NAMESPACE}"><Error><Type>Sender</Type><Code>{fault.code}</Code>'
    body += f"<Message>{escape(fault.message)}</Message></Error><RequestId>{request_id}</RequestId></ErrorResponse>"
    return Response(fault.status, {"content-type": "text/xml", "x-amzn-requestid": request_id}, body.encode())
