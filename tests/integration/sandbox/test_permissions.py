"""What the user may not do: each service's own refusal, and IAM's answer to SimulatePrincipalPolicy."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from tests.conftest import RunningSandbox, start_sandbox
from tests.integration.sandbox.cloudfront.conftest import distribution_config
from tests.integration.sandbox.conftest import connect, fresh, make_bucket, refused
from tests.integration.sandbox.rule_world import listed

Deny = Callable[..., None]
USER = "arn:aws:iam::000000000000:user/sandbox"


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSandbox]:
    """One of its own: what is denied here would be in others' way."""
    process, running = start_sandbox(tmp_path_factory.mktemp("sandbox-permissions"), propagation=0.1)
    yield running
    process.terminate()
    process.wait(timeout=10)


@pytest.fixture(scope="module")
def s3(sandbox: RunningSandbox) -> Any:
    return connect(sandbox, "s3")


@pytest.fixture(scope="module")
def cloudfront(sandbox: RunningSandbox) -> Any:
    return connect(sandbox, "cloudfront")


@pytest.fixture
def deny(sandbox: RunningSandbox) -> Iterator[Deny]:
    url = f"{sandbox.url}/_sandbox/permissions"

    def send(*actions: str) -> None:
        httpx.post(url, json={"deny": actions}).raise_for_status()
        assert httpx.get(url).json() == {"deny": list(actions)}

    yield send
    httpx.post(url, json={"deny": []}).raise_for_status()


def test_cloudfront_refuses_what_is_not_allowed(cloudfront: Any, deny: Deny) -> None:
    id = cloudfront.create_distribution(DistributionConfig=distribution_config())["Distribution"]["Id"]
    deny("cloudfront:CreateInvalidation", "cloudfront:listdistributions", "cloudfront:TagResource")
    batch = {"CallerReference": fresh(), "Paths": listed("/a")}
    with refused("AccessDenied", 403) as answer:
        cloudfront.create_invalidation(DistributionId=id, InvalidationBatch=batch)
    arn = f"arn:aws:cloudfront::000000000000:distribution/{id}"
    assert answer["Error"]["Message"] == (
        f"User: {USER} is not authorized to perform: cloudfront:CreateInvalidation on resource: {arn} "
        "because no identity-based policy allows the cloudfront:CreateInvalidation action"
    )
    with refused("AccessDenied", 403):
        cloudfront.list_distributions()
    tagged = {"DistributionConfig": distribution_config(), "Tags": {"Items": []}}
    with refused("AccessDenied", 403):
        cloudfront.create_distribution_with_tags(DistributionConfigWithTags=tagged)
    assert cloudfront.get_distribution(Id=id)["Distribution"]["Id"] == id
    deny()
    cloudfront.create_invalidation(DistributionId=id, InvalidationBatch=batch)


def test_s3_refuses_what_is_not_allowed(s3: Any, deny: Deny) -> None:
    bucket = make_bucket(s3, ownership="ObjectWriter", block=False)
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    calls: dict[str, Callable[[], Any]] = {
        "s3:ListAllMyBuckets": s3.list_buckets,
        "s3:CreateBucket": lambda: s3.create_bucket(Bucket=fresh("bucket")),
        "s3:GetBucketPublicAccessBlock": lambda: s3.get_public_access_block(Bucket=bucket),
        "s3:PutBucketPublicAccessBlock": lambda: s3.delete_public_access_block(Bucket=bucket),
        "s3:PutBucketPolicy": lambda: s3.put_bucket_policy(Bucket=bucket, Policy="{}"),
        "s3:GetObject": lambda: s3.get_object(Bucket=bucket, Key="k"),
        "s3:PutObjectAcl": lambda: s3.put_object(Bucket=bucket, Key="n", Body=b"", ACL="private"),
        "s3:DeleteBucket": lambda: s3.delete_bucket(Bucket=bucket),
    }
    deny(*calls)
    for action, call in calls.items():
        with refused("AccessDenied", 403) as answer:
            call()
        assert f"{USER} is not authorized to perform: {action} on resource: " in answer["Error"]["Message"]
    s3.put_object(Bucket=bucket, Key="n", Body=b"")
    # What everybody may do, the user may do; what its account may do, only by IAM.
    allow = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/*"}
    for principal, allowed in (({"AWS": "000000000000"}, False), ("*", True)):
        deny()
        policy = {"Version": "2012-10-17", "Statement": [{**allow, "Principal": principal}]}
        s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))
        deny("s3:GetObject")
        if allowed:
            assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"x"
        else:
            with refused("AccessDenied", 403):
                s3.get_object(Bucket=bucket, Key="k")


def test_nobody_known_creates_no_bucket(sandbox: RunningSandbox) -> None:
    assert httpx.put(f"{sandbox.url}/{fresh('bucket')}").status_code == 403


def test_other_services_refuse_in_their_own_form(sandbox: RunningSandbox, deny: Deny) -> None:
    deny("kms:ListKeys", "acm:ListCertificates", "sts:GetCallerIdentity", "iam:SimulatePrincipalPolicy")
    with refused("AccessDeniedException", 400):
        connect(sandbox, "kms").list_keys()
    with refused("AccessDeniedException", 400):
        connect(sandbox, "acm").list_certificates()
    with refused("AccessDenied", 403):
        connect(sandbox, "iam").simulate_principal_policy(PolicySourceArn=USER, ActionNames=["s3:GetObject"])
    assert connect(sandbox, "sts").get_caller_identity()["Arn"] == USER  # which nobody can be denied


def test_iam_says_what_would_be_refused(sandbox: RunningSandbox, deny: Deny) -> None:
    iam = connect(sandbox, "iam")
    deny("s3:PutBucketPolicy", "cloudfront:CreateInvalidation")
    asked = ["s3:PutBucketPolicy", "S3:getobject".lower(), "cloudfront:createinvalidation"]
    arns = ["arn:aws:s3:::a", "arn:aws:s3:::a/*"]
    found = iam.simulate_principal_policy(PolicySourceArn=USER, ActionNames=asked)["EvaluationResults"]
    assert [(item["EvalActionName"], item["EvalResourceName"], item["EvalDecision"]) for item in found] == [
        (asked[0], "*", "implicitDeny"),
        (asked[1], "*", "allowed"),
        (asked[2], "*", "implicitDeny"),
    ]
    pages = iam.get_paginator("simulate_principal_policy").paginate(
        PolicySourceArn=USER, ActionNames=asked, ResourceArns=arns, PaginationConfig={"PageSize": 4}
    )
    sizes = [[(item["EvalActionName"], item["EvalResourceName"]) for item in page["EvaluationResults"]] for page in pages]
    assert [len(page) for page in sizes] == [4, 2]
    assert sizes[0] + sizes[1] == [(action, arn) for action in asked for arn in arns]
    for arn, code in ((USER.replace("sandbox", "else"), "NoSuchEntity"), ("arn:aws:sts::000000000000:user/x", "InvalidInput")):
        with refused(code):
            iam.simulate_principal_policy(PolicySourceArn=arn, ActionNames=asked)
    with refused("InvalidInput", 400):
        iam.simulate_principal_policy(PolicySourceArn=USER, ActionNames=["s3:*"])
    with refused("NotImplemented", 501):
        iam.list_users()


@pytest.mark.parametrize("given", [{}, {"deny": "s3:GetObject"}, {"deny": ["everything"]}, {"deny": ["s3:*"]}])
def test_what_cannot_be_denied(sandbox: RunningSandbox, given: dict[str, Any]) -> None:
    assert httpx.post(f"{sandbox.url}/_sandbox/permissions", json=given).status_code == 400
