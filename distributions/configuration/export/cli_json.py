"""For `aws cloudfront create-distribution-with-tags --cli-input-json file://…`.

Values of headers sent to origins may be secrets: placeholders stand for them.
"""

from __future__ import annotations

import copy
import json

from distributions.configuration.export.bundle import Bundle
from distributions.configuration.fields import items_of

PLACEHOLDER = "REPLACE-ME"


def to_cli_json(bundle: Bundle) -> str:
    """The whole configuration, under a caller reference of its own: CloudFront takes none twice."""
    config = copy.deepcopy(bundle.config)
    config["CallerReference"] = f"copy-of-{bundle.id}"
    for origin in items_of(config.get("Origins") or {}):
        for header in items_of(origin.get("CustomHeaders") or {}):
            header["HeaderValue"] = PLACEHOLDER
    tags = [{"Key": key, "Value": value} for key, value in sorted(bundle.tags.items()) if not key.startswith("aws:")]
    document = {"DistributionConfigWithTags": {"DistributionConfig": config, "Tags": {"Items": tags}}}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
