"""From the browser's parts to an object at S3: every kind of file, once each."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cdnadmin.accounts.models import AuditEntry, Bucket, User
from cdnadmin.errors import Conflict, InvalidInput, NotReady
from cdnadmin.operations.models import Operation
from cdnadmin.operations.services import cancel_operation, retry_operation
from distributions.models import Distribution
from media.models import Asset, AssetVersion, MediaObject, Upload
from media.services.assets import delete_asset
from media.services.uploads import abort_upload, begin_upload, complete_upload, receive_part
from tests.integration.media.conftest import finish, make_distribution, operation_of, publish, receive, staged_files

pytestmark = pytest.mark.django_db(transaction=True)

MIB = 1 << 20
PNG = b"\x89PNG\r\n\x1a\n" + bytes(1000)


def test_a_small_file_is_published_whole(editor: User, distribution: Distribution, s3: Any, staging_dir: Path) -> None:
    asset = publish(editor, distribution, PNG, name="Cover 1.png")
    stored = MediaObject.objects.get(version__asset=asset)
    seen = s3.get_object(Bucket=distribution.own_bucket.name, Key=stored.key, ChecksumMode="ENABLED")
    assert seen["Body"].read() == PNG
    assert seen["ContentType"] == "image/png"
    assert seen["CacheControl"] == "public, max-age=31536000, immutable"
    assert stored.key == f"{distribution.origin_path[1:]}/{asset.slug}-{asset.public_id}/1/original/Cover-1.png"
    assert stored.checksum_crc64nvme == seen["ChecksumCRC64NVME"]
    assert asset.type == Asset.Type.IMAGE
    assert asset.current_version is not None
    assert asset.current_version.state == AssetVersion.State.READY
    assert staged_files(staging_dir) == []
    assert AuditEntry.objects.filter(action="upload_asset", target=f"asset:{asset.public_id}").exists()


def test_a_large_file_goes_in_parts_with_one_checksum_over_all(
    editor: User, distribution: Distribution, s3: Any, staging_dir: Path, writes: Callable[[str, str], int]
) -> None:
    data = b"\x00\x00\x00\x20ftypisom" + os.urandom(20 * MIB)
    asset = publish(editor, distribution, data)
    stored = MediaObject.objects.get(version__asset=asset)
    seen = s3.get_object(Bucket=distribution.own_bucket.name, Key=stored.key, ChecksumMode="ENABLED")
    assert seen["Body"].read() == data
    assert seen["ContentType"] == "video/mp4"
    assert seen["ETag"].strip('"').endswith("-3")
    assert stored.checksum_crc64nvme == seen["ChecksumCRC64NVME"] != ""
    assert writes("CompleteMultipartUpload", stored.key) == 1
    assert staged_files(staging_dir) == []
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=distribution.own_bucket.name)


def test_an_empty_file_is_published_as_an_empty_object(editor: User, distribution: Distribution, s3: Any) -> None:
    asset = publish(editor, distribution, b"", name="nothing.txt")
    stored = MediaObject.objects.get(version__asset=asset)
    assert s3.head_object(Bucket=distribution.own_bucket.name, Key=stored.key)["ContentLength"] == 0


def test_two_files_of_one_name_become_two_assets(editor: User, distribution: Distribution, s3: Any) -> None:
    first = publish(editor, distribution, b"one", name="same.txt")
    second = publish(editor, distribution, b"two", name="same.txt")
    keys = [MediaObject.objects.get(version__asset=asset).key for asset in (first, second)]
    assert [s3.get_object(Bucket=distribution.own_bucket.name, Key=key)["Body"].read() for key in keys] == [b"one", b"two"]


@pytest.mark.parametrize(
    "name",
    [
        'with space\'s "quotes".txt',
        "../../etc/passwd",
        "Ünï – 東京.txt",
        "tab\there\x00.txt",
        "é" * 600 + ".txt",
        "what?*#%41.txt",
        "..",
    ],
)
def test_any_name_is_published(editor: User, distribution: Distribution, s3: Any, name: str) -> None:
    asset = publish(editor, distribution, b"hello", name=name)
    stored = MediaObject.objects.get(version__asset=asset)
    assert len(stored.key.encode()) <= 1024
    assert stored.key.startswith(f"{distribution.origin_path[1:]}/{asset.slug}-{asset.public_id}/1/original/")
    assert s3.get_object(Bucket=distribution.own_bucket.name, Key=stored.key)["Body"].read() == b"hello"


def test_pages_and_drawings_are_attachments(editor: User, distribution: Distribution, s3: Any) -> None:
    asset = publish(editor, distribution, b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", name="logo.png")
    stored = MediaObject.objects.get(version__asset=asset)
    seen = s3.head_object(Bucket=distribution.own_bucket.name, Key=stored.key)
    assert (seen["ContentType"], seen["ContentDisposition"]) == ("image/svg+xml", "attachment")


def test_a_private_file_may_lie_at_the_edge_but_not_for_ever_in_a_browser(editor: User, bucket: Bucket, s3: Any) -> None:
    asset = publish(editor, make_distribution(bucket, kind="private"), PNG)
    stored = MediaObject.objects.get(version__asset=asset)
    assert s3.head_object(Bucket=bucket.name, Key=stored.key)["CacheControl"] == "max-age=3600, s-maxage=31536000"


def test_a_part_sent_again_replaces_the_first(editor: User, distribution: Distribution, s3: Any, staging_dir: Path) -> None:
    upload = receive(editor, distribution, b"aaaabbbb", name="a.txt", part_size=4)
    receive_part(upload=upload, number=1, stream=io.BytesIO(b"AAAA"), length=4)
    assert len(staged_files(staging_dir)) == 2
    finish(operation_of(complete_upload(upload=upload)))
    stored = MediaObject.objects.get(version=upload.version)
    assert s3.get_object(Bucket=distribution.own_bucket.name, Key=stored.key)["Body"].read() == b"AAAAbbbb"


@pytest.mark.parametrize(
    ("number", "body", "length", "sha256", "code"),
    [
        (0, b"aaaa", 4, "", "InvalidPart"),
        (3, b"aaaa", 4, "", "InvalidPart"),
        (1, b"aaa", 3, "", "EntityTooSmall"),
        (1, b"aaaaa", 5, "", "EntityTooLarge"),
        (1, b"aaa", 4, "", "IncompleteBody"),
        (1, b"aaaa", 4, "00" * 32, "BadDigest"),
    ],
)
def test_a_wrong_part_leaves_nothing(
    editor: User, distribution: Distribution, staging_dir: Path, number: int, body: bytes, length: int, sha256: str, code: str
) -> None:
    upload = begin_upload(actor=editor, distribution=distribution, file_name="a.txt", size=8, content_type="")
    upload.part_size = 4
    upload.save()
    with pytest.raises(InvalidInput) as refused:
        receive_part(upload=upload, number=number, stream=io.BytesIO(body), length=length, sha256=sha256)
    assert refused.value.code == code
    assert upload.parts.count() == 0
    assert staged_files(staging_dir) == []


def test_completing_needs_every_part_and_asks_once(editor: User, distribution: Distribution) -> None:
    upload = begin_upload(actor=editor, distribution=distribution, file_name="a.txt", size=8, content_type="")
    with pytest.raises(NotReady, match="1 of 1 parts"):
        complete_upload(upload=upload)
    receive_part(upload=upload, number=1, stream=io.BytesIO(b"12345678"), length=8)
    complete_upload(upload=upload)
    complete_upload(upload=upload)
    assert Operation.objects.filter(kind="publish_asset", target=f"asset:{upload.version.asset.public_id}").count() == 1
    with pytest.raises(Conflict):
        receive_part(upload=upload, number=1, stream=io.BytesIO(b"12345678"), length=8)


def test_a_stopped_upload_leaves_nothing(editor: User, distribution: Distribution, staging_dir: Path) -> None:
    upload = receive(editor, distribution, b"hello", name="a.txt")
    abort_upload(actor=editor, upload=upload)
    abort_upload(actor=editor, upload=upload)
    assert not Asset.objects.exists()
    assert not Upload.objects.exists()
    assert staged_files(staging_dir) == []


def test_a_bucket_that_does_not_exist_is_named_and_nothing_is_lost(
    editor: User, bucket: Bucket, s3: Any, staging_dir: Path
) -> None:
    missing = Bucket.objects.create(account=bucket.account, name=f"{bucket.name}-gone", region="us-east-1")
    upload = complete_upload(upload=receive(editor, make_distribution(missing), b"hello", name="a.txt"))
    ended = finish(operation_of(upload))
    upload.version.refresh_from_db()
    assert (ended.state, ended.error_code) == (Operation.State.FAILED, "NoSuchBucket")
    assert upload.version.state == AssetVersion.State.FAILED
    assert upload.version.error_message == ended.error_message != ""
    assert len(staged_files(staging_dir)) == 1
    s3.create_bucket(Bucket=missing.name)
    retry_operation(actor=editor, operation=ended)
    assert finish(ended).state == Operation.State.SUCCEEDED
    assert staged_files(staging_dir) == []


def test_a_damaged_staging_area_is_noticed(editor: User, distribution: Distribution, staging_dir: Path) -> None:
    upload = complete_upload(upload=receive(editor, distribution, b"hello", name="a.txt"))
    staged_files(staging_dir)[0].write_bytes(b"hellO")
    ended = finish(operation_of(upload))
    assert (ended.state, ended.error_code) == (Operation.State.FAILED, "StagingDamaged")


def test_what_is_cancelled_is_cleared_up(editor: User, distribution: Distribution, s3: Any, staging_dir: Path) -> None:
    upload = complete_upload(upload=receive(editor, distribution, b"hello", name="a.txt"))
    operation = operation_of(upload)
    cancel_operation(actor=editor, operation=operation)
    assert finish(operation).state == Operation.State.CANCELLED
    cleared = finish(Operation.objects.get(kind="discard_upload"))
    upload.refresh_from_db()
    assert cleared.state == Operation.State.SUCCEEDED
    assert upload.state == Upload.State.ABORTED
    assert upload.version.state == AssetVersion.State.FAILED
    assert staged_files(staging_dir) == []
    assert "Contents" not in s3.list_objects_v2(Bucket=distribution.own_bucket.name)


def test_deleting_takes_the_objects_and_the_rows(editor: User, distribution: Distribution, s3: Any) -> None:
    asset = publish(editor, distribution, b"hello", name="a.txt")
    keep = publish(editor, distribution, b"other", name="b.txt")
    with pytest.raises(InvalidInput):
        delete_asset(actor=editor, asset=asset, typed_title="something else")
    operation = delete_asset(actor=editor, asset=asset, typed_title=asset.title)
    assert finish(operation).state == Operation.State.SUCCEEDED
    assert list(Asset.objects.all()) == [keep]
    left = [item["Key"] for item in s3.list_objects_v2(Bucket=distribution.own_bucket.name)["Contents"]]
    assert left == [MediaObject.objects.get(version__asset=keep).key]
