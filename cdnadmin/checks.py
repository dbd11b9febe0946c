"""What `manage.py check --database default` and `migrate` say about the database."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Tags, Warning, register
from django.db import connections

MENDED = ((3, 44, 6), (3, 50, 7), (3, 51, 3))


def may_damage_a_wal(version: tuple[int, int, int]) -> bool:
    """Whether this SQLite has the fault of 3.7.0 to 3.51.2, mended in 3.51.3 and in two older lines."""
    if not (3, 7, 0) <= version < MENDED[-1]:
        return False
    return not any(version[:2] == mended[:2] and version >= mended for mended in MENDED)


@register(Tags.database)
def check_sqlite_version(*, databases: Sequence[str] | None = None, **options: Any) -> list[CheckMessage]:
    """A warning where SQLite is used and its version is one of the faulty ones."""
    used = [alias for alias in databases or [] if connections[alias].vendor == "sqlite"]
    if not used or not may_damage_a_wal(sqlite3.sqlite_version_info):
        return []
    return [
        Warning(
            f"SQLite {sqlite3.sqlite_version} can, rarely, damage its database when several processes write.",
            hint="Use Python with SQLite 3.51.3, 3.50.7 or 3.44.6 or newer, or PostgreSQL (DATABASE_URL). Back up until then.",
            id="cdnadmin.W001",
        )
    ]
