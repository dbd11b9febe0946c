"""Rows about distributions as a whole, their invalidations and tags, and what gives access: versions, uses, quotas."""

from __future__ import annotations

from typing import Any

from tests.integration.sandbox.cloudfront.conftest import control_config, disable
from tests.integration.sandbox.conftest import fresh
from tests.integration.sandbox.rule_world import NOBODY, STALE, Call, Row, World, again, full, gone, ids, in_use, listed, versions


def _distribution(world: World) -> dict[str, Any]:
    return {"Id": world.create()["Distribution"]["Id"]}


def _config(world: World) -> dict[str, Any]:
    made = world.create()["Distribution"]
    return {"Id": made["Id"], "DistributionConfig": made["DistributionConfig"]}


def _changed(**change: Any) -> Call:
    def send(world: World) -> None:
        made = world.create()
        config = {**made["Distribution"]["DistributionConfig"], **change}
        world.cloudfront.update_distribution(Id=made["Distribution"]["Id"], IfMatch=made["ETag"], DistributionConfig=config)

    return send


def _without(name: str, *, behavior: bool = False) -> Call:
    def send(world: World) -> None:
        made = world.create()
        config = made["Distribution"]["DistributionConfig"]
        del (config["DefaultCacheBehavior"] if behavior else config)[name]
        world.cloudfront.update_distribution(Id=made["Distribution"]["Id"], IfMatch=made["ETag"], DistributionConfig=config)

    return send


def _delete_enabled(world: World) -> None:
    made = world.deployed()
    world.cloudfront.delete_distribution(Id=made["Distribution"]["Id"], IfMatch=made["ETag"])


def _delete_in_progress(world: World) -> None:
    made = world.deployed()
    config = made["Distribution"]["DistributionConfig"]
    disable(config)
    id = made["Distribution"]["Id"]
    etag = world.cloudfront.update_distribution(Id=id, IfMatch=made["ETag"], DistributionConfig=config)["ETag"]
    world.cloudfront.delete_distribution(Id=id, IfMatch=etag)


def _tag(*tags: tuple[str, str]) -> Call:
    def send(world: World) -> None:
        items = [{"Key": key, "Value": value} for key, value in tags]
        world.cloudfront.tag_resource(Resource=world.create()["Distribution"]["ARN"], Tags={"Items": items})

    return send


def _streams(situation: str, code: str, status: int = 400, **more: Any) -> Row:
    return Row("CreateStreamingDistribution", situation, code, status, lambda world: world.streaming(**more))


def _stream(world: World) -> dict[str, Any]:
    return {"Id": world.streaming()["StreamingDistribution"]["Id"]}


def _stream_config(world: World) -> dict[str, Any]:
    made = world.streaming()["StreamingDistribution"]
    return {"Id": made["Id"], "StreamingDistributionConfig": made["StreamingDistributionConfig"]}


def _change_stream(world: World) -> None:
    made = world.streaming()
    config = {**made["StreamingDistribution"]["StreamingDistributionConfig"], "CallerReference": fresh("other")}
    id = made["StreamingDistribution"]["Id"]
    world.cloudfront.update_streaming_distribution(Id=id, IfMatch=made["ETag"], StreamingDistributionConfig=config)


def _delete_stream(world: World) -> None:
    made = world.streaming()
    world.cloudfront.delete_streaming_distribution(Id=made["StreamingDistribution"]["Id"], IfMatch=made["ETag"])


def _invalidates(situation: str, code: str, *paths: str, status: int = 400) -> Row:
    return Row("CreateInvalidation", situation, code, status, lambda world: world.invalidate(*paths))


def _twice(first: list[str], second: list[str], *, same: bool = False) -> Call:
    def send(world: World) -> None:
        id, reference = world.create()["Distribution"]["Id"], fresh("batch")
        world.invalidate(*first, id=id, reference=reference)
        world.invalidate(*second, id=id, reference=reference if same else "")

    return send


def _identity_config(reference: str, comment: str = "") -> dict[str, Any]:
    return {"CloudFrontOriginAccessIdentityConfig": {"CallerReference": reference, "Comment": comment}}


