"""Where the parts of uploads lie until a worker has put them into S3.

Everything goes through Django's storage API (`STORAGES["staging"]`), so that a shared disk or any
django-storages backend will do where web and worker run on different machines.
"""

from __future__ import annotations

import errno
import hashlib
import logging
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from django.conf import settings
from django.core.files import File
from django.core.files.storage import Storage, storages
from django.db.models import Sum

from cdnadmin.errors import CdnadminError, InvalidInput
from media.models import UploadPart

log = logging.getLogger(__name__)

CHUNK_BYTES = 1 << 20
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class StagingFull(CdnadminError):
    """There is no room for it now. Nothing that lay there is touched."""

    code = "StagingFull"


class CutOff(InvalidInput):
    """Fewer bytes came than were announced; none were kept."""

    code = "IncompleteBody"


class Readable(Protocol):
    def read(self, size: int = -1, /) -> bytes: ...


@dataclass(frozen=True)
class StagedPart:
    """A part as it lies there: its name in the storage, bytes, SHA-256 in hex."""

    name: str
    size: int
    sha256: str


class _Incoming(File[bytes]):
    """A request's body as Django's storages want a file: handed on chunk by chunk, hashed on the way."""

    def __init__(self, stream: Readable, length: int, name: str) -> None:
        super().__init__(None, name)
        self.stream, self.length, self.taken = stream, length, 0
        self.digest = hashlib.sha256()

    @property
    def size(self) -> int:
        return self.length

    def read(self, size: int = -1, /) -> bytes:
        left = self.length - self.taken
        wanted = min(left, CHUNK_BYTES if size is None or size < 0 else size)
        if wanted == 0:
            return b""
        try:
            chunk = self.stream.read(wanted)
        except OSError:
            chunk = b""
        if not chunk:
            raise CutOff(f"Only {self.taken} of {self.length} bytes arrived; nothing was kept. Send this part again.")
        self.taken += len(chunk)
        self.digest.update(chunk)
        return chunk

    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
        while chunk := self.read(chunk_size or CHUNK_BYTES):
            yield chunk


def staging() -> Storage:
    return storages["staging"]


def bytes_held() -> int:
    """Bytes of all parts that lie in staging."""
    return int(UploadPart.objects.aggregate(held=Sum("size"))["held"] or 0)


def check_room(length: int) -> None:
    """Raise StagingFull where `length` more bytes would go over STAGING_LIMIT_BYTES."""
    held = bytes_held()
    if held + length > settings.STAGING_LIMIT_BYTES:
        raise StagingFull(
            "There is no room for this file now: uploads on their way fill the staging area. "
            "Try again once they are published, or ask an administrator to raise STAGING_LIMIT_GB."
        )


def store_part(*, directory: str, number: int, stream: Readable, length: int) -> StagedPart:
    """Write `length` bytes of `stream` under a new name. Raises CutOff or StagingFull, leaving nothing behind."""
    name = f"{directory}/{number:05d}-{secrets.token_hex(8)}"
    incoming = _Incoming(stream, length, name)
    try:
        stored = staging().save(name, incoming)
    except BaseException as error:
        delete_staged([name])
        if isinstance(error, OSError) and error.errno in _NO_ROOM:
            raise StagingFull(
                "The disk that uploads wait on is full; what is already there is safe. "
                "Free some space or wait until uploads are published, then try again."
            ) from None
        raise
    return StagedPart(stored, incoming.taken, incoming.digest.hexdigest())


def read_part(part: UploadPart) -> bytes:
    """One part's bytes, checked against the digest taken when it came. Raises CdnadminError where they differ."""
    try:
        with staging().open(part.staged_name) as file:
            data = bytes(file.read())
    except FileNotFoundError:
        raise CdnadminError(f"Part {part.number} is no longer in staging. Upload the file again.", code="StagingLost") from None
    if len(data) != part.size or hashlib.sha256(data).hexdigest() != part.sha256:
        raise CdnadminError(f"Part {part.number} was damaged in staging. Upload the file again.", code="StagingDamaged")
    return data


def read_head(part: UploadPart, size: int) -> bytes:
    """The first `size` bytes of a part."""
    try:
        with staging().open(part.staged_name) as file:
            return bytes(file.read(size))
    except FileNotFoundError:
        raise CdnadminError("The file is no longer in staging. Upload it again.", code="StagingLost") from None


def delete_staged(names: Iterable[str]) -> None:
    """Delete files in staging. A failure is logged: the sweep finds what stays behind."""
    for name in names:
        try:
            staging().delete(name)
        except OSError as error:
            log.warning("staging: %s could not be deleted (%s)", name, error.strerror)


def iterate_staged(directory: str = "uploads") -> Iterator[tuple[str, datetime]]:
    """Names in staging with the time each was last written."""
    try:
        folders, files = staging().listdir(directory)
    except FileNotFoundError:
        return
    for file in files:
        name = f"{directory}/{file}"
        try:
            yield name, staging().get_modified_time(name)
        except FileNotFoundError:
            continue
    for folder in folders:
        yield from iterate_staged(f"{directory}/{folder}")
