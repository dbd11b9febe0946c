"""Into which distributions a file can be uploaded, however many an account has."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from cdnadmin.accounts.models import User
from distributions.models import Distribution
from distributions.queries import publishable_distributions
from media.queries.assets import TARGETS_OFFERED
from media.services.uploads import begin_upload
from tests.integration.media.conftest import make_distribution

pytestmark = pytest.mark.django_db


def another(like: Distribution, **given: Any) -> Distribution:
    made = make_distribution(like.own_bucket)
    for name, value in given.items():
        setattr(made, name, value)
    made.save()
    return made


@pytest.mark.parametrize(
    "given",
    [
        {"family": Distribution.Family.RTMP},
        {"bucket": None},
        {"status": Distribution.Status.GONE},
        {"status": Distribution.Status.FAILED},
        {"arn": ""},
        {"config": {"ConnectionMode": "tenant-only"}},
        {"config": {"Staging": True}},
    ],
)
def test_what_takes_no_files_is_not_offered(distribution: Distribution, given: dict[str, Any]) -> None:
    other = another(distribution, **given)
    assert not other.is_publishable
    assert list(publishable_distributions()) == [distribution]


def test_what_takes_files_is_offered_whatever_its_configuration_says_besides(distribution: Distribution) -> None:
    other = another(distribution, config={"ConnectionMode": "direct", "Staging": False})
    assert other.is_publishable
    assert set(publishable_distributions()) == {distribution, other}


def test_of_very_many_the_newest_are_offered_and_the_one_that_was_asked_for(
    client: Client, editor: User, distribution: Distribution
) -> None:
    for _ in range(TARGETS_OFFERED + 1):
        another(distribution)
    client.force_login(editor)
    page = client.get(reverse("upload")).content.decode()
    assert page.count("<option") == TARGETS_OFFERED
    assert "The newest are offered" in page
    asked = client.get(f"{reverse('upload')}?distribution={distribution.public_id}").content.decode()
    assert f'<option value="{distribution.public_id}" selected' in asked


def test_the_one_that_was_used_last_is_chosen_not_the_newest(client: Client, editor: User, distribution: Distribution) -> None:
    another(distribution)
    client.force_login(editor)
    begin_upload(actor=editor, distribution=distribution, file_name="a.txt", size=1, content_type="")
    another(distribution)
    assert client.get(reverse("upload")).context["chosen"] == distribution
