"""Which SQLite is warned about, and when."""

from __future__ import annotations

import sqlite3

import pytest

from cdnadmin.checks import check_sqlite_version, may_damage_a_wal


@pytest.mark.parametrize(
    ("version", "faulty"),
    [
        ((3, 6, 23), False),
        ((3, 7, 0), True),
        ((3, 40, 1), True),
        ((3, 44, 5), True),
        ((3, 44, 6), False),
        ((3, 46, 1), True),
        ((3, 50, 6), True),
        ((3, 50, 7), False),
        ((3, 51, 2), True),
        ((3, 51, 3), False),
        ((3, 52, 0), False),
    ],
)
def test_faulty_versions(version: tuple[int, int, int], faulty: bool) -> None:
    assert may_damage_a_wal(version) is faulty


def test_the_warning_names_version_and_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 46, 1))
    monkeypatch.setattr(sqlite3, "sqlite_version", "3.46.1")
    (warning,) = check_sqlite_version(databases=["default"])
    assert "SQLite 3.46.1" in warning.msg
    assert "DATABASE_URL" in str(warning.hint)


def test_a_mended_one_and_a_check_without_database_say_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 46, 1))
    assert check_sqlite_version(databases=None) == []
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 51, 3))
    assert check_sqlite_version(databases=["default"]) == []
