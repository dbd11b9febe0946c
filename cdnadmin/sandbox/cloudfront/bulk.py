"""Many distributions at once, for imports and benches: in one transaction, past the quota and past the rules."""

from __future__ import annotations

import uuid
from typing import Any

from cdnadmin.sandbox.cloudfront.distributions import new_distribution
from cdnadmin.sandbox.cloudfront.store import Store

AT_MOST = 20_000


def add_distributions(
    store: Store, *, count: int, comment: str = "", enabled: bool = True, status: str = "Deployed", seconds: float | None = None
) -> list[str]:
    """The ids of `count` new distributions of one S3 origin, called "<comment> 1" and so on. Raises ValueError.

    `status`: Deployed, or InProgress for `seconds` (what every change takes, where left out).
    """
    if not 1 <= count <= AT_MOST or status not in {"Deployed", "InProgress"}:
        raise ValueError(f"A count is 1 to {AT_MOST:,}; a status is Deployed or InProgress.")
    batch = uuid.uuid4().hex
    made = []
    with store.together():
        for number in range(1, count + 1):
            thing = new_distribution(_config(f"{batch}-{number}", f"{comment} {number}".strip(), enabled), {})
            made.append(store.add(thing, seconds=0.0 if status == "Deployed" else seconds).id)
    return made


def _config(reference: str, comment: str, enabled: bool) -> dict[str, Any]:
    origin = {"Id": "s3", "DomainName": "media.s3.us-east-1.amazonaws.com", "S3OriginConfig": {"OriginAccessIdentity": ""}}
    return {
        "CallerReference": reference,
        "Comment": comment,
        "Enabled": enabled,
        "Origins": {"Quantity": 1, "Items": [origin]},
        "DefaultCacheBehavior": {
            "TargetOriginId": "s3",
            "ViewerProtocolPolicy": "allow-all",
            "CachePolicyId": "658327ea-f89d-4fab-a63d-7e88639e58f6",  # Managed-CachingOptimized
        },
    }
