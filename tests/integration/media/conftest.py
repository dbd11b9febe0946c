"""A bucket in the sandbox, distributions that point into it, people, and uploads as a browser would send them."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest
from django.conf import settings
from django.db import connection
from django.test import override_settings
from django.utils import timezone

from cdnadmin.accounts.models import AwsAccount, Bucket, Role, User, new_public_id
from cdnadmin.accounts.services.aws_accounts import ensure_sandbox_account
from cdnadmin.operations.models import Operation
from cdnadmin.operations.runner import run_operation
from distributions.models import Distribution
from media.models import Asset, Upload
from media.services.uploads import begin_upload, complete_upload, receive_part
from tests.conftest import RunningSandbox


@pytest.fixture(autouse=True)
def staging_dir(tmp_path: Path) -> Iterator[Path]:
    """A staging area of the test's own."""
    location = tmp_path / "var" / "staging"
    usual: Any = settings.STORAGES
    changed: dict[str, Any] = {
        **usual,
        "staging": {**usual["staging"], "OPTIONS": {"location": str(location)}},
    }
    with override_settings(STORAGES=changed):
        yield location


def staged_files(directory: Path) -> list[Path]:
    return [path for path in directory.rglob("*") if path.is_file()] if directory.exists() else []


@pytest.fixture
def editor() -> User:
    return User.objects.create_user("editor@example.org", "a long pass phrase", name="Eda Editor", role=Role.EDITOR)


@pytest.fixture
def account(sandbox: RunningSandbox) -> AwsAccount:
    return ensure_sandbox_account(url=sandbox.url)


@pytest.fixture
def s3(sandbox: RunningSandbox) -> Any:
    """An independent look at what is really there."""
    return boto3.client(
        "s3", endpoint_url=sandbox.url, region_name="us-east-1", aws_access_key_id="sandbox", aws_secret_access_key="sandbox"
    )


@pytest.fixture
def bucket(account: AwsAccount, s3: Any) -> Bucket:
    name = f"media-{new_public_id()}"
    s3.create_bucket(Bucket=name)
    return Bucket.objects.create(account=account, name=name, region="us-east-1")


def make_distribution(bucket: Bucket, *, kind: str = "public", name: str = "") -> Distribution:
    """A distribution's row as after its creation. Tests of uploads need no CloudFront behind it."""
    ident = new_public_id()
    return Distribution.objects.create(
        account=bucket.account,
        name=name or f"Site {ident}",
        kind=kind,
        bucket=bucket,
        origin_path=f"/{ident}",
        status=Distribution.Status.DEPLOYED,
        is_served=True,
        aws_id=f"E{ident.upper()}",
        arn=f"arn:aws:cloudfront::123456789012:distribution/E{ident.upper()}",
        domain_name=f"{ident}.localhost",
        seen_at=timezone.now(),
    )


@pytest.fixture
def distribution(bucket: Bucket) -> Distribution:
    return make_distribution(bucket)


def send_parts(upload: Upload, data: bytes) -> None:
    for number in range(1, upload.part_count + 1):
        start = (number - 1) * upload.part_size
        piece = data[start : start + upload.part_size]
        receive_part(upload=upload, number=number, stream=io.BytesIO(piece), length=len(piece))


def receive(actor: User, distribution: Distribution, data: bytes, *, name: str = "film.mp4", part_size: int = 0) -> Upload:
    """Begin an upload and send all its parts; smaller parts than a browser's where a test wants many."""
    upload = begin_upload(actor=actor, distribution=distribution, file_name=name, size=len(data), content_type="")
    if part_size:
        upload.part_size = part_size
        upload.save(update_fields=["part_size"])
    send_parts(upload, data)
    return upload


def operation_of(upload: Upload) -> Operation:
    return Operation.objects.get(kind="publish_asset", target=f"asset:{upload.version.asset.public_id}")


def finish(operation: Operation) -> Operation:
    """Run an operation to its end, without waiting out its back-off."""
    for _ in range(60):
        Operation.objects.filter(pk=operation.pk, state__in=Operation.ACTIVE).update(due_at=timezone.now())
        run_operation(operation.pk)
        operation.refresh_from_db()
        if not operation.is_active:
            return operation
    raise AssertionError(f"{operation.kind} is still {operation.state} at {operation.step}: {operation.note}")


def publish(actor: User, distribution: Distribution, data: bytes, *, name: str = "film.mp4", part_size: int = 0) -> Asset:
    """A whole upload, published."""
    upload = complete_upload(upload=receive(actor, distribution, data, name=name, part_size=part_size))
    ended = finish(operation_of(upload))
    assert ended.state == Operation.State.SUCCEEDED, ended.error_message
    return Asset.objects.select_related("distribution__account", "current_version").get(pk=upload.version.asset_id)


@pytest.fixture
def writes(sandbox: RunningSandbox) -> Callable[[str, str], int]:
    """How many writes of an operation S3 carried out on keys that contain a text."""

    def count(operation: str, resource: str) -> int:
        lines = httpx.get(f"{sandbox.url}/_sandbox/writes", timeout=10).text.splitlines()
        return sum(f'"{operation}"' in line and resource in line for line in lines)

    return count


def inject(sandbox: RunningSandbox, **fault: Any) -> None:
    """Have the sandbox answer wrongly, `times` times."""
    httpx.post(f"{sandbox.url}/_sandbox/faults", json=fault, timeout=10).raise_for_status()


def clear_faults(sandbox: RunningSandbox) -> None:
    httpx.delete(f"{sandbox.url}/_sandbox/faults", timeout=10).raise_for_status()


def environment(data_dir: Path) -> dict[str, str]:
    """For another process of ours: this test's database, and a data directory beside it."""
    made = connection.settings_dict
    if connection.vendor == "postgresql":
        address = f"postgresql://{made['USER']}:{made['PASSWORD']}@{made['HOST']}:{made['PORT']}/{made['NAME']}"
    else:
        address = f"sqlite://{made['NAME']}"
    return {
        **os.environ,
        "DATABASE_URL": address,
        "DATA_DIR": str(data_dir),
        "VAULT_KEY_FILE": str(settings.VAULT_KEY_FILE),
        "DJANGO_SETTINGS_MODULE": "cdnadmin.settings",
    }
