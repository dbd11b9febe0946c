"""From each access model to each other: viewers who ask without pause are never refused, and the old way is shut in the end."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from cdnadmin.accounts.models import Bucket, User
from cdnadmin.operations.models import Operation
from distributions.models import Distribution
from distributions.services.access_models import plan_access_model
from distributions.services.objects import add_object
from distributions.services.plans import apply_plan
from tests.conftest import RunningSandbox
from tests.integration.distributions.conftest import Edge, finish, fresh, make

pytestmark = pytest.mark.django_db(transaction=True)

Model = Distribution.AccessModel
ALL_USERS = "http://acs.amazonaws.com/groups/global/AllUsers"
OTHERS = {
    "Sid": "Others",
    "Effect": "Allow",
    "Principal": {"AWS": "arn:aws:iam::111122223333:root"},
    "Action": "s3:GetObject",
    "Resource": "arn:aws:s3:::BUCKET/*",
}


@contextmanager
def viewers(edge: Edge, url: str) -> Iterator[Counter[int]]:
    """Ask without pause, from two threads, until the block has ended; answers the statuses they met."""
    met: Counter[int] = Counter()
    ended = threading.Event()
    host = httpx.URL(url).host
    path = url.split(host, 1)[1].partition("/")[2]

    def ask() -> None:
        with httpx.Client(headers={"Host": f"{host}:{edge.port}"}) as client:
            number = 0
            while not ended.is_set():
                # A query of its own: no edge could answer it from its cache.
                met[client.get(f"http://127.0.0.1:{edge.port}/{path}?{number}").status_code] += 1
                number += 1

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        yield met
    finally:
        ended.set()
        for thread in threads:
            thread.join()


def policy_of(s3: Any, bucket: Bucket) -> dict[str, Any]:
    try:
        text = s3.get_bucket_policy(Bucket=bucket.name)["Policy"]
    except s3.exceptions.ClientError:
        return {}
    return {each["Sid"]: each for each in json.loads(text)["Statement"]}


def switch(actor: User, site: Distribution, model: str) -> Operation:
    plan = plan_access_model(actor=actor, distribution=fresh(site), model=model)
    ended = finish(apply_plan(actor=actor, plan=plan))
    assert ended.state == Operation.State.SUCCEEDED, ended.error_message
    return ended


def at_s3(sandbox: RunningSandbox, bucket: Bucket, key: str) -> int:
    return httpx.get(f"{sandbox.url}/{bucket.name}/{key}").status_code


def grantees(s3: Any, bucket: Bucket, key: str) -> set[str]:
    acl = s3.get_object_acl(Bucket=bucket.name, Key=key)
    return {grant["Grantee"].get("URI") or grant["Grantee"]["ID"] for grant in acl["Grants"]} - {acl["Owner"]["ID"]}


JOURNEY = [
    Model.OAI,
    Model.OAC,
    Model.OAI_ACL,
    Model.PUBLIC_ACL,
    Model.OAC,
    Model.PUBLIC_ACL,
    Model.OAI_ACL,
    Model.OAI,
    Model.OAI_ACL,
    Model.OAC,
]


def test_no_viewer_is_refused_on_the_way_from_any_model_to_any_other(
    administrator: User, acl_bucket: Bucket, s3: Any, edge: Edge, sandbox: RunningSandbox
) -> None:
    site = make(administrator, acl_bucket, name="Moves")
    s3.put_bucket_policy(
        Bucket=acl_bucket.name,
        Policy=json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [
                    *policy_of(s3, acl_bucket).values(),
                    json.loads(json.dumps(OTHERS).replace("BUCKET", acl_bucket.name)),
                ],
            }
        ),
    )
    first = add_object(actor=administrator, distribution=site, path="first.txt", body=b"there", content_type="text/plain")
    with viewers(edge, first.url) as met:
        for number, model in enumerate(JOURNEY):
            switch(administrator, site, model)
            site = fresh(site)
            assert (site.access_model, site.second_model) == (model, "")
            # The old way is shut: what is left is what this model needs, and others' statement.
            policy = policy_of(s3, acl_bucket)
            needs = {Model.OAC: f"CdnadminOac{site.public_id}", Model.OAI: f"CdnadminOai{site.public_id}"}.get(model)
            assert set(policy) == {"Others", *({needs} if needs else ())}, model
            public, identity = at_s3(sandbox, acl_bucket, first.key) == 200, site.origin_access
            assert public == (model == Model.PUBLIC_ACL)
            canonical = {identity.canonical_user_id} if identity and model == Model.OAI_ACL else set()
            assert grantees(s3, acl_bucket, first.key) == ({ALL_USERS} if public else canonical)
            later = add_object(
                actor=administrator, distribution=site, path=f"{number}.txt", body=b"later", content_type="text/plain"
            )
            assert edge.get(later.url).status_code == 200, model
    assert set(met) == {200}, met
    assert met[200] > 100
