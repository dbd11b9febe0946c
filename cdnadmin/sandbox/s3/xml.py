"""S3's XML, written and read."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any
from xml.etree.ElementTree import Element, ParseError
from xml.sax.saxutils import escape

from defusedxml.ElementTree import fromstring

from cdnadmin.sandbox.http import Fault, Response

_NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"


def iso(epoch: float) -> str:
    return datetime.fromtimestamp(epoch, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def _write(name: str, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return "".join(_write(name, item) for item in value)
    tag = name.split(" ")[0]
    if isinstance(value, dict):
        return f"<{name}>{''.join(_write(key, item) for key, item in value.items())}</{tag}>"
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return f"<{name}>{escape(text, {'\r': '&#13;'})}</{tag}>"


def document(root: str, content: dict[str, Any]) -> Response:
    """A 200 with `content` under `root`: dictionaries nest, lists repeat their element."""
    inner = "".join(_write(name, value) for name, value in content.items())
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n<{root} xmlns="{_NAMESPACE}">{inner}</{root}>'
    return Response(200, {"content-type": "application/xml"}, body.encode())


def error(fault: Fault, *, head: bool) -> Response:
    request_id = uuid.uuid4().hex[:16].upper()
    headers = {"x-amz-request-id": request_id, "x-amz-id-2": "sandbox", "content-type": "application/xml"}
    if head:
        return Response(fault.status, {**headers, "content-length": "0"})
    extra = "".join(_write(name, value) for name, value in fault.extra.items())
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{fault.code}</Code><Message>{escape(fault.message)}</Message>'
    body += f"{extra}<RequestId>{request_id}</RequestId><HostId>sandbox</HostId></Error>"
    return Response(fault.status, headers, body.encode())


def read(body: bytes) -> Element:
    """Parse a request's document, its namespace taken off. Raises Fault MalformedXML."""
    try:
        root: Element = fromstring(body)
    except (ParseError, ValueError):
        raise Fault(
            400, "MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema"
        ) from None
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
    return root


def text(element: Element, path: str, default: str = "") -> str:
    return (element.findtext(path) or default).strip()
