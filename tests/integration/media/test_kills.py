"""A process that dies around each of S3's writes of an upload; another goes on, and S3 has one object and nothing half-done."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import override_settings
from django.utils import timezone

from cdnadmin.accounts.models import User
from cdnadmin.operations.models import Operation
from cdnadmin.operations.services import cancel_operation
from distributions.models import Distribution
from media.models import MediaObject, Upload
from media.services.uploads import complete_upload
from tests.conftest import RunningSandbox, wait_until
from tests.dying import MOMENTS, Doomed, doomed_process
from tests.integration.media.conftest import environment, finish, inject, operation_of, receive, staged_files

pytestmark = pytest.mark.django_db(transaction=True)

MIB = 1 << 20
HELD_SECONDS = 0.3
# Parts go out several at a time: which of them a lost answer would meet is not certain, so those are not among them.
DEATHS = [
    *((call, moment) for call in ("PutObject", "CreateMultipartUpload", "CompleteMultipartUpload") for moment in MOMENTS),
    ("UploadPart", "before"),
    ("UploadPart", "after"),
]


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("dying")


@pytest.fixture(autouse=True)
def staging_dir(data_dir: Path) -> Iterator[Path]:
    """One for the whole module: the process that dies was started with it."""
    usual: Any = settings.STORAGES
    location = data_dir / "staging"
    with override_settings(STORAGES={**usual, "staging": {**usual["staging"], "OPTIONS": {"location": str(location)}}}):
        yield location


@pytest.fixture(scope="module")
def doomed(sandbox: RunningSandbox, data_dir: Path, django_db_setup: None) -> Iterator[Doomed]:
    with doomed_process(sandbox.url, environment(data_dir)) as running:
        yield running


def die_at(doomed: Doomed, operation: Operation, call: str, moment: str) -> None:
    assert doomed.run(operation.pk, call=call, moment=moment), f"{call} was never called"
    operation.refresh_from_db()
    assert operation.state == Operation.State.RUNNING
    # As if the dead one's lease had been waited out.
    Operation.objects.filter(pk=operation.pk).update(lease_until=timezone.now() - timedelta(seconds=1))


@pytest.mark.parametrize(("call", "moment"), DEATHS)
def test_a_death_around_a_call_leaves_one_object_and_nothing_half_done(
    call: str,
    moment: str,
    doomed: Doomed,
    editor: User,
    distribution: Distribution,
    sandbox: RunningSandbox,
    s3: Any,
    writes: Callable[[str, str], int],
    staging_dir: Path,
) -> None:
    data = os.urandom(1000 if call == "PutObject" else 17 * MIB)
    upload = complete_upload(upload=receive(editor, distribution, data, name="a.bin"))
    operation = operation_of(upload)
    if moment == "unanswered":
        inject(sandbox, service="s3", operation=call, drop_answer=True)
    elif moment == "held":
        inject(sandbox, service="s3", operation=call, delay=HELD_SECONDS)
    die_at(doomed, operation, call, moment)
    bucket = distribution.own_bucket.name
    if moment == "held":
        wait_until(lambda: writes(call, bucket) == 1, what=f"{call} of a dead caller")
    ended = finish(operation)
    assert ended.state == Operation.State.SUCCEEDED, ended.error_message
    stored = MediaObject.objects.get(version=upload.version)
    assert s3.get_object(Bucket=bucket, Key=stored.key)["Body"].read() == data
    assert writes("PutObject", bucket) + writes("CompleteMultipartUpload", bucket) == 1
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=bucket)
    assert staged_files(staging_dir) == []


def test_what_a_dead_worker_began_is_given_up_when_the_upload_is_stopped(
    doomed: Doomed, editor: User, distribution: Distribution, s3: Any
) -> None:
    upload = complete_upload(upload=receive(editor, distribution, os.urandom(17 * MIB), name="a.bin"))
    operation = operation_of(upload)
    die_at(doomed, operation, "CreateMultipartUpload", "after")
    assert len(s3.list_multipart_uploads(Bucket=distribution.own_bucket.name)["Uploads"]) == 1
    assert Upload.objects.get(pk=upload.pk).s3_upload_id == "", "no row knows it"
    cancel_operation(actor=editor, operation=operation)
    assert finish(operation).state == Operation.State.CANCELLED
    assert finish(Operation.objects.get(kind="discard_upload")).state == Operation.State.SUCCEEDED
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=distribution.own_bucket.name)
