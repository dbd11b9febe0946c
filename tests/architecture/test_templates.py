"""Every template compiles, and is used by a view, by another template or by a library."""

from __future__ import annotations

import re

import pytest
from django.template.loader import get_template

from tests.architecture.tracked import tracked_files
from tests.conftest import ROOT

FOLDER = ROOT / "templates"
NAMES = sorted(str(file.relative_to(FOLDER)) for file in tracked_files() if file.is_relative_to(FOLDER))
# Found by their names: Django's error pages, what allauth looks for, the sections of the style guide.
BY_NAME = re.compile(r"^(\d{3}(_csrf)?\.html|account/|allauth/|styleguide/)")


@pytest.mark.parametrize("name", NAMES)
def test_it_compiles(name: str) -> None:
    assert get_template(name)


def test_none_is_left_over() -> None:
    sources = [file for file in tracked_files() if file.suffix in {".py", ".html"} and "tests" not in file.parts]
    text = "\n".join(file.read_text() for file in sources)
    assert [name for name in NAMES if name not in text and not BY_NAME.match(name)] == []
