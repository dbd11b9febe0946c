"""Which of a distribution's files strangers ask for."""

from __future__ import annotations

import random
from contextlib import suppress
from dataclasses import dataclass, field

from cdnadmin.aws import objects as aws_objects
from cdnadmin.aws.session import Connection
from cdnadmin.errors import AwsDenied
from distributions.models import Distribution, PrivacyCheck, PrivacyProbe
from distributions.reach.patterns import has_dot_segments

FILES = 3
# Prefixes in which one more file is looked for: behaviors' and other distributions'.
LOOKED_FOR = 20
NONE_THERE = "It has no file yet that could be asked for."
NOT_LISTED = "Which files it has could not be listed with the account’s credentials."


@dataclass
class Files:
    """`keys`: a few files. `none_because`: why there are none, as a sentence."""

    keys: list[str]
    none_because: str = ""
    connection: Connection | None = None
    bucket: str = ""
    _found: dict[str, str] = field(default_factory=dict)

    def find(self, prefix: str) -> str:
        """A file whose key begins so; "" where none is known, or after LOOKED_FOR prefixes."""
        known = next((key for key in self.keys if key.startswith(prefix)), "")
        if known or self.connection is None or (len(self._found) >= LOOKED_FOR and prefix not in self._found):
            return known
        if prefix not in self._found:
            with suppress(AwsDenied):
                listed, _ = aws_objects.list_object_page(self.connection, bucket=self.bucket, prefix=prefix, most=10)
                self._found[prefix] = next((each.key for each in listed if is_askable(each.key)), "")
        return self._found.get(prefix, "")


def files_to_ask_for(connection: Connection, distribution: Distribution) -> Files:
    """What stood open the last time, then the first file, then some by chance of the first thousand.

    Where the credentials do not list them, those that were asked for before: strangers need no credentials.
    """
    bucket = distribution.own_bucket.name
    try:
        listed, is_truncated = aws_objects.list_object_page(connection, bucket=bucket, prefix=distribution.prefix)
    except AwsDenied:
        keys = _asked_before(distribution)
        return Files(keys[:FILES], "" if keys else NOT_LISTED)
    there = [each.key for each in listed if is_askable(each.key)]
    known = set(there)
    open_before = [key for key in _asked_before(distribution, only_open=True) if key in known or is_truncated]
    others = [key for key in there if key not in open_before]
    chosen = [*open_before[:FILES], *others[:1], *random.sample(others[1:], min(len(others[1:]), FILES - 1))]
    keys = chosen[: max(FILES, len(open_before[:FILES]) + 1)]
    return Files(keys, "" if keys else NONE_THERE, connection, bucket)


def is_askable(key: str) -> bool:
    """Not what stands for a folder, nor what clients would make another path of."""
    return not key.endswith("/") and not has_dot_segments(key)


def _asked_before(distribution: Distribution, *, only_open: bool = False) -> list[str]:
    """Keys of the last check, whole ones: a longer one was cut when it was written down."""
    last = PrivacyCheck.objects.filter(distribution=distribution).exclude(verdict="").first()
    if last is None:
        return []
    rows = last.probes.filter(way__in=[PrivacyProbe.Way.S3, PrivacyProbe.Way.EDGE]).exclude(subject="")
    if only_open:
        rows = rows.filter(wanted="refused").exclude(open_since=None)
    keys = dict.fromkeys(rows.values_list("subject", flat=True))
    return [key for key in keys if len(key) < 300 and key.startswith(distribution.prefix)]
