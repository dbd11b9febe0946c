"""CloudFront's control plane over HTTP: signed requests in, one operation each, CloudFront's XML out."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cdnadmin.sandbox.admin import DroppedAnswer, Faults, WriteLog
from cdnadmin.sandbox.cloudfront import access, codec, distributions, functions, invalidations, policy_operations, streaming
from cdnadmin.sandbox.cloudfront.store import Store
from cdnadmin.sandbox.http import Fault, Request, Response
from cdnadmin.sandbox.permissions import Permissions
from cdnadmin.sandbox.principals import ACCOUNT_ID, Anonymous
from cdnadmin.sandbox.sigv4 import authenticate

Operation = Callable[[Store, dict[str, Any]], dict[str, Any]]
_OAI = "CloudFrontOriginAccessIdentity"
OPERATIONS: dict[str, Operation] = {
    "CreateDistribution": distributions.create,
    "CreateDistributionWithTags": distributions.create,
    "GetDistribution": distributions.get,
    "GetDistributionConfig": distributions.get_config,
    "UpdateDistribution": distributions.update,
    "DeleteDistribution": distributions.delete,
    "ListDistributions": distributions.summaries,
    "TagResource": distributions.tag,
    "UntagResource": distributions.untag,
    "ListTagsForResource": distributions.tags,
    "CreateInvalidation": invalidations.create,
    "GetInvalidation": invalidations.get,
    "ListInvalidations": invalidations.listed,
    f"Create{_OAI}": access.create_oai,
    f"Get{_OAI}": access.get_oai,
    f"Get{_OAI}Config": access.get_oai,
    f"Update{_OAI}": access.update_oai,
    f"Delete{_OAI}": access.delete_oai,
    "ListCloudFrontOriginAccessIdentities": access.list_oais,
    "CreateOriginAccessControl": access.create_oac,
    "GetOriginAccessControl": access.get_oac,
    "GetOriginAccessControlConfig": access.get_oac,
    "UpdateOriginAccessControl": access.update_oac,
    "DeleteOriginAccessControl": access.delete_oac,
    "ListOriginAccessControls": access.list_oacs,
    "CreatePublicKey": access.create_key,
    "GetPublicKey": access.get_key,
    "GetPublicKeyConfig": access.get_key,
    "UpdatePublicKey": access.update_key,
    "DeletePublicKey": access.delete_key,
    "ListPublicKeys": access.list_keys,
    "CreateKeyGroup": access.create_group,
    "GetKeyGroup": access.get_group,
    "GetKeyGroupConfig": access.get_group,
    "UpdateKeyGroup": access.update_group,
    "DeleteKeyGroup": access.delete_group,
    "ListKeyGroups": access.list_groups,
    "CreateFunction": functions.create,
    "DescribeFunction": functions.describe,
    "GetFunction": functions.get,
    "UpdateFunction": functions.update,
    "PublishFunction": functions.publish,
    "DeleteFunction": functions.delete,
    "ListFunctions": functions.listed,
    "CreateStreamingDistribution": streaming.create,
    "CreateStreamingDistributionWithTags": streaming.create,
    "GetStreamingDistribution": streaming.get,
    "GetStreamingDistributionConfig": streaming.get,
    "UpdateStreamingDistribution": streaming.update,
    "DeleteStreamingDistribution": streaming.delete,
    "ListStreamingDistributions": streaming.summaries,
    **policy_operations.OPERATIONS,
}
_READS = ("Get", "List", "Describe")
_WHOLE = {"GetDistribution", "GetDistributionConfig", "UpdateDistribution"}


class CloudFrontApi:
    def __init__(
        self, data_dir: Path, *, propagation_seconds: float, faults: Faults, writes: WriteLog, permissions: Permissions
    ) -> None:
        self.store = Store(data_dir, propagation_seconds)
        self._faults, self._writes, self._permissions = faults, writes, permissions

    def handle(self, request: Request) -> Response:
        request_id = str(uuid.uuid4())
        try:
            response = self._handle(request)
        except Fault as fault:
            return codec.error(fault, request_id)
        response.headers["x-amzn-requestid"] = request_id
        return response

    def _handle(self, request: Request) -> Response:
        if isinstance(authenticate(request, service="cloudfront").principal, Anonymous):
            raise Fault(403, "MissingAuthenticationToken", "Request is missing Authentication Token")
        name, given = codec.parse(request)
        self._permissions.require(_actions(name), _arn(name, given))
        operation = OPERATIONS.get(name)
        if operation is None:
            raise Fault(501, "NotImplemented", f"The sandbox does not have {name} yet.")
        asked = self._faults.take("cloudfront", name, _resource(given, {}))
        with self.store.lock:
            self.store.stale = asked.partition(" ")[2] or "*" if asked.startswith("stale") else ""
            output = operation(self.store, given)
            unknown = self._unknown_fields(name, given, request, output)
        if not name.startswith(_READS):
            self._writes.record("cloudfront", name, _resource(given, output))
        if asked == "drop":
            raise DroppedAnswer
        return codec.answer(name, output, unknown=unknown)

    def _unknown_fields(self, name: str, given: dict[str, Any], request: Request, output: dict[str, Any]) -> dict[str, str]:
        """What the distribution has that botocore's model does not know. An update that leaves it out loses it."""
        thing = self.store.get("distribution", str(given.get("Id", ""))) if name in _WHOLE else None
        unknown: dict[str, str] = thing.extra.get("unknown", {}) if thing else {}
        if thing is not None and unknown and name == "UpdateDistribution":
            kept = codec.values_at(request, list(unknown))
            if kept != unknown:
                thing.extra["unknown"] = unknown = kept
                self.store.save_extra(thing)
                if thing.etag == given.get("IfMatch"):
                    # Nothing else changed, but this did.
                    self.store.change(thing, thing.config)
                    output["ETag"] = thing.etag
        return unknown


def _actions(name: str) -> list[str]:
    """What a call needs. Source: Developer Guide, "CloudFront API permissions reference"."""
    plain = name.removesuffix("WithTags")
    return [f"cloudfront:{name}"] if plain == name else [f"cloudfront:{action}" for action in (name, plain, "TagResource")]


def _arn(name: str, given: dict[str, Any]) -> str:
    """What a refusal calls the resource: a distribution, or whatever else the call is about, by its ARN."""
    id = str(given.get("DistributionId") or given.get("Id") or "*")
    if "Resource" in given:
        return str(given["Resource"])
    kind = "distribution/" if re.search("Distribution|Invalidation", name) else ""
    kind = f"streaming-{kind}" if "Streaming" in name else kind
    return f"arn:aws:cloudfront::{ACCOUNT_ID}:{kind}{id}"


def _resource(given: dict[str, Any], output: dict[str, Any]) -> str:
    """What a write was about: the id in the request, or that of what it made."""
    for name in ("Id", "DistributionId", "Resource", "Name"):
        if name in given:
            return str(given[name])
    return next((str(value["Id"]) for value in output.values() if isinstance(value, dict) and "Id" in value), "")
