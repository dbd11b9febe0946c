"""What is asked of a distribution, and what is promised of each answer."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from cdnadmin.accounts.models import Bucket
from distributions.models import Distribution, PrivacyProbe
from distributions.privacy.asking import OTHERS, Question, questions_about, s3_address
from distributions.privacy.files import NONE_THERE, Files
from tests.integration.distributions.privacy_rows import FILM, there
from tests.unit.distributions.reach.configs import behavior, config, origin

pytestmark = pytest.mark.django_db

Kind, Model, Way = Distribution.Kind, Distribution.AccessModel, PrivacyProbe.Way


def asked(distribution: Distribution, *keys: str, signing: Iterable[str] = ()) -> list[Question]:
    return questions_about(distribution, Files(list(keys), "" if keys else NONE_THERE), signing=set(signing))


def told(questions: list[Question], *ways: str) -> list[tuple[str, str, str]]:
    return [(each.way, each.address, each.wanted) for each in questions if each.way in ways]


def test_public_objects_behind_a_private_distribution_are_never_promised(place: Bucket) -> None:
    for model in Model.values:
        (found,) = told(asked(there(place, access_model=model), FILM), Way.S3)
        assert found == (Way.S3, f"https://media.s3.eu-central-1.amazonaws.com/{FILM}", "refused")
    wanted = {model: told(asked(there(place, kind=Kind.PUBLIC, access_model=model), FILM), Way.S3)[0][2] for model in Model.values}
    assert wanted == {"oac": "refused", "oai": "refused", "oai-acl": "refused", "public-acl": "open", "open": ""}


def test_without_a_file_only_what_asks_for_a_signature_is_proved(place: Bucket) -> None:
    site = there(place)
    found = asked(site)
    (edge,) = (each for each in found if each.way == Way.EDGE)
    assert edge.made_up
    (at_s3,) = (each for each in found if each.way == Way.S3)
    assert (at_s3.address, at_s3.because) == ("", NONE_THERE)


def test_each_behavior_is_asked_by_what_it_leads_to(place: Bucket) -> None:
    """Own files: refused. Somebody else's server: nobody's to say. A file under a signed behavior: private, on a public one."""
    origins = [origin("o", "media", "/premiere"), origin("all", "media"), origin("api")]
    behaviors = [behavior("api", "api/*"), behavior("o", "posters/*"), behavior("all", "premiere/*")]
    site = there(place, config=config(behavior("o", signed=True), *behaviors, origins=origins))
    found = told(asked(site, FILM, "premiere/posters/a.jpg"), Way.EDGE, Way.BEHAVIOR)
    base = "https://d1.cloudfront.net"
    assert (Way.EDGE, f"{base}/film.mp4", "refused") in found
    assert (Way.EDGE, f"{base}/premiere/film.mp4", "refused") in found, "past the origin of its own"
    assert (Way.BEHAVIOR, f"{base}/posters/a.jpg", "refused") in found
    assert (Way.BEHAVIOR, f"{base}/api/cdnadmin-privacy-check", "") in found
    half = there(
        place,
        kind=Kind.PUBLIC,
        access_model=Model.PUBLIC_ACL,
        config=config(behavior("o"), behavior("o", "vip/*", signed=True), origins=[origin("o", "media", "/premiere")]),
    )
    found = told(asked(half, FILM, "premiere/vip/a"), Way.EDGE, Way.S3)
    base = "https://d2.cloudfront.net"
    assert (Way.EDGE, f"{base}/film.mp4", "open") in found
    assert (Way.EDGE, f"{base}/vip/a", "refused") in found
    assert (Way.EDGE, f"{base}/vip%2Fa", "refused") in found, "past the pattern"
    assert [wanted for way, _, wanted in found if way == Way.S3] == ["open", "refused"]


def test_others_are_found_by_any_origin_and_those_that_open_are_asked_that_way(place: Bucket) -> None:
    site = there(place)
    elsewhere = Bucket.objects.create(account=place.account, name="elsewhere", region="eu-central-1")
    there(place, "Same place", kind=Kind.PUBLIC)
    second = [origin("o", "elsewhere"), origin("all", "media")]
    by_second = config(behavior("o", signed=True), behavior("all", "premiere/*"), origins=second)
    there(elsewhere, "By its second origin", "", config=by_second)
    there(place, "Within", "/premiere/film.mp4x", kind=Kind.PUBLIC)
    there(place, "Beside", "/premiere-2", kind=Kind.PUBLIC)
    there(place, "Disabled", kind=Kind.PUBLIC, is_served=False)
    found = {each.subject: each.address for each in asked(site, FILM) if each.way == Way.OTHER}
    assert found == {
        "Same place": "https://d2.cloudfront.net/film.mp4",
        "By its second origin": "https://d3.cloudfront.net/premiere/film.mp4",
    }
    within = {each.subject for each in asked(site, "premiere/film.mp4x/part") if each.way == Way.OTHER}
    assert within == {"Same place", "By its second origin", "Within"}


def test_more_others_than_are_asked_are_said(place: Bucket) -> None:
    site = there(place)
    for number in range(OTHERS):
        there(place, f"A disabled {number}", is_served=False)
    for number in range(OTHERS + 2):
        there(place, f"Other {number:03d}")
    found = [each for each in asked(site, FILM) if each.way == Way.OTHER]
    assert len([each for each in found if each.address]) == OTHERS
    assert "2 more distributions" in found[-1].because


def test_addresses_at_s3(place: Bucket) -> None:
    dotted = Bucket(account=place.account, name="media.example.org", region="us-west-2")
    assert s3_address(dotted) == "https://s3.us-west-2.amazonaws.com/media.example.org"
    too_long = f"premiere/{'é' * 400}"
    found = [each for each in asked(there(place), too_long) if each.way in {Way.EDGE, Way.S3}]
    assert [(each.address, bool(each.because)) for each in found] == [("", True)] * 2, "cut off it would be another address"
