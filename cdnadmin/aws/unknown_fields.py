"""Settings that AWS has and the installed botocore does not: dropped by its parser, and lost by the next update.

UpdateDistribution replaces the whole configuration. So the raw answer is held against the shapes that botocore
knows, and who would write back what it read is told what it did not read.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml.ElementTree import fromstring

UNKNOWN_FIELDS = "UnknownFields"
_CONFIGURATIONS = {
    "CreateDistribution",
    "CreateDistributionWithTags",
    "GetDistribution",
    "GetDistributionConfig",
    "UpdateDistribution",
    "CreateStreamingDistribution",
    "GetStreamingDistribution",
    "GetStreamingDistributionConfig",
    "UpdateStreamingDistribution",
}


def note_unknown_fields(
    operation_model: Any, response_dict: dict[str, Any], customized_response_dict: dict[str, Any], **_: Any
) -> None:
    """botocore's `before-parse`: put the paths of unknown elements into the parsed answer, under UNKNOWN_FIELDS."""
    if operation_model.name not in _CONFIGURATIONS or response_dict["status_code"] >= 300:
        return
    shape = operation_model.output_shape
    payload = shape.members[shape.serialization["payload"]]
    try:
        root = fromstring(response_dict["body"])
    except (ParseError, ValueError):
        return  # botocore will say so
    # The answer is the configuration itself, or the distribution around it: paths begin at the configuration in both.
    start = payload.name if payload.name.endswith("DistributionConfig") else ""
    found = (path for path in _unknown(payload, root, start) if "DistributionConfig/" in path)
    customized_response_dict[UNKNOWN_FIELDS] = list(dict.fromkeys(found))


def _unknown(shape: Any, element: Element, path: str) -> Iterator[str]:
    if shape.type_name == "structure":
        known = {member.serialization.get("name", name): member for name, member in shape.members.items()}
        for child in element:
            tag = child.tag.rpartition("}")[2]
            here = f"{path}/{tag}" if path else tag
            if tag not in known:
                yield here
            else:
                yield from _unknown(known[tag], child, here)
    elif shape.type_name == "list":
        for child in element:
            yield from _unknown(shape.member, child, f"{path}/{child.tag.rpartition('}')[2]}")
