"""The style guide: for administrators, and whole: a component without a place in it fails here."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from cdnadmin.accounts.models import Role, User
from cdnadmin.status import STATUSES

pytestmark = pytest.mark.django_db
TEMPLATES = Path(settings.BASE_DIR) / "templates"
COMPONENTS = sorted(path.name for path in (TEMPLATES / "components").glob("*.html"))


@pytest.fixture
def page(administrator: User, client: Client) -> str:
    client.force_login(administrator)
    response = client.get("/styleguide/")
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.parametrize("role", Role)
def test_it_is_for_administrators(role: Role, person: Callable[[Role], User], client: Client) -> None:
    client.force_login(person(role))
    assert client.get("/styleguide/").status_code == (200 if role == Role.ADMINISTRATOR else 403)


@pytest.mark.parametrize("name", COMPONENTS)
def test_every_component_has_its_place(name: str, page: str) -> None:
    shown = [html.unescape(code) for code in re.findall(r"<pre[^>]*><code>(.*?)</code></pre>", page, re.DOTALL)]
    assert any(f'{{% include "components/{name}"' in code for code in shown), f"{name} has no specimen in the style guide"


def test_every_specimen_shows_the_code_that_draws_it(page: str) -> None:
    partials = 0
    for path in (TEMPLATES / "styleguide").glob("[a-z]*.html"):
        text = path.read_text()
        partials += text.count("{% partialdef ")
        assert text.count("{% partialdef ") == text.count("{% endpartialdef %}")
    assert page.count("<article") == page.count("<pre") == partials > 0


def test_every_status_is_shown(page: str) -> None:
    for states in STATUSES.values():
        for status in states.values():
            assert f'<span class="truncate">{html.escape(status.label)}</span>' in page


def test_nothing_in_it_polls(page: str) -> None:
    before, ignored = page.split('<div class="grid gap-10" hx-ignore>')
    assert "every 2s" not in before
    assert "every 2s" in ignored


def test_ids_are_told_apart(page: str) -> None:
    # Operations that were never saved have ids of their own too.
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert len(ids) == len(set(ids))


def test_in_every_dialog_the_way_back_stands_left_and_the_action_right() -> None:
    rows = 0
    for path in TEMPLATES.rglob("*.html"):
        for row in re.findall(r'class="modal-action">(.*?)</(?:div|form)>', path.read_text(), re.DOTALL):
            tones = [bool(re.search("btn-(error|primary)", classes)) for classes in re.findall(r'class="(btn [^"]*)"', row)]
            assert tones == sorted(tones), path
            assert tones[-1], path
            rows += 1
    assert rows > 5
