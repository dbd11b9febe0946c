"""What is kept when the sandbox ends, and how much memory a large file takes."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from tests.conftest import start_sandbox, wait_until
from tests.integration.sandbox.conftest import Started, connect, make_bucket, refused

MB = 1024**2


def test_all_that_was_acknowledged_is_there_after_a_kill(tmp_path: Path) -> None:
    process, running = start_sandbox(tmp_path, propagation=0)
    s3, cloudfront = connect(running, "s3"), connect(running, "cloudfront")
    s3.create_bucket(Bucket="kept", ObjectOwnership="ObjectWriter")
    s3.put_object(Bucket="kept", Key="k", Body=b"data", Metadata={"a": "b"})
    upload = {"Bucket": "kept", "Key": "parts"}
    upload["UploadId"] = s3.create_multipart_upload(**upload)["UploadId"]
    part = s3.upload_part(**upload, PartNumber=1, Body=b"part")
    config = {"CallerReference": "r", "Comment": "c"}
    identity = cloudfront.create_cloud_front_origin_access_identity(CloudFrontOriginAccessIdentityConfig=config)
    process.kill()
    process.wait(timeout=10)
    process, running = start_sandbox(tmp_path, propagation=0)
    try:
        s3, cloudfront = connect(running, "s3"), connect(running, "cloudfront")
        answer = s3.get_object(Bucket="kept", Key="k")
        assert (answer["Body"].read(), answer["Metadata"]) == (b"data", {"a": "b"})
        named = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
        s3.complete_multipart_upload(**upload, MultipartUpload=named)
        assert s3.get_object(Bucket="kept", Key="parts")["Body"].read() == b"part"
        id = identity["CloudFrontOriginAccessIdentity"]["Id"]
        assert cloudfront.get_cloud_front_origin_access_identity(Id=id)["ETag"] == identity["ETag"]
        with refused("NoSuchBucket"):
            s3.list_objects_v2(Bucket="never")
    finally:
        process.kill()
        process.wait(timeout=10)


class Zeros:
    """A file of that many zeros, of which none lies in memory."""

    def __init__(self, size: int) -> None:
        self._left = self._size = size

    def __len__(self) -> int:
        return self._size

    def read(self, size: int = -1) -> bytes:
        taken = self._left if size < 0 else min(size, self._left)
        self._left -= taken
        return bytes(taken)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        self._left = self._size - (self._size + offset if whence == os.SEEK_END else offset)
        return self.tell()

    def tell(self) -> int:
        return self._size - self._left


def peak(pid: int) -> int:
    """The most memory that a process has held, in bytes."""
    line = next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024


def blobs(data: Path) -> int:
    return sum(file.stat().st_size for file in (data / "blobs").rglob("*") if file.is_file())


def test_a_download_that_has_begun_ends_with_the_bytes_it_began_with(s3: Any, started: Started) -> None:
    name = make_bucket(s3)
    kept = blobs(started[1].data)
    for end in (s3.put_object, s3.delete_object):
        upload = {"Bucket": name, "Key": "k"}
        upload["UploadId"] = s3.create_multipart_upload(**upload)["UploadId"]
        pieces = [bytes([number]) * (5 * MB) for number in range(8)]
        parts = [
            {"PartNumber": n, "ETag": s3.upload_part(**upload, PartNumber=n, Body=piece)["ETag"]}
            for n, piece in enumerate(pieces, 1)
        ]
        s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
        body = s3.get_object(Bucket=name, Key="k")["Body"]
        first = body.read(1)
        end(Bucket=name, Key="k")
        assert first + body.read() == b"".join(pieces)
        wait_until(lambda: blobs(started[1].data) == kept, what="the old bytes' end")


def test_hundreds_of_megabytes_stream_in_flat_memory(s3: Any, started: Started) -> None:
    process, running = started
    name = make_bucket(s3)
    s3.put_object(Bucket=name, Key="zeros", Body=b"")
    before, kept = peak(process.pid), blobs(running.data)
    s3.put_object(Bucket=name, Key="zeros", Body=Zeros(300 * MB), ContentLength=300 * MB)
    read = 0
    for chunk in s3.get_object(Bucket=name, Key="zeros")["Body"].iter_chunks(MB):
        read += len(chunk)
    assert read == 300 * MB
    assert peak(process.pid) - before < 20 * MB
    s3.put_object(Bucket=name, Key="zeros", Body=b"x")
    s3.delete_object(Bucket=name, Key="zeros")
    assert blobs(running.data) == kept  # what was overwritten and deleted takes no place
