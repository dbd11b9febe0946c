"""A session that ended while a page was open: the way back leads to a page, and nothing strange is put into one."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.urls import reverse

from cdnadmin.accounts.models import User
from tests.integration.accounts.conftest import PASSWORD

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true", "HX-Request-Type": "partial"}
FOREIGN = (
    "https://evil.example/people/",
    "http://testserver.evil.example/",
    "http://testserver//evil.example/",
    "http://testserver/\\evil.example/",
    "//evil.example",
    "javascript:alert(1)",
    "http://testserver@evil.example/",
    "",
)


def next_of(location: str) -> str:
    parts = urlsplit(location)
    assert (parts.netloc, parts.path) == ("", reverse("account_login"))
    return parse_qs(parts.query)["next"][0]


def test_after_a_form_the_log_in_leads_to_the_page_it_stood_on(administrator: User, client: Client) -> None:
    page = reverse("person_detail", args=[administrator.public_id]) + "?from=list"
    action = reverse("person_set_active", args=[administrator.public_id])
    answer = client.post(action, headers={"Referer": f"http://testserver{page}"})
    assert answer.status_code == 302
    assert next_of(answer.headers["Location"]) == page
    entered = client.post(answer.headers["Location"], {"login": administrator.email, "password": PASSWORD, "next": page})
    assert entered.headers["Location"] == page
    assert client.get(page).status_code == 200


def test_a_visit_leads_back_to_itself(client: Client) -> None:
    assert next_of(client.get("/people/?search=a%26b").headers["Location"]) == "/people/?search=a%26b"


@pytest.mark.parametrize("foreign", FOREIGN)
def test_a_page_of_somebody_else_is_no_way_back(foreign: str, client: Client) -> None:
    assert next_of(client.post("/people/invite/", headers={"Referer": foreign}).headers["Location"]) == "/"
    by_htmx = client.get("/people/", headers={**HTMX, "HX-Current-URL": foreign})
    assert next_of(by_htmx.headers["HX-Redirect"]) == "/"


@pytest.mark.parametrize("method", ["get", "post"])
def test_htmx_is_sent_to_the_log_in_as_a_whole(method: str, client: Client) -> None:
    headers = {**HTMX, "HX-Current-URL": "http://testserver/library/?page=2#top"}
    answer = getattr(client, method)(reverse("running_indicator"), headers=headers)
    assert (answer.status_code, answer.content) == (401, b"")
    assert next_of(answer.headers["HX-Redirect"]) == "/library/?page=2"


def test_an_old_form_in_a_card_loads_the_page_again(administrator: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(administrator)
    action = reverse("person_set_active", args=[administrator.public_id])
    answer = client.post(action, headers=HTMX)
    assert (answer.status_code, answer.content) == (403, b"")
    assert (answer.headers["HX-Refresh"], answer.headers["X-Refused"]) == ("true", "csrf")
    whole = client.post(action)
    assert whole.status_code == 403
    assert "This form was too old" in whole.content.decode()


def test_an_address_that_only_takes_forms_says_so(administrator: User, client: Client) -> None:
    client.force_login(administrator)
    action = reverse("person_set_active", args=[administrator.public_id])
    answer = client.get(action, headers={"Accept": "text/html,*/*;q=0.8"})
    assert answer.status_code == 405
    assert answer.headers["Allow"] == "POST"
    assert "There is nothing to see at this address" in answer.content.decode()
    assert client.get(action, headers={"Accept": "application/json"}).content == b""
