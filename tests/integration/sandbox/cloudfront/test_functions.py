"""CloudFront Functions. Source: CloudFront API Reference, "CreateFunction", "PublishFunction", "ListFunctions"."""

from __future__ import annotations

from typing import Any

from tests.integration.sandbox.cloudfront.conftest import Make, distribution_config, update
from tests.integration.sandbox.conftest import fresh, refused

CODE = b"function handler(event) { return event.request }"
CONFIG = {"Comment": "", "Runtime": "cloudfront-js-2.0"}


def test_a_function_is_tried_published_associated_and_ends(cloudfront: Any, make: Make) -> None:
    name = fresh("function")
    made = cloudfront.create_function(Name=name, FunctionConfig=CONFIG, FunctionCode=CODE)
    assert made["FunctionSummary"]["Status"] == "UNPUBLISHED"
    changed = cloudfront.update_function(Name=name, IfMatch=made["ETag"], FunctionConfig=CONFIG, FunctionCode=CODE + b"//")
    with refused("PreconditionFailed", 412):
        cloudfront.publish_function(Name=name, IfMatch=made["ETag"])
    etag = cloudfront.describe_function(Name=name)["ETag"]
    cloudfront.publish_function(Name=name, IfMatch=etag)
    assert cloudfront.get_function(Name=name, Stage="LIVE")["FunctionCode"].read() == CODE + b"//"
    arn = changed["FunctionSummary"]["FunctionMetadata"]["FunctionARN"]
    config = distribution_config()
    association = {"FunctionARN": arn, "EventType": "viewer-request"}
    config["DefaultCacheBehavior"]["FunctionAssociations"] = {"Quantity": 1, "Items": [association]}
    user = make(config)["Distribution"]
    assert user["DistributionConfig"]["DefaultCacheBehavior"]["FunctionAssociations"]["Items"] == [association]
    assert cloudfront.describe_function(Name=name, Stage="LIVE")["FunctionSummary"]["Status"] == "DEPLOYED"
    with refused("FunctionInUse", 409):
        cloudfront.delete_function(Name=name, IfMatch=etag)
    update(cloudfront, user["Id"], lambda config: config["DefaultCacheBehavior"].update(FunctionAssociations={"Quantity": 0}))
    cloudfront.delete_function(Name=name, IfMatch=etag)
    with refused("NoSuchFunctionExists", 404):
        cloudfront.describe_function(Name=name)


def test_functions_are_listed_by_stage(cloudfront: Any) -> None:
    name = fresh("function")
    etag = cloudfront.create_function(Name=name, FunctionConfig=CONFIG, FunctionCode=CODE)["ETag"]

    def stages(**asked: str) -> list[str]:
        items = cloudfront.list_functions(**asked)["FunctionList"].get("Items", [])
        return [item["FunctionMetadata"]["Stage"] for item in items if item["Name"] == name]

    assert (stages(), stages(Stage="LIVE")) == (["DEVELOPMENT"], [])
    cloudfront.publish_function(Name=name, IfMatch=etag)
    assert (stages(), stages(Stage="LIVE")) == (["DEVELOPMENT", "LIVE"], ["LIVE"])
    cloudfront.delete_function(Name=name, IfMatch=etag)