def _other_comment(world: World) -> None:
    reference = fresh("oai")
    for comment in ("one", "another"):
        world.cloudfront.create_cloud_front_origin_access_identity(**_identity_config(reference, comment))


def _s3_identity(id: str) -> dict[str, Any]:
    return {"OriginAccessIdentity": f"origin-access-identity/cloudfront/{id}"}


_OAI = "CloudFrontOriginAccessIdentity"
ROWS = [
    *versions("UpdateDistribution", _config),
    *versions("DeleteDistribution", _distribution),
    gone("GetDistribution", "NoSuchDistribution", Id="ENOTHERE"),
    gone("GetDistributionConfig", "NoSuchDistribution", Id="ENOTHERE"),
    gone("DeleteDistribution", "NoSuchDistribution", Id="ENOTHERE", IfMatch=STALE),
    gone("ListInvalidations", "NoSuchDistribution", DistributionId="ENOTHERE"),
    Row("UpdateDistribution", "another caller reference", "IllegalUpdate", 400, _changed(CallerReference="other")),
    *(
        Row("UpdateDistribution", f"without {name}", "IllegalUpdate", 400, _without(name))
        for name in ("Aliases", "CacheBehaviors", "CustomErrorResponses", "Logging", "Restrictions", "WebACLId")
    ),
    Row("UpdateDistribution", "without a behavior's Compress", "InvalidArgument", 400, _without("Compress", behavior=True)),
    Row("UpdateDistribution", "staging from now on", "IllegalUpdate", 400, _changed(Staging=True)),
    Row("UpdateDistribution", "multi-tenant from now on", "IllegalUpdate", 400, _changed(ConnectionMode="tenant-only")),
    Row("DeleteDistribution", "it is enabled", "DistributionNotDisabled", 409, _delete_enabled),
    Row("DeleteDistribution", "disabled, and InProgress", "DistributionNotDisabled", 409, _delete_in_progress),
    Row("ListDistributions", "a page of none", "InvalidArgument", 400,
        lambda world: world.cloudfront.list_distributions(MaxItems="0")),
    Row("ListDistributions", "a marker that is none", "InvalidArgument", 400,
        lambda world: world.cloudfront.list_distributions(Marker="ENOTHERE")),
    Row("TagResource", "AWS’s own prefix", "InvalidTagging", 400, _tag(("aws:team", "media"))),
    Row("TagResource", "a key of 129 characters", "InvalidTagging", 400, _tag(("k" * 129, ""))),
    Row("TagResource", "a value of 257 characters", "InvalidTagging", 400, _tag(("k", "v" * 257))),
    Row("TagResource", "a key twice", "InvalidTagging", 400, _tag(("k", "1"), ("k", "2"))),
    Row("TagResource", "51 tags", "InvalidTagging", 400, _tag(*((f"k{number}", "") for number in range(51)))),
    gone("ListTagsForResource", "NoSuchResource", Resource="arn:aws:cloudfront::000000000000:distribution/ENOTHERE"),
    # invalidations
    _invalidates("a path without its slash", "InvalidArgument", "a"),
    _invalidates("a wildcard inside", "InvalidArgument", "/a*b"),
    _invalidates("a space", "InvalidArgument", "/a b"),
    _invalidates("a letter that is not ASCII", "InvalidArgument", "/ü"),
    _invalidates("4,001 characters", "InvalidArgument", "/" + "a" * 4_000),
    _invalidates("no path", "InvalidArgument"),
    _invalidates("3,001 paths at once", "BatchTooLarge", *(f"/{number}" for number in range(3_001)), status=413),
    _invalidates("16 wildcards", "TooManyInvalidationsInProgress", *(f"/{number}/*" for number in range(16))),
    Row("CreateInvalidation", "3,001 paths in progress", "TooManyInvalidationsInProgress", 400,
        _twice([f"/{number}" for number in range(3_000)], ["/one-more"])),
    Row("CreateInvalidation", "a used reference with other paths", "InvalidArgument", 400, _twice(["/a"], ["/b"], same=True)),
    gone("GetInvalidation", "NoSuchDistribution", DistributionId="ENOTHERE", Id="INOTHERE"),
    Row("GetInvalidation", "it is not there", "NoSuchInvalidation", 404,
        lambda world: world.cloudfront.get_invalidation(DistributionId=world.create()["Distribution"]["Id"], Id="INOTHERE")),
    # identities, controls, keys and groups
    gone(f"Get{_OAI}", f"NoSuch{_OAI}", Id="ENOTHERE"),
    Row(f"Create{_OAI}", "a used reference with another comment", f"{_OAI}AlreadyExists", 409, _other_comment),
    full(f"Create{_OAI}", "TooManyCloudFrontOriginAccessIdentities", "oai", World.oai),
    *versions(f"Delete{_OAI}", lambda world: {"Id": world.oai()[_OAI]["Id"]}),
    in_use(f"Delete{_OAI}", f"{_OAI}InUse", lambda world: ids(_OAI)(world.oai()),
            lambda world, id: world.from_origin(S3OriginConfig=_s3_identity(id))),
    in_use(f"Delete{_OAI}", f"{_OAI}InUse", lambda world: ids(_OAI)(world.oai()),
            lambda world, id: world.streaming(S3Origin={"DomainName": "media.s3.amazonaws.com", **_s3_identity(id)})),
    gone("GetOriginAccessControl", "NoSuchOriginAccessControl", Id="ENOTHERE"),
    again("CreateOriginAccessControl", "OriginAccessControlAlreadyExists",
           lambda world, name: world.cloudfront.create_origin_access_control(OriginAccessControlConfig=control_config(name))),
    full("CreateOriginAccessControl", "TooManyOriginAccessControls", "oac", World.oac),
    *versions("DeleteOriginAccessControl", lambda world: {"Id": world.oac()["OriginAccessControl"]["Id"]}),
    in_use("DeleteOriginAccessControl", "OriginAccessControlInUse", lambda world: ids("OriginAccessControl")(world.oac()),
            lambda world, id: world.from_origin(OriginAccessControlId=id)),
    gone("GetPublicKey", "NoSuchPublicKey", Id="KNOTHERE"),
    full("CreatePublicKey", "TooManyPublicKeys", "public-key", World.key),
    gone("GetKeyGroup", "NoSuchResource", Id=NOBODY),
    full("CreateKeyGroup", "TooManyKeyGroups", "key-group", World.group),
    in_use("DeletePublicKey", "PublicKeyInUse", lambda world: ids("PublicKey")(world.key()),
            lambda world, id: world.cloudfront.create_key_group(KeyGroupConfig={"Name": fresh("group"), "Items": [id]})),
    in_use("DeleteKeyGroup", "ResourceInUse", lambda world: ids("KeyGroup")(world.group()),
            lambda world, id: world.behaving(TrustedKeyGroups={"Enabled": True, **listed(id)})),
    # streaming distributions
    gone("GetStreamingDistribution", "NoSuchStreamingDistribution", Id="ENOTHERE"),
    again("CreateStreamingDistribution", "StreamingDistributionAlreadyExists",
           lambda world, name: world.streaming(CallerReference=name)),
    full("CreateStreamingDistribution", "TooManyStreamingDistributions", "streaming-distribution", World.streaming),
    _streams("an origin that is no bucket", "InvalidOrigin", S3Origin={"DomainName": "example.com", "OriginAccessIdentity": ""}),
    _streams("an identity that is none", "InvalidOriginAccessIdentity",
             S3Origin={"DomainName": "media.s3.amazonaws.com", **_s3_identity("ENOTHERE")}),
    _streams("a signer that is no account", "TrustedSignerDoesNotExist", TrustedSigners={"Enabled": True, **listed("me")}),
    _streams("101 aliases", "TooManyStreamingDistributionCNAMEs",
             Aliases=listed(*(f"s{number}.example.com" for number in range(101)))),
    again("CreateStreamingDistribution", "CNAMEAlreadyExists",
           lambda world, name: world.streaming(Aliases=listed(f"{name}.example.com"))),
    *versions("UpdateStreamingDistribution", _stream_config),
    *versions("DeleteStreamingDistribution", _stream),
    Row("UpdateStreamingDistribution", "another caller reference", "IllegalUpdate", 400, _change_stream),
    Row("DeleteStreamingDistribution", "it is enabled", "StreamingDistributionNotDisabled", 409, _delete_stream),
]  # fmt: skip
