"""What AWS's ids are called, so that pages show names beside them."""

from __future__ import annotations

from collections.abc import Mapping

from cdnadmin.accounts.models import AwsAccount
from distributions.models import AccountInventory, KeyGroup, OriginAccess

# AWS's managed policies keep their ids in every account ("Use managed cache policies" and its neighbours).
MANAGED = {
    "658327ea-f89d-4fab-a63d-7e88639e58f6": "CachingOptimized",
    "b2884449-e4de-46a7-ac36-70bc7f1ddd6d": "CachingOptimizedForUncompressedObjects",
    "4135ea2d-6df8-44a3-9df3-4b5a84be39ad": "CachingDisabled",
    "08627262-05a9-4f76-9ded-b50ca2e3a84f": "Elemental-MediaPackage",
    "2e54312d-136d-493c-8eb9-b001f22f67d2": "Amplify",
    "83da9c7e-98b4-4e11-a168-04f0df8e2c65": "UseOriginCacheControlHeaders",
    "4cc15a8a-d715-48a4-82b8-cc0b614638fe": "UseOriginCacheControlHeaders-QueryStrings",
    "216adef6-5c7f-47e4-b989-5492eafa07d3": "AllViewer",
    "33f36d7e-f396-46d9-90e0-52428a34d9dc": "AllViewerAndCloudFrontHeaders-2022-06",
    "b689b0a8-53d0-40ab-baf2-68738e2966ac": "AllViewerExceptHostHeader",
    "59781a5b-3903-41f3-afcb-af62929ccde1": "CORS-CustomOrigin",
    "88a5eaf4-2fd4-4709-b370-b4c650ea3fcf": "CORS-S3Origin",
    "acba4595-bd28-49b8-b9fe-13317c0390fa": "UserAgentRefererHeaders",
    "60669652-455b-4ae9-85a4-c4c02393f86c": "SimpleCORS",
    "5cc3b908-e619-4b99-88e5-2cf7f45965bd": "CORS-With-Preflight",
    "67f7725c-6f97-4210-82d7-5512b31e9d03": "SecurityHeadersPolicy",
    "e61eb60c-9c35-4d20-a928-2b84e02af89c": "CORS-and-SecurityHeadersPolicy",
    "eaab4381-ed33-4a86-88ca-d9558dc6cd63": "CORS-with-preflight-and-SecurityHeadersPolicy",
}


def names_of(account: AwsAccount) -> dict[str, str]:
    """By id: managed policies, the account's own as last listed, its key groups, controls and identities."""
    inventory = AccountInventory.objects.filter(account=account).first()
    names = {**MANAGED, **(inventory.names if inventory else {})}
    for row in KeyGroup.objects.filter(account=account).exclude(aws_id=""):
        names[row.aws_id] = row.name
    for access in OriginAccess.objects.filter(account=account):
        names[access.aws_id] = access.name
    return names


def counted(found: Mapping[str, int]) -> list[str]:
    """Counts of `AccountInventory.found` in words, as "1 key group" and "12 distributions"."""
    singular = {"origin access identities": "origin access identity"}
    return [f"{count:,} {singular.get(what, what.removesuffix('s')) if count == 1 else what}" for what, count in found.items()]
