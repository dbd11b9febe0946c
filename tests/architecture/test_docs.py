"""The documents agree with the code: links lead somewhere, tables are those of the code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cdnadmin.accounts.permissions import GRANTS, Action
from cdnadmin.env import VARIABLES
from distributions.doctor.sorts import MENDS, SORTS
from tests.architecture.settings_table import table, written
from tests.conftest import ROOT

PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ +(.+)$", re.MULTILINE)


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as code hosts make them."""
    titles = [re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-") for title in HEADING.findall(page.read_text())]
    return set(titles)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL)
    for link in LINK.findall(text):
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        assert target.exists(), f"{link} leads nowhere"
        assert not anchor or anchor in anchors(target), f"{link}: {target.name} has no such heading"


def test_the_table_of_settings_is_that_of_the_code() -> None:
    assert written() == table(), "python -m tests.architecture.settings_table writes it anew"


def test_no_page_names_a_setting_that_is_none() -> None:
    named = re.compile(r"(?m)^(?:export )?([A-Z][A-Z_]{3,})=")
    for page in PAGES:
        found = set(named.findall(page.read_text()))
        # AWS's own variables are its tools', as in the sandbox's page.
        assert {name for name in found if not name.startswith("AWS_")} <= set(VARIABLES), page.name


def test_the_table_of_roles_is_that_of_the_code() -> None:
    rows = re.findall(r"^\| `(\w+)` \|[^|]*\|(.+)\|$", (ROOT / "docs/people-and-roles.md").read_text(), re.MULTILINE)
    shown = {action: [cell.strip() == "yes" for cell in cells.split("|")] for action, cells in rows}
    roles = ("viewer", "staff", "editor", "administrator")
    assert shown == {action.value: [action in GRANTS[role] for role in roles] for action in Action}


def test_the_table_of_findings_is_that_of_the_code() -> None:
    rows = re.findall(r"^\| `([a-z-]+)` \| (\w+) \| (.+) \| ([^|]*)\|$", (ROOT / "docs/doctor.md").read_text(), re.MULTILINE)
    shown = {code: (severity, meaning, mend.strip()) for code, severity, meaning, mend in rows}
    assert shown == {code: (sort.severity, sort.meaning, MENDS.get(sort.mend, "")) for code, sort in SORTS.items()}
    assert all(sort.how_to for sort in SORTS.values())
