"""S3 away, answers lost, workers killed, disks full: each recovers alone or says what to do, and nothing is lost or doubled."""

from __future__ import annotations

import io
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import override_settings
from django.utils import timezone

from cdnadmin.accounts.models import AwsAccount, User
from cdnadmin.operations.models import Operation
from cdnadmin.operations.runner import run_operation
from cdnadmin.operations.services import cancel_operation
from distributions.models import Distribution
from media.models import Asset, AssetVersion, MediaObject, Upload
from media.services.sweep import sweep_stale_uploads
from media.services.uploads import begin_upload, complete_upload, receive_part
from media.staging import StagingFull
from tests.conftest import ROOT, RunningSandbox, free_port, wait_until
from tests.integration.media.conftest import clear_faults, environment, finish, inject, operation_of, publish, receive, staged_files

pytestmark = pytest.mark.django_db(transaction=True)

MIB = 1 << 20


@contextmanager
def files_no_larger_than(size: int) -> Iterator[None]:
    """The kernel refuses to write more than `size` bytes into any file of this process."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_refuses_the_part_and_keeps_the_others(editor: User, distribution: Distribution, staging_dir: Path) -> None:
    data = os.urandom(4 * MIB)
    upload = begin_upload(actor=editor, distribution=distribution, file_name="a.bin", size=len(data), content_type="")
    upload.part_size = 2 * MIB
    upload.save()
    receive_part(upload=upload, number=1, stream=io.BytesIO(data[: 2 * MIB]), length=2 * MIB)

    class LimitedLate(io.BytesIO):
        """The disk fills up while the part is being written; the database lies on another."""

        def read(self, size: int | None = -1, /) -> bytes:
            self.limits = getattr(self, "limits", None) or files_no_larger_than(MIB)
            if self.tell() == 0:
                self.limits.__enter__()
            return super().read(size)

    stream = LimitedLate(data[2 * MIB :])
    try:
        with pytest.raises(StagingFull, match="disk"):
            receive_part(upload=upload, number=2, stream=stream, length=2 * MIB)
    finally:
        stream.limits.__exit__(None, None, None)
    assert [part.number for part in upload.parts.all()] == [1]
    assert len(staged_files(staging_dir)) == 1
    receive_part(upload=upload, number=2, stream=io.BytesIO(data[2 * MIB :]), length=2 * MIB)
    assert finish(operation_of(complete_upload(upload=upload))).state == Operation.State.SUCCEEDED


def test_the_staging_limit_is_kept(editor: User, distribution: Distribution, staging_dir: Path) -> None:
    receive(editor, distribution, b"x" * 600, name="first.bin")
    with override_settings(STAGING_LIMIT_BYTES=1000):
        with pytest.raises(StagingFull, match="STAGING_LIMIT_GB"):
            begin_upload(actor=editor, distribution=distribution, file_name="a.bin", size=500, content_type="")
        upload = begin_upload(actor=editor, distribution=distribution, file_name="b.bin", size=400, content_type="")
        receive_part(upload=upload, number=1, stream=io.BytesIO(b"y" * 400), length=400)
    assert len(staged_files(staging_dir)) == 2


@pytest.mark.parametrize("operation", ["PutObject", "CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload"])
@pytest.mark.parametrize(
    "fault", [{"drop_answer": True}, {"code": "SlowDown", "status": 503}, {"code": "InternalError", "status": 500}]
)
def test_a_lost_or_refused_answer_doubles_nothing(
    editor: User,
    distribution: Distribution,
    sandbox: RunningSandbox,
    s3: Any,
    writes: Callable[[str, str], int],
    operation: str,
    fault: dict[str, Any],
) -> None:
    data = os.urandom(1000 if operation == "PutObject" else 17 * MIB)
    upload = complete_upload(upload=receive(editor, distribution, data, name="a.bin"))
    inject(sandbox, service="s3", operation=operation, times=1, **fault)
    assert finish(operation_of(upload)).state == Operation.State.SUCCEEDED
    stored = MediaObject.objects.get(version=upload.version)
    assert s3.get_object(Bucket=distribution.own_bucket.name, Key=stored.key)["Body"].read() == data
    assert writes("PutObject", stored.key) + writes("CompleteMultipartUpload", stored.key) == 1


def test_s3_away_is_waited_for(editor: User, distribution: Distribution, account: AwsAccount, sandbox: RunningSandbox) -> None:
    AwsAccount.objects.filter(pk=account.pk).update(endpoint_url=f"http://127.0.0.1:{free_port()}")
    upload = complete_upload(upload=receive(editor, distribution, b"hello", name="a.txt"))
    operation = operation_of(upload)
    run_operation(operation.pk)
    operation.refresh_from_db()
    assert operation.state == Operation.State.WAITING
    assert operation.due_at > timezone.now()
    assert "Trying again" in operation.note
    AwsAccount.objects.filter(pk=account.pk).update(endpoint_url=sandbox.url)
    assert finish(operation).state == Operation.State.SUCCEEDED


def test_wrong_credentials_are_said_and_the_file_waits_until_they_are_mended(
    editor: User, distribution: Distribution, account: AwsAccount, staging_dir: Path
) -> None:
    AwsAccount.objects.filter(pk=account.pk).update(access_key_id="AKIAWRONGWRONGWRONG1")
    operation = operation_of(complete_upload(upload=receive(editor, distribution, b"hello", name="a.txt")))
    run_operation(operation.pk)
    operation.refresh_from_db()
    assert (operation.state, operation.error_code) == (Operation.State.WAITING, "InvalidAccessKeyId")
    assert "Waiting until they are mended" in operation.note
    assert len(staged_files(staging_dir)) == 1
    AwsAccount.objects.filter(pk=account.pk).update(access_key_id="sandbox")
    assert finish(operation).state == Operation.State.SUCCEEDED


def test_a_killed_worker_goes_on_where_it_was(
    editor: User,
    distribution: Distribution,
    sandbox: RunningSandbox,
    s3: Any,
    tmp_path: Path,
    writes: Callable[[str, str], int],
) -> None:
    data = os.urandom(64 * MIB)
    upload = complete_upload(upload=receive(editor, distribution, data, name="a.bin"))
    operation = operation_of(upload)
    inject(sandbox, service="s3", operation="UploadPart", times=100, delay=0.3)
    code = f"import django; django.setup(); from cdnadmin.operations.runner import run_operation; run_operation({operation.pk})"
    worker = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, env=environment(tmp_path / "var"))

    def has_begun() -> bool:
        operation.refresh_from_db()
        return operation.done > 0 and operation.step == "send"

    try:
        wait_until(has_begun, seconds=30, what="the first parts at S3")
    finally:
        worker.send_signal(signal.SIGKILL)
        worker.wait()
    clear_faults(sandbox)
    operation.refresh_from_db()
    assert operation.state == Operation.State.RUNNING
    assert operation.done < len(data)
    Operation.objects.filter(pk=operation.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    assert finish(operation).state == Operation.State.SUCCEEDED
    stored = MediaObject.objects.get(version=upload.version)
    assert s3.get_object(Bucket=distribution.own_bucket.name, Key=stored.key)["Body"].read() == data
    assert writes("CreateMultipartUpload", stored.key) == 1
    assert writes("CompleteMultipartUpload", stored.key) == 1
    # Eight parts; at most the four that were on their way when it died were sent twice.
    assert writes("UploadPart", stored.key) <= 8 + 4


def test_a_transfer_cancelled_half_way_is_aborted_at_s3(
    editor: User, distribution: Distribution, sandbox: RunningSandbox, s3: Any, tmp_path: Path, staging_dir: Path
) -> None:
    upload = complete_upload(upload=receive(editor, distribution, os.urandom(64 * MIB), name="a.bin"))
    operation = operation_of(upload)
    inject(sandbox, service="s3", operation="UploadPart", times=100, delay=0.3)
    code = f"import django; django.setup(); from cdnadmin.operations.runner import run_operation; run_operation({operation.pk})"
    worker = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, env=environment(tmp_path / "var"))

    def has_begun() -> bool:
        operation.refresh_from_db()
        return operation.done > 0

    wait_until(has_begun, seconds=30, what="the first parts at S3")
    cancel_operation(actor=editor, operation=operation)
    worker.wait(timeout=60)
    clear_faults(sandbox)
    assert finish(operation).state == Operation.State.CANCELLED
    assert finish(Operation.objects.get(kind="discard_upload")).state == Operation.State.SUCCEEDED
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=distribution.own_bucket.name)
    assert "Contents" not in s3.list_objects_v2(Bucket=distribution.own_bucket.name)
    assert staged_files(staging_dir) == []


def test_the_sweep_clears_what_nobody_finishes(editor: User, distribution: Distribution, s3: Any, staging_dir: Path) -> None:
    done = publish(editor, distribution, b"kept", name="kept.txt")
    stale = receive(editor, distribution, b"never completed", name="stale.txt")
    fresh = receive(editor, distribution, b"just begun", name="fresh.txt")
    Upload.objects.filter(pk=stale.pk).update(touched_at=timezone.now() - timedelta(hours=25))
    orphan = staging_dir / "uploads" / "nobody" / "00001-0"
    orphan.parent.mkdir(parents=True)
    orphan.write_bytes(b"left by a process that died")
    os.utime(orphan, (0, 0))
    key = f"{distribution.origin_path[1:]}/x-y/1/original/lost.bin"
    s3.create_multipart_upload(Bucket=distribution.own_bucket.name, Key=key)
    s3.create_multipart_upload(Bucket=distribution.own_bucket.name, Key="somebody/elses.bin")
    swept = sweep_stale_uploads()
    assert (swept.uploads, swept.staged_files, swept.multipart_uploads) == (1, 1, 0)
    assert not Upload.objects.filter(pk=stale.pk).exists()
    assert Upload.objects.get(pk=fresh.pk).state == Upload.State.RECEIVING
    assert len(staged_files(staging_dir)) == 1
    later = sweep_stale_uploads(now=timezone.now() + timedelta(hours=25))
    assert (later.uploads, later.multipart_uploads) == (1, 1)
    assert [item["Key"] for item in s3.list_multipart_uploads(Bucket=distribution.own_bucket.name)["Uploads"]] == [
        "somebody/elses.bin"
    ]
    assert list(Asset.objects.all()) == [done]


def test_the_sweep_gives_up_a_publication_that_failed_a_day_ago(
    editor: User, distribution: Distribution, sandbox: RunningSandbox, staging_dir: Path
) -> None:
    inject(sandbox, service="s3", operation="PutObject", code="AccessDenied", status=403)
    upload = complete_upload(upload=receive(editor, distribution, b"hello", name="a.txt"))
    assert finish(operation_of(upload)).state == Operation.State.FAILED
    sweep_stale_uploads(now=timezone.now() + timedelta(hours=25))
    assert finish(Operation.objects.get(kind="discard_upload")).state == Operation.State.SUCCEEDED
    upload.refresh_from_db()
    assert upload.state == Upload.State.ABORTED
    assert upload.version.state == AssetVersion.State.FAILED
    assert staged_files(staging_dir) == []
