"""The distributions' pages: who gets them, what they say, and that nothing typed is lost."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from cdnadmin.accounts.models import AwsAccount, Bucket, Role, User
from cdnadmin.accounts.services.aws_accounts import create_aws_account
from cdnadmin.operations.models import Operation
from cdnadmin.operations.queries import steps_of
from distributions.models import Distribution
from distributions.services.distributions import NewDistribution, create_distribution
from tests.conftest import free_port
from tests.integration.distributions.conftest import finish, fresh, make, operation_of

pytestmark = pytest.mark.django_db(transaction=True)


def browser_of(role: str) -> Client:
    browser = Client()
    browser.force_login(User.objects.create_user(f"{role}@example.com", "a long pass phrase", role=role))
    return browser


@pytest.fixture
def browser(administrator: User) -> Client:
    made = Client()
    made.force_login(administrator)
    return made


def fill(bucket: Bucket, count: int) -> None:
    Distribution.objects.bulk_create(
        Distribution(
            account=bucket.account,
            name=f"Site {n:05d}",
            kind="private" if n % 2 else "public",
            bucket=bucket,
            origin_path=f"/site-{n}",
            status="deployed",
            aws_id=f"E{n:013d}",
            domain_name=f"d{n}.localhost",
        )
        for n in range(count)
    )


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("get", "/distributions/", {"administrator", "editor"}),
        ("get", "/distributions/{id}/", {"administrator", "editor"}),
        ("get", "/distributions/new/", {"administrator"}),
        ("post", "/distributions/new/", {"administrator"}),
        ("post", "/distributions/{id}/change/", {"administrator"}),
        ("get", "/distributions/{id}/history/", {"administrator", "editor"}),
        ("get", "/distributions/{id}/history/compare/", {"administrator", "editor"}),
        ("post", "/distributions/{id}/history/restore/", {"administrator"}),
        ("get", "/distributions/{id}/drift/", {"administrator"}),
        ("get", "/distributions/plans/nothere/", {"administrator"}),
        ("post", "/distributions/plans/nothere/apply/", {"administrator"}),
        ("post", "/distributions/{id}/enabled/", {"administrator"}),
        ("post", "/distributions/{id}/discard/", {"administrator"}),
        ("get", "/distributions/keys/", {"administrator"}),
    ],
)
def test_who_may_have_which_page(bucket: Bucket, method: str, path: str, allowed: set[str]) -> None:
    fill(bucket, 1)
    address = path.format(id=Distribution.objects.get().public_id)
    for role in Role.values:
        status = getattr(browser_of(role), method)(address).status_code
        assert (status != 403) == (role in allowed), (role, status)
        assert status < 500
    assert getattr(Client(), method)(address)["Location"].startswith("/account/login/")


def test_an_editor_is_not_offered_what_only_administrators_may(administrator: User, bucket: Bucket) -> None:
    site = make(administrator, bucket)
    page = browser_of(Role.EDITOR)
    assert "Create a distribution" not in page.get("/distributions/").content.decode()
    text = page.get(f"/distributions/{site.public_id}/").content.decode()
    assert "Upload" in text
    assert "Disable" not in text
    assert f"{site.public_id}/change/" not in text


def test_one_is_created_in_a_new_bucket_from_the_form(browser: Client, account: AwsAccount) -> None:
    page = browser.get("/distributions/new/?kind=private").content.decode()
    assert re.search(r'value="private"[^>]*checked', page)
    suggested = re.search(r'name="new_bucket" value="(media-[a-z0-9]+)"', page)
    assert suggested is not None
    form = {"name": "Press kit", "kind": "private", "bucket": "+", "new_bucket": suggested.group(1)}
    more = {"access_model": "oac", "algorithm": "rsa-2048", "price_class": "PriceClass_100"}
    answer = browser.post("/distributions/new/", {**form, **more})
    made = Distribution.objects.get()
    assert answer["Location"] == f"/distributions/{made.public_id}/"
    assert (made.kind, made.own_bucket.name, made.price_class) == ("private", suggested.group(1), "PriceClass_100")
    assert finish(operation_of(made)).state == Operation.State.SUCCEEDED
    assert fresh(made).signing_key.algorithm == "rsa-2048"  # type: ignore[union-attr]
    shown = browser.get(f"/distributions/{made.public_id}/").content.decode()
    for fact in (made.own_bucket.name, fresh(made).domain_name, "Only people with a signature", "Live"):
        assert fact in shown


def test_what_was_typed_stays_and_the_error_stands_at_its_field(browser: Client, account: AwsAccount) -> None:
    form = {"name": "Press kit", "kind": "public", "bucket": "+", "new_bucket": "Not A Bucket", "comment": "keep me"}
    more = {"access_model": "oac", "algorithm": "ecdsa-p256", "price_class": "PriceClass_All"}
    answer = browser.post("/distributions/new/", {**form, **more})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'value="Press kit"' in page
    assert 'value="keep me"' in page
    assert re.search(r'id="id_new_bucket_error".*lower-case letters', page, re.DOTALL)
    assert re.search(r'name="new_bucket"[^>]*aria-invalid="true"', page)
    aliases = {**form, **more, "new_bucket": "media-abc", "aliases": "media.example.org"}
    folded = browser.post("/distributions/new/", aliases).content.decode()
    assert re.search(r"<details[^>]* open>", folded), "an error in the folded part opens it"
    assert not Distribution.objects.exists()


def test_a_failed_one_can_be_made_anew_with_what_it_had(browser: Client, administrator: User, bucket: Bucket) -> None:
    made = create_distribution(actor=administrator, wanted=NewDistribution(name="Press kit", bucket=bucket, comment="Ours"))
    Distribution.objects.update(status=Distribution.Status.FAILED)
    Operation.objects.update(state=Operation.State.FAILED, error_message="The name is taken elsewhere.")
    page = browser.get(f"/distributions/{made.public_id}/").content.decode()
    assert "The name is taken elsewhere." in page
    assert "Try again" in page
    again = browser.get(f"/distributions/new/?like={made.public_id}").content.decode()
    assert 'value="Press kit"' in again
    assert 'value="Ours"' in again
    assert browser.post(f"/distributions/{made.public_id}/discard/")["Location"] == "/distributions/"
    assert not Distribution.objects.exists()


def test_an_account_that_can_not_be_reached_is_said_on_the_form(browser: Client, account: AwsAccount) -> None:
    dead = create_aws_account(
        actor=None, label="Dead", endpoint_url=f"http://127.0.0.1:{free_port()}", access_key_id="a", secret_access_key="b"
    )
    answer = browser.get(f"/distributions/new/?account={dead.public_id}")
    assert answer.status_code == 200
    assert "can’t be reached" in answer.content.decode().replace("&#x27;", "’").replace("can't", "can’t")


def test_without_an_account_the_form_says_what_to_do(browser: Client, transactional_db: None) -> None:
    assert "Connect an account" in browser.get("/distributions/new/").content.decode()


def test_the_live_part_stops_asking_once_nothing_moves(browser: Client, administrator: User, bucket: Bucket) -> None:
    made = create_distribution(actor=administrator, wanted=NewDistribution(name="Press kit", bucket=bucket))
    address = f"/distributions/{made.public_id}/?part=live"
    moving = browser.get(address, headers={"HX-Request": "true"}).content.decode()
    assert 'hx-trigger="every 2s"' in moving
    assert "<html" not in moving
    assert "Upload" not in moving
    finish(operation_of(made))
    asked = browser.get(address, headers={"HX-Request": "true"}).content.decode()
    assert asked.count("hx-trigger") == 1, "a check from outside follows, and its card alone asks on"
    finish(operation_of(made, "check_privacy"))
    still = browser.get(address, headers={"HX-Request": "true"}).content.decode()
    assert "hx-trigger" not in still
    assert "Upload" in still, "new states bring new actions"


def test_search_and_filters_find_and_say_when_they_do_not(browser: Client, bucket: Bucket) -> None:
    fill(bucket, 3)
    text = browser.get("/distributions/?search=site%2000001").content.decode()
    assert "Site 00001" in text
    assert "Site 00002" not in text
    assert "Site 00000" in browser.get("/distributions/?kind=public").content.decode()
    assert "Site 00001" not in browser.get("/distributions/?kind=public").content.decode()
    assert "No matches" in browser.get("/distributions/?search=nothing").content.decode()
    rows = browser.get("/distributions/?search=site", headers={"HX-Request": "true"})
    assert "<html" not in rows.content.decode()
    assert "HX-Request" in rows["Vary"]


def test_the_list_costs_the_same_queries_at_any_length(browser: Client, bucket: Bucket) -> None:
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert browser.get("/distributions/").status_code == 200
        return len(captured)

    fill(bucket, 1)
    queries()
    one = queries()
    Distribution.objects.all().delete()
    fill(bucket, 300)
    assert queries() == one


def test_a_page_names_only_the_hosts_it_loads_from(browser: Client, bucket: Bucket) -> None:
    fill(bucket, 300)
    assert "localhost" not in browser.get("/distributions/")["Content-Security-Policy"]
    assert len(browser.get("/library/")["Content-Security-Policy"]) < 4000, "proxies take 4 or 8 KB of headers"


def test_signing_keys_are_listed_without_their_private_halves(browser: Client, administrator: User, bucket: Bucket) -> None:
    assert "No signing keys yet" in browser.get("/distributions/keys/").content.decode()
    site = make(administrator, bucket, kind="private")
    page = browser.get("/distributions/keys/").content.decode()
    key = site.signing_key
    assert key is not None
    assert key.public_keys.get().aws_id in page
    assert "1 distribution" in page
    assert key.sealed_private_key
    assert key.sealed_private_key["ciphertext"] not in page
    assert "No matches" in browser.get("/distributions/keys/?search=nothing").content.decode()


def test_only_the_steps_that_concern_it_are_shown(administrator: User, bucket: Bucket) -> None:
    public = operation_of(create_distribution(actor=administrator, wanted=NewDistribution(name="Open", bucket=bucket)))
    wanted = NewDistribution(name="Shut", bucket=bucket, kind="private")
    private = operation_of(create_distribution(actor=administrator, wanted=wanted))
    keys = "Trust it through the key group"
    assert keys in [step.label for step in steps_of(private)]
    Operation.objects.filter(pk=public.pk).update(step="create")
    public.refresh_from_db()
    assert [(step.label, step.state) for step in steps_of(public)][:2] == [
        ("Give CloudFront an identity at the bucket", "done"),
        ("Create it at CloudFront", "current"),
    ]


def test_while_a_change_runs_no_other_is_offered(browser: Client, administrator: User, bucket: Bucket) -> None:
    site = make(administrator, bucket)
    assert "Disable" in browser.get(f"/distributions/{site.public_id}/").content.decode()
    assert browser.post(f"/distributions/{site.public_id}/enabled/", {"enabled": "zz"}).status_code == 400
    assert fresh(site).enabled
    browser.post(f"/distributions/{site.public_id}/enabled/", {"enabled": "0"})
    page = browser.get(f"/distributions/{site.public_id}/").content.decode()
    assert "Changes wait until this one has ended" in page
    assert "enabled-dialog" not in page
    assert finish(operation_of(site, "update_distribution")).state == Operation.State.SUCCEEDED
    assert "Let the new origin access" not in browser.get(f"/distributions/{site.public_id}/").content.decode()


def test_choosing_another_account_keeps_what_was_typed(browser: Client, account: AwsAccount) -> None:
    other = create_aws_account(
        actor=None, label="Other", endpoint_url=account.endpoint_url, access_key_id="sandbox", secret_access_key="sandbox"
    )
    typed = {"name": "Press kit", "kind": "private", "comment": "keep me", "bucket": "+", "new_bucket": "media-abc"}
    answer = browser.post("/distributions/new/", {**typed, "choose_account": other.public_id})
    page = answer.content.decode()
    assert answer.status_code == 200
    assert 'value="Press kit"' in page
    assert 'value="keep me"' in page
    assert re.search(r'value="private"[^>]*checked', page)
    assert f'name="account" value="{other.public_id}"' in page
    more = {"access_model": "oac", "algorithm": "ecdsa-p256", "price_class": "PriceClass_All", "account": other.public_id}
    browser.post("/distributions/new/", {**typed, **more, "new_bucket": f"media-{other.public_id}"})
    assert Distribution.objects.get().account == other


def test_a_page_that_is_open_while_its_distribution_goes_leads_back_to_the_list(browser: Client) -> None:
    assert browser.get("/distributions/nothere/").status_code == 404
    polled = browser.get("/distributions/nothere/?part=live", headers={"HX-Request": "true"})
    assert (polled.status_code, polled["HX-Redirect"]) == (200, "/distributions/")
