"""CloudFront Functions, as far as a behavior names them: which there are, to show what is associated.

Source: Amazon CloudFront API Reference, "ListFunctions".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cdnadmin.aws.session import Connection, cloudfront
from cdnadmin.aws.translate import translated


@dataclass(frozen=True)
class FunctionSummary:
    name: str
    arn: str  # behaviors name it
    stage: str  # "DEVELOPMENT" or "LIVE"
    status: str  # "UNPUBLISHED", "UNASSOCIATED" …
    comment: str


def list_functions(connection: Connection) -> tuple[FunctionSummary, ...]:
    """All of the account. A published one may be there in both stages."""
    client: Any = cloudfront(connection)
    found: list[FunctionSummary] = []
    marker = ""
    while True:
        with translated("list the CloudFront functions"):
            page = client.list_functions(**({"Marker": marker} if marker else {}))["FunctionList"]
        for item in page.get("Items", []):
            metadata = item["FunctionMetadata"]
            comment = item["FunctionConfig"].get("Comment", "")
            found.append(
                FunctionSummary(item["Name"], metadata["FunctionARN"], metadata.get("Stage", ""), item.get("Status", ""), comment)
            )
        marker = page.get("NextMarker", "")
        if not marker:
            return tuple(found)
