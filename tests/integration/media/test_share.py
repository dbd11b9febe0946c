"""Share links: who opens them, until when, and what a forged or ended one answers."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client, override_settings
from django.utils import timezone

from cdnadmin.accounts.models import AuditEntry, Bucket, Role, User
from cdnadmin.errors import InvalidInput, NotAllowed, NotReady
from distributions.models import Distribution
from media.models import Asset, ShareLink, ShareVisit
from media.services.assets import delete_asset
from media.services.share import LinkEnded, NoSuchLink, create_share_link, find_share_link, revoke_share_link, share_token
from media.services.uploads import begin_upload
from tests.integration.media.conftest import finish, publish

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def asset(editor: User, distribution: Distribution) -> Asset:
    return publish(editor, distribution, b"\x89PNG\r\n\x1a\n" + bytes(50), name="cover.png")


@pytest.fixture
def link(editor: User, asset: Asset) -> ShareLink:
    return create_share_link(
        actor=editor, asset=asset, expires_at=timezone.now() + timedelta(days=7), message="Look at <b>this</b>."
    )


@pytest.fixture
def person() -> Callable[[str], User]:
    def make(role: str) -> User:
        return User.objects.create_user(f"{role}@example.com", "a long pass phrase", name=role.title(), role=role)

    return make


def as_person(user: User) -> Client:
    browser = Client()
    browser.force_login(user)
    return browser


def test_a_token_carries_192_bits_and_nothing_of_it_is_stored(link: ShareLink) -> None:
    public_id, _, mac = share_token(link).partition("-")
    assert public_id == link.public_id
    assert re.fullmatch(r"[\w-]{32}", mac)
    assert mac not in str(ShareLink.objects.filter(pk=link.pk).values())


def test_every_changed_token_is_refused(editor: User, link: ShareLink) -> None:
    token = share_token(link)
    for place in range(len(token)):
        changed = token[:place] + ("a" if token[place] != "a" else "b") + token[place + 1 :]
        with pytest.raises(NoSuchLink):
            find_share_link(token=changed, actor=editor)
    for wrong in ("", "-", link.public_id, f"{link.public_id}-", token[:-1], token + "A", token.replace("-", "", 1), "ü-ü"):
        with pytest.raises(NoSuchLink):
            find_share_link(token=wrong, actor=editor)


def test_another_links_mac_and_another_secret_do_not_open(editor: User, asset: Asset, link: ShareLink) -> None:
    other = create_share_link(actor=editor, asset=asset, expires_at=timezone.now() + timedelta(days=1))
    with pytest.raises(NoSuchLink):
        find_share_link(token=f"{link.public_id}-{share_token(other).partition('-')[2]}", actor=editor)
    with override_settings(SECRET_KEY="another secret"):
        forged = share_token(link)
    with pytest.raises(NoSuchLink):
        find_share_link(token=forged, actor=editor)


def test_a_rotated_secret_key_keeps_old_links(editor: User, link: ShareLink) -> None:
    token = share_token(link)
    with override_settings(SECRET_KEY="the next one", SECRET_KEY_FALLBACKS=[settings.SECRET_KEY]):
        assert find_share_link(token=token, actor=editor) == link
        assert find_share_link(token=share_token(link), actor=editor) == link


def test_a_stranger_is_asked_to_log_in_first(link: ShareLink) -> None:
    answer = Client().get(f"/s/{share_token(link)}/")
    assert answer.status_code == 302
    assert answer["Location"].startswith("/account/login/?next=/s/")
    assert answer["Referrer-Policy"] == "no-referrer"
    assert ShareVisit.objects.count() == 0


def test_any_person_opens_it_and_the_visit_is_written_down(link: ShareLink, person: Callable[[str], User]) -> None:
    viewer = person(Role.VIEWER)
    answer = as_person(viewer).get(f"/s/{share_token(link)}/", REMOTE_ADDR="192.0.2.7")
    text = answer.content.decode()
    assert answer.status_code == 200
    assert answer["Referrer-Policy"] == "no-referrer"
    assert "no-store" in answer["Cache-Control"]
    assert "cover" in text
    assert "Look at &lt;b&gt;this&lt;/b&gt;." in text
    visit = ShareVisit.objects.get(link=link)
    assert (visit.person, visit.ip) == (viewer, "192.0.2.7")


def test_the_file_itself_is_a_redirect(link: ShareLink, person: Callable[[str], User], distribution: Distribution) -> None:
    answer = as_person(person(Role.VIEWER)).get(f"/s/{share_token(link)}/open/")
    assert answer.status_code == 302
    assert distribution.domain_name in answer["Location"]
    assert answer["Referrer-Policy"] == "no-referrer"
    assert ShareVisit.objects.filter(link=link).count() == 1


def test_a_page_that_stays_open_counts_once(link: ShareLink, person: Callable[[str], User]) -> None:
    browser = as_person(person(Role.VIEWER))
    browser.get(f"/s/{share_token(link)}/")
    assert browser.get(f"/s/{share_token(link)}/renew/").json()["url"]
    assert ShareVisit.objects.filter(link=link).count() == 1


def test_an_expired_link_is_gone_and_says_so_kindly(link: ShareLink, person: Callable[[str], User]) -> None:
    ShareLink.objects.filter(pk=link.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    answer = as_person(person(Role.VIEWER)).get(f"/s/{share_token(link)}/")
    assert answer.status_code == 410
    assert "This link has ended" in answer.content.decode()
    assert ShareVisit.objects.count() == 0


def test_a_link_taken_back_is_gone_for_good(editor: User, link: ShareLink, person: Callable[[str], User]) -> None:
    token = share_token(link)
    revoke_share_link(actor=editor, link=link)
    revoke_share_link(actor=editor, link=link)
    browser = as_person(person(Role.VIEWER))
    for path in (f"/s/{token}/", f"/s/{token}/open/", f"/s/{token}/renew/"):
        assert browser.get(path).status_code == 410
    with pytest.raises(LinkEnded):
        find_share_link(token=token, actor=editor)
    assert AuditEntry.objects.filter(action="revoke_share_link").count() == 1


def test_a_forged_link_is_not_found(link: ShareLink, person: Callable[[str], User]) -> None:
    answer = as_person(person(Role.VIEWER)).get(f"/s/{link.public_id}-{'A' * 32}/")
    assert answer.status_code == 404
    assert link.asset.title not in answer.content.decode()


def test_deleting_the_file_ends_its_links(editor: User, asset: Asset, link: ShareLink) -> None:
    token = share_token(link)
    operation = delete_asset(actor=editor, asset=asset, typed_title=asset.title)
    with pytest.raises(LinkEnded):
        find_share_link(token=token, actor=editor)
    finish(operation)
    with pytest.raises(NoSuchLink):
        find_share_link(token=token, actor=editor)


def test_who_makes_and_takes_back(editor: User, asset: Asset, link: ShareLink, person: Callable[[str], User]) -> None:
    staff, viewer, administrator = person(Role.STAFF), person(Role.VIEWER), person(Role.ADMINISTRATOR)
    own = create_share_link(actor=staff, asset=asset, expires_at=timezone.now() + timedelta(days=1))
    with pytest.raises(NotAllowed):
        create_share_link(actor=viewer, asset=asset, expires_at=timezone.now() + timedelta(days=1))
    with pytest.raises(NotAllowed):
        revoke_share_link(actor=staff, link=link)
    assert revoke_share_link(actor=staff, link=own).revoked_at
    assert revoke_share_link(actor=administrator, link=link).revoked_at


@pytest.mark.parametrize(("days", "field"), [(-1, "expires_at"), (0, "expires_at"), (400, "expires_at")])
def test_ends_that_make_no_sense(editor: User, asset: Asset, days: int, field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        create_share_link(actor=editor, asset=asset, expires_at=timezone.now() + timedelta(days=days))
    assert refused.value.field == field


def test_nothing_is_shared_before_it_is_published(editor: User, bucket: Bucket, distribution: Distribution) -> None:
    upload = begin_upload(actor=editor, distribution=distribution, file_name="a.txt", size=1, content_type="")
    with pytest.raises(NotReady):
        create_share_link(actor=editor, asset=upload.version.asset, expires_at=timezone.now() + timedelta(days=1))


def test_made_listed_and_taken_back_in_the_pages(asset: Asset, link: ShareLink, person: Callable[[str], User]) -> None:
    staff = person(Role.STAFF)
    browser = as_person(staff)
    empty = browser.get("/links/").content.decode()
    assert "No share links yet" in empty
    wrong = browser.post(f"/library/{asset.public_id}/share/", {"expiry": "custom", "expires_at": "", "message": ""})
    assert wrong.status_code == 422
    assert "Say when the link ends." in wrong.content.decode()
    made = browser.post(f"/library/{asset.public_id}/share/", {"expiry": "7", "message": "Hello"})
    assert made.status_code == 302
    own = ShareLink.objects.get(created_by=staff)
    listed = browser.get("/links/").content.decode()
    assert share_token(own) in listed
    assert share_token(link) not in listed
    assert browser.post(f"/links/{link.public_id}/revoke/").status_code == 404
    assert browser.post(f"/links/{own.public_id}/revoke/").status_code == 302
    assert "Taken back" in browser.get("/links/?state=revoked").content.decode()
    assert "No matches" in browser.get("/links/?state=open").content.decode()
    assert share_token(link) in as_person(person(Role.ADMINISTRATOR)).get("/links/").content.decode()
