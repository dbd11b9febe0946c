"""What answers come to, and whose turn it is."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cdnadmin.accounts.models import AwsAccount, Bucket, Role, User
from cdnadmin.operations.lease import claim
from cdnadmin.operations.models import Operation
from cdnadmin.operations.outcomes import Wait
from distributions.models import Distribution, PrivacyCheck, PrivacyProbe
from distributions.privacy.watching import AT_ONCE, EVERY, LANE, WHILE_OPEN, ask_again, check_after_change, check_due, request_check
from distributions.steps.privacy import Stranger, choose_questions, conclude, end_check
from tests.conftest import RunningSandbox, free_port
from tests.integration.distributions.privacy_rows import FILM, there
from tests.unit.distributions.reach.configs import behavior, config, origin
from tests.unit.test_probing import Server

pytestmark = pytest.mark.django_db

Kind, Way = Distribution.Kind, PrivacyProbe.Way
Verdict, Outcome = PrivacyCheck.Verdict, PrivacyProbe.Outcome


# What answers come to


def looked(site: Distribution, outcome: str, *, wanted: str = "refused", since: Any = None, verdict: str = "") -> PrivacyCheck:
    check = PrivacyCheck.objects.create(distribution=site, trigger="schedule", verdict=verdict)
    PrivacyProbe.objects.create(check_row=check, way=Way.S3, subject=FILM, wanted=wanted, outcome=outcome, open_since=since)
    return check


def concluded(site: Distribution, check: PrivacyCheck) -> Distribution:
    operation = claim(request_check(site, "schedule").pk)
    assert operation is not None
    operation.data = {"check": check.pk}
    conclude(operation)
    Operation.objects.all().delete()
    site.refresh_from_db()
    return site


def test_what_stood_open_and_gives_no_answer_is_not_taken_for_mended(place: Bucket) -> None:
    site = there(place)
    first = looked(site, Outcome.OPEN)
    began = concluded(site, first).privacy_open_since
    assert (site.privacy_verdict, began) == (Verdict.OPEN, first.began_at)
    silent = looked(site, Outcome.UNREACHABLE)
    assert concluded(site, silent).privacy_verdict == Verdict.OPEN
    (row,) = silent.probes.all()
    assert (row.stood_open, row.open_since, site.privacy_open_since) == (True, began, began)
    assert concluded(site, looked(site, Outcome.OPEN)).privacy_open_since == began
    assert concluded(site, looked(site, Outcome.REFUSED)).privacy_verdict == Verdict.REFUSED
    assert site.privacy_open_since is None
    again = looked(site, Outcome.OPEN)
    assert concluded(site, again).privacy_open_since == again.began_at


def test_what_was_open_as_promised_and_gives_no_answer_is_no_breach(place: Bucket) -> None:
    site = there(place, kind=Kind.PUBLIC)
    assert concluded(site, looked(site, Outcome.OPEN, wanted="open")).privacy_verdict == Verdict.PROMISED
    Distribution.objects.filter(pk=site.pk).update(kind=Kind.PRIVATE)
    assert concluded(site, looked(site, Outcome.UNREACHABLE)).privacy_verdict == Verdict.UNKNOWN


def test_who_was_told_nothing_says_so(place: Bucket) -> None:
    site = there(place)
    assert concluded(site, looked(site, Outcome.REFUSED, wanted="")).privacy_verdict == Verdict.UNKNOWN
    assert concluded(site, looked(site, Outcome.UNREACHABLE)).privacy_verdict == Verdict.UNKNOWN


# Whom is asked


def test_nobody_inside_is_asked_and_who_is_silent_only_once(settings: Any) -> None:
    silent, inside = Server(), Server()
    try:
        stranger = Stranger("127.0.0.1")
        for number in range(5):
            assert stranger.ask(f"http://d1.localhost:{silent.port}/{number}", Way.EDGE).status is None
        assert [each.split()[1] for each in silent.asked] == ["/0", "/0"], "a lost connection is tried once more"
        for number in (2, 3):
            stranger.ask(f"http://d{number}.localhost:{free_port()}/", Way.EDGE)
        assert "It was not asked" in stranger.ask(f"http://d4.localhost:{inside.port}/", Way.EDGE).unreachable
        settings.PRODUCTION, settings.SANDBOX_URL = True, ""
        for host in ("d5.localhost", "127.0.0.1", "[::ffff:127.0.0.1]", "2130706433"):
            found = Stranger("127.0.0.1").ask(f"http://{host}:{inside.port}/", Way.EDGE)
            assert "inside this server" in found.unreachable, host
        assert inside.asked == []
        settings.SANDBOX_URL = f"http://127.0.0.1:{inside.port}"
        inside.says = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"
        assert Stranger("127.0.0.1").ask(f"http://d5.localhost:{inside.port}/", Way.LISTING).lists is False
        assert "Range" not in inside.asked[0]
    finally:
        silent.close()
        inside.close()


# Whose turn it is


def test_those_that_fail_and_those_that_stand_open_do_not_take_everybodys_turn(place: Bucket) -> None:
    long_ago = timezone.now() - EVERY * 2
    for number in range(AT_ONCE + 5):
        failing = there(place, f"Fails {number}", f"/fails-{number}")
        state = Operation.State.WAITING if number % 2 else Operation.State.FAILED
        target = failing.reference
        waits = Operation.objects.create(kind="check_privacy", lane=LANE, target=target, title="", state=state, created_at=long_ago)
        if state == Operation.State.FAILED:
            end_check(waits)
    for number in range(AT_ONCE):
        there(
            place,
            f"Open {number}",
            f"/open-{number}",
            privacy_verdict=Verdict.OPEN,
            privacy_checked_at=timezone.now() - WHILE_OPEN * 2,
        )
    healthy = [there(place, f"Well {number}", f"/well-{number}", privacy_checked_at=long_ago) for number in range(3)]
    there(place, "On its way", "/way", status=Distribution.Status.IN_PROGRESS)
    before = Operation.objects.latest("pk").pk
    new = Operation.objects.filter(pk__gt=before)
    check_due()
    assert {each.reference for each in healthy} <= set(new.values_list("target", flat=True)), "not in the first round"
    check_due()
    assert len(new.all()) == AT_ONCE + len(healthy)
    assert check_due() == 0


def test_a_neighbours_change_while_strangers_are_asked_is_asked_about_anew(place: Bucket) -> None:
    site, other = there(place), there(place, "Other", "/elsewhere")
    asking = claim(request_check(site, "schedule").pk)
    assert asking is not None
    asking.data = {"check": looked(site, Outcome.REFUSED, verdict=Verdict.REFUSED).pk}
    other.config = config(behavior("all"), origins=[origin("o", "media", "/elsewhere"), origin("all", "media")])
    check_after_change(other)
    assert Operation.objects.filter(target=site.reference).count() == 1
    Operation.objects.filter(pk=asking.pk).update(state=Operation.State.SUCCEEDED)
    end_check(asking)
    again = Operation.objects.get(target=site.reference, state__in=Operation.ACTIVE)
    assert again.input == {"trigger": "change", "changed": other.public_id}
    # One that had not begun asks after the change anyway.
    ask_again(site)
    begins = claim(again.pk) or Operation.objects.get(pk=again.pk)
    begins.data = {"check": looked(site, Outcome.REFUSED, verdict=Verdict.REFUSED).pk}
    Operation.objects.filter(pk=again.pk).update(state=Operation.State.SUCCEEDED)
    end_check(begins)
    assert not Operation.objects.filter(target=site.reference, state__in=Operation.ACTIVE).exists()


def test_a_check_that_failed_is_not_shown_as_under_way_and_changes_no_verdict(place: Bucket) -> None:
    site = there(place, privacy_verdict=Verdict.OPEN)
    failed = Operation.objects.create(kind="check_privacy", lane=LANE, target=site.reference, title="", state="failed")
    check = looked(site, "")
    failed.data = {"check": check.pk}
    end_check(failed)
    check.refresh_from_db()
    site.refresh_from_db()
    assert (check.ended_early, check.verdict) == (True, "")
    assert (site.privacy_verdict, site.privacy_checked_at is not None) == (Verdict.OPEN, True)


def test_the_pages_say_what_is_not_known(place: Bucket, client: Client) -> None:
    client.force_login(User.objects.create_user("ada@example.org", "a long pass phrase", name="Ada", role=Role.ADMINISTRATOR))
    site = there(place)
    concluded(site, looked(site, Outcome.OPEN))
    concluded(site, looked(site, Outcome.UNREACHABLE))
    ended = looked(site, "")
    PrivacyCheck.objects.filter(pk=ended.pk).update(finished_at=timezone.now())
    sorry = {"state": "failed", "error_message": "AWS said no."}
    Operation.objects.create(kind="check_privacy", lane=LANE, target=site.reference, title="", **sorry)
    card = client.get(reverse("distribution_privacy", args=[site.public_id]) + "?part=card", headers={"HX-Request": "true"})
    assert "The last check failed; what follows is from the one before: AWS said no." in card.text
    assert "It could not be asked this time" in card.text
    assert "Refused everywhere" not in card.text
    history = client.get(reverse("distribution_privacy", args=[site.public_id])).text
    assert "Ended early" in history
    assert "Being asked" not in history
    assert "open where it should not be" in client.get(reverse("distribution_list")).text
    Distribution.objects.filter(pk=site.pk).update(is_served=False, status=Distribution.Status.DISABLED)
    # What is asked no more would stand there for ever.
    assert "open where it should not be" not in client.get(reverse("distribution_list")).text


@pytest.mark.django_db(transaction=True)
def test_a_change_from_outside_is_awaited_before_strangers_are_asked(account: AwsAccount, sandbox: RunningSandbox) -> None:
    given = {"count": 1, "comment": "Moving", "status": "InProgress", "seconds": 60}
    (id,) = httpx.post(f"{sandbox.url}/_sandbox/distributions", json=given).json()["ids"]
    bucket = Bucket.objects.create(account=account, name="media", region="us-east-1")
    moving = there(bucket, aws_id=id, managed_by="terraform")
    operation = claim(request_check(moving, "change", changed=moving.public_id).pk)
    assert operation is not None
    assert isinstance(choose_questions(operation), Wait)
    assert not PrivacyCheck.objects.exists()
