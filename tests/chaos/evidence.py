"""What came of a storm, counted at AWS: in its write log and by an independent client, not in our own rows."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import httpx
from django.db import connection

from cdnadmin.operations.models import Operation
from distributions.models import Distribution
from media.models import AssetVersion, MediaObject, Upload
from tests.chaos.asked import Demand, bytes_of
from tests.chaos.rig import Rig

COMPLETING = ("PutObject", "CompleteMultipartUpload")
ONE_AN_ACCOUNT = ("CreatePublicKey", "CreateKeyGroup", "CreateOriginAccessControl")


class Evidence:
    """The write log, and what AWS has once all is done."""

    def __init__(self, rig: Rig, demand: Demand) -> None:
        self.rig, self.demand = rig, demand
        text = httpx.get(f"{rig.url}/_sandbox/writes", timeout=10).text
        self.writes: list[dict[str, Any]] = [json.loads(line) for line in text.splitlines()]
        self.by_operation = Counter(line["operation"] for line in self.writes)

    def check(self) -> None:
        """Everything asked for is there, once. Fails the test otherwise."""
        self._check_operations()
        self._check_distributions()
        self._check_objects()
        assert self.rig.staged_files() == []
        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA integrity_check")
                assert cursor.fetchall() == [("ok",)]

    def _check_operations(self) -> None:
        ended = Operation.objects.exclude(state=Operation.State.SUCCEEDED)
        assert list(ended.values_list("title", "state", "step", "error_message")) == []
        kinds = Counter(Operation.objects.values_list("kind", flat=True))
        assert kinds["create_distribution"] == self.demand.creations
        assert kinds["publish_asset"] == self.demand.uploads

    def _check_distributions(self) -> None:
        rows = Distribution.objects.filter(pk__in=[one.pk for one in self.demand.made])
        assert {row.status for row in rows} == {Distribution.Status.DEPLOYED}
        created = [line["resource"] for line in self.writes if line["operation"] == "CreateDistribution"]
        assert sorted(created) == sorted(row.aws_id for row in rows), "one CreateDistribution per row"
        cloudfront = self.rig.client("cloudfront")
        items = cloudfront.list_distributions()["DistributionList"]["Items"]
        assert sorted(item["Id"] for item in items) == sorted(created)
        for operation in ONE_AN_ACCOUNT:
            assert self.by_operation[operation] <= 1, operation
        assert self.by_operation["CreateCloudFrontOriginAccessIdentity"] == 0
        policy = json.loads(self.rig.client("s3").get_bucket_policy(Bucket=self.demand.bucket.name)["Policy"])
        allowed = sorted(statement["Condition"]["StringEquals"]["AWS:SourceArn"] for statement in policy["Statement"])
        assert allowed == sorted(row.arn for row in rows), "one statement per distribution"

    def _check_objects(self) -> None:
        s3, bucket = self.rig.client("s3"), self.demand.bucket.name
        stored = {row.version_id: row for row in MediaObject.objects.all()}
        assert set(stored) == set(self.demand.uploaded)
        assert {row.state for row in AssetVersion.objects.all()} == {AssetVersion.State.READY}
        assert {row.state for row in Upload.objects.all()} == {Upload.State.FINISHED}
        found = [item["Key"] for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket) for item in page["Contents"]]
        assert sorted(found) == sorted(row.key for row in stored.values())
        completed = Counter(line["resource"] for line in self.writes if line["operation"] in COMPLETING)
        assert completed == {f"{bucket}/{row.key}": 1 for row in stored.values()}, "one completed object per asset"
        assert s3.list_multipart_uploads(Bucket=bucket).get("Uploads", []) == []
        for version, (seed, size) in self.demand.uploaded.items():
            body = s3.get_object(Bucket=bucket, Key=stored[version].key)["Body"].read()
            assert body == bytes_of(seed, size), f"the bytes of {stored[version].file_name}"

    @property
    def bytes_sent(self) -> int:
        """Bytes that S3 took, those of parts that were sent again included."""
        bucket, sent = self.demand.bucket.name, 0
        uploads = {f"{bucket}/{row.key}": row.version.upload for row in MediaObject.objects.select_related("version__upload")}
        for line in self.writes:
            resource, _, number = line["resource"].partition("#")
            if line["operation"] == "UploadPart":
                sent += uploads[resource].size_of_part(int(number))
            elif line["operation"] == "PutObject":
                sent += uploads[resource].size
        return sent
