"""Legacy streaming distributions. Source: CloudFront API Reference, "CreateStreamingDistribution" and its neighbours."""

from __future__ import annotations

from typing import Any

from tests.conftest import wait_until
from tests.integration.sandbox.conftest import fresh, refused
from tests.integration.sandbox.rule_world import streaming_config


def test_a_streaming_distribution_lives_and_ends(cloudfront: Any) -> None:
    tags = {"Items": [{"Key": "team", "Value": "media"}]}
    config = streaming_config(Comment="old")
    made = cloudfront.create_streaming_distribution_with_tags(
        StreamingDistributionConfigWithTags={"StreamingDistributionConfig": config, "Tags": tags}
    )
    id, etag = made["StreamingDistribution"]["Id"], made["ETag"]
    assert made["StreamingDistribution"]["Status"] == "InProgress"
    assert cloudfront.list_tags_for_resource(Resource=made["StreamingDistribution"]["ARN"])["Tags"] == tags

    def deployed() -> bool:
        return bool(cloudfront.get_streaming_distribution(Id=id)["StreamingDistribution"]["Status"] == "Deployed")

    wait_until(deployed, what="Deployed")
    full = cloudfront.get_streaming_distribution_config(Id=id)["StreamingDistributionConfig"]
    assert full["PriceClass"] == "PriceClass_All"
    with refused("StreamingDistributionNotDisabled", 409):
        cloudfront.delete_streaming_distribution(Id=id, IfMatch=etag)
    changed = cloudfront.update_streaming_distribution(
        Id=id, IfMatch=etag, StreamingDistributionConfig={**full, "Enabled": False, "Comment": fresh("new")}
    )
    assert changed["ETag"] != etag
    with refused("StreamingDistributionNotDisabled", 409):  # disabled, and still InProgress
        cloudfront.delete_streaming_distribution(Id=id, IfMatch=changed["ETag"])
    wait_until(deployed, what="Deployed")
    listed = cloudfront.list_streaming_distributions()["StreamingDistributionList"]["Items"]
    assert [item["Enabled"] for item in listed if item["Id"] == id] == [False]
    cloudfront.delete_streaming_distribution(Id=id, IfMatch=changed["ETag"])
    with refused("NoSuchStreamingDistribution", 404):
        cloudfront.get_streaming_distribution(Id=id)
