"""Access model × object × viewer: what the sandbox answers, what a probe says, and the page's own sentence agree in each cell."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from cdnadmin.accounts.models import Bucket, User
from cdnadmin.probing import probe
from distributions.access.bucket_truth import look_at_bucket
from distributions.access.prediction import Reading, at_edge, predict, shown_at
from distributions.access.reading import bucket_state, sampled_objects
from distributions.addresses import distribution_url
from distributions.models import BucketTruth, Distribution
from distributions.privacy.asking import s3_address
from distributions.services.access_models import plan_access_model
from distributions.services.objects import add_object
from distributions.services.plans import apply_plan
from distributions.services.signing import sign_object_url
from tests.conftest import RunningSandbox
from tests.integration.distributions.conftest import Edge, client, finish, fresh, make

pytestmark = pytest.mark.django_db(transaction=True)

Model, Kind = Distribution.AccessModel, Distribution.Kind
MODELS = [
    (Model.OAC, Kind.PUBLIC),
    (Model.OAC, Kind.PRIVATE),
    (Model.OAI, Kind.PUBLIC),
    (Model.OAI, Kind.PRIVATE),
    (Model.OAI_ACL, Kind.PUBLIC),
    (Model.OAI_ACL, Kind.PRIVATE),
    (Model.PUBLIC_ACL, Kind.PUBLIC),
]
OBJECTS = ("added", "bare", "kms-open", "kms-shut", "public")
# What must come out: who may read "added", "bare", "kms-open" (its key lets CloudFront in), "kms-shut" and "public".
EDGE = {
    Model.OAC: "added bare kms-open public",
    Model.OAI: "added bare public",
    Model.OAI_ACL: "added public",
    Model.PUBLIC_ACL: "added public",
}


@dataclass(frozen=True)
class Cell:
    """What one viewer met, and what was foretold. `sandbox` and `probed`: opened or not."""

    name: str
    sandbox: bool
    probed: bool | None
    told: bool | None
    sentence: str


def fill(actor: User, site: Distribution, s3: Any, keys: dict[str, str]) -> None:
    bucket = site.own_bucket.name
    add_object(actor=actor, distribution=site, path="added", body=b"a", content_type="text/plain")
    s3.put_object(Bucket=bucket, Key=f"{site.prefix}bare", Body=b"b")
    s3.put_object(Bucket=bucket, Key=f"{site.prefix}public", Body=b"p", ACL="public-read")
    for name, key in keys.items():
        s3.put_object(Bucket=bucket, Key=f"{site.prefix}{name}", Body=b"k", ServerSideEncryption="aws:kms", SSEKMSKeyId=key)


def key_for(kms: Any, arn: str = "") -> str:
    """A key of KMS whose policy lets CloudFront in for the distribution `arn`, or nobody but the account."""
    id = str(kms.create_key()["KeyMetadata"]["Arn"])
    root = {"Sid": "Own", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::000000000000:root"}, "Action": "kms:*"}
    statements: list[dict[str, Any]] = [{**root, "Resource": "*"}]
    if arn:
        service = {"Sid": "CloudFront", "Effect": "Allow", "Principal": {"Service": "cloudfront.amazonaws.com"}}
        condition = {"StringEquals": {"AWS:SourceArn": arn}}
        statements.append({**service, "Action": "kms:Decrypt", "Resource": "*", "Condition": condition})
    policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
    kms.put_key_policy(KeyId=id, PolicyName="default", Policy=policy)
    return id


def with_model(actor: User, bucket: Bucket, model: str, kind: str) -> Distribution:
    site = make(actor, bucket, name=f"{model} {kind}", kind=kind)
    if model != Model.OAC:
        ended = finish(apply_plan(actor=actor, plan=plan_access_model(actor=actor, distribution=site, model=model)))
        assert ended.state == "succeeded", ended.error_message
    return fresh(site)


def opened(url: str, edge: Edge) -> bool:
    if ".localhost" in url:
        return edge.get(url).status_code == 200
    return httpx.get(url).status_code == 200


def readings(site: Distribution, truth: BucketTruth, key: str) -> dict[str, Reading]:
    return {each.way: each for each in predict(site, truth, key)}


@pytest.mark.parametrize(("model", "kind"), MODELS)
def test_sandbox_probe_and_sentence_agree_in_every_cell(
    model: str, kind: str, administrator: User, acl_bucket: Bucket, s3: Any, edge: Edge, sandbox: RunningSandbox
) -> None:
    site = with_model(administrator, acl_bucket, model, kind)
    other = make(administrator, acl_bucket, name="Another")
    kms = client(sandbox, "kms")
    fill(administrator, site, s3, {"kms-open": key_for(kms, site.arn), "kms-shut": key_for(kms)})
    truth = look_at_bucket(bucket=acl_bucket, prefixes=(site.prefix,))
    truth = BucketTruth.objects.select_related("bucket__account").get(pk=truth.pk)
    assert {each.key.removeprefix(site.prefix) for each in sampled_objects(truth, site)} == set(OBJECTS)
    cells = []
    for name in OBJECTS:
        key = f"{site.prefix}{name}"
        foretold, address = readings(site, truth, key), f"{distribution_url(site)}/{name}"
        asked = {"edge": address, "s3": f"{s3_address(acl_bucket)}/{key}"}
        if kind == Kind.PRIVATE:
            asked["signed"] = sign_object_url(actor=administrator, distribution=site, key=key, seconds=60, reason="test").url
        for way, url in asked.items():
            verdict = foretold[way].verdict
            cells.append(Cell(f"{name} {way}", opened(url, edge), probe(url).opens, verdict.allowed, verdict.sentence))
        assert shown_at(other, acl_bucket.name, key) is None
    listing = f"{s3_address(acl_bucket)}/?list-type=2&max-keys=1"
    verdict = readings(site, truth, f"{site.prefix}added")["listing"].verdict
    cells.append(Cell("listing", opened(listing, edge), probe(listing).opens, verdict.allowed, verdict.sentence))
    wrong = [cell for cell in cells if not cell.sandbox == cell.probed == cell.told]
    assert not wrong, wrong
    assert all(cell.sentence.endswith(".") for cell in cells)
    through = {
        cell.name.split()[0] for cell in cells if cell.sandbox and cell.name.endswith("signed" if kind == Kind.PRIVATE else "edge")
    }
    assert through == set(EDGE[Model(model)].split())
    unsigned = {cell.name.split()[0] for cell in cells if cell.sandbox and cell.name.endswith("edge")}
    assert unsigned == (set() if kind == Kind.PRIVATE else through)
    straight = {cell.name.split()[0] for cell in cells if cell.sandbox and cell.name.endswith("s3")}
    assert straight == ({"added", "public"} if model == Model.PUBLIC_ACL else {"public"})
    assert len(cells) == len(OBJECTS) * (3 if kind == Kind.PRIVATE else 2) + 1


def test_what_another_distribution_shows_is_foretold_as_it_is(
    administrator: User, bucket: Bucket, s3: Any, edge: Edge, cloudfront: Any
) -> None:
    site, other = make(administrator, bucket, kind=Kind.PRIVATE), make(administrator, bucket, name="Shows all")
    added = add_object(actor=administrator, distribution=site, path="film", body=b"a", content_type="text/plain")
    seen = cloudfront.get_distribution_config(Id=other.aws_id)
    config = seen["DistributionConfig"]
    config["Origins"]["Items"][0]["OriginPath"] = site.origin_path
    cloudfront.update_distribution(Id=other.aws_id, DistributionConfig=config, IfMatch=seen["ETag"])
    cloudfront.get_waiter("distribution_deployed").wait(Id=other.aws_id, WaiterConfig={"Delay": 1, "MaxAttempts": 10})
    Distribution.objects.filter(pk=other.pk).update(config=config, origin_path=site.origin_path)
    other = fresh(other)
    for allow in (False, True):
        policy = json.loads(s3.get_bucket_policy(Bucket=bucket.name)["Policy"])
        if allow:
            for each in policy["Statement"]:
                each["Condition"]["StringEquals"]["AWS:SourceArn"] = [site.arn, other.arn]
            s3.put_bucket_policy(Bucket=bucket.name, Policy=json.dumps(policy))
        truth = look_at_bucket(bucket=bucket, prefixes=(site.prefix,))
        truth = BucketTruth.objects.select_related("bucket__account").get(pk=truth.pk)
        url = f"{distribution_url(other)}/film"
        (found,) = (each for each in predict(site, truth, added.key) if each.way == "other")
        assert found.subject == other
        (object,) = sampled_objects(truth, site)
        assert found.verdict == at_edge(other, bucket_state(truth), object, signed=False)
        assert found.verdict.allowed == probe(url).opens == (edge.get(url).status_code == 200) == allow
        assert found.is_breach == allow
