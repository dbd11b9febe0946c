"""docs/tour.md does what it says: its code runs in its order, and viewers meet what it promises."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from cdnadmin.accounts.models import AwsAccount, User
from cdnadmin.operations.models import Operation
from cdnadmin.operations.runner import run_operation
from tests.conftest import ROOT
from tests.integration.distributions.conftest import Edge

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def worker(account: AwsAccount) -> Iterator[None]:
    """Carries operations as Celery's worker would, beside the code that waits for them, and waits out nothing itself."""
    ended = threading.Event()

    def work() -> None:
        while not ended.wait(0.05):
            for key in Operation.objects.filter(state__in=Operation.ACTIVE).values_list("pk", flat=True):
                Operation.objects.filter(pk=key).update(due_at=timezone.now())
                run_operation(key)
        connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    yield
    ended.set()
    thread.join()


def test_the_tour_runs(administrator: User, worker: None, edge: Edge) -> None:
    blocks = re.findall(r"^```python\n(.*?)^```$", (ROOT / "docs" / "tour.md").read_text(), re.DOTALL | re.MULTILINE)
    assert len(blocks) >= 7
    names: dict[str, Any] = {"__name__": "tour"}
    for number, block in enumerate(blocks):
        if "enabled=False" in block:  # before it is switched off
            assert edge.get(names["added"].url).text == "Hello, 2009.\n"
            assert edge.get(names["secret"].url).text == "For who may.\n"
            assert edge.get(names["film"].url).status_code == 403
            assert edge.get(names["signed"].url).text == "A film.\n"
        exec(compile(block, f"tour.md, block {number + 1}", "exec"), names)
    assert edge.get(names["signed"].url).status_code == 403
    played = edge.get(names["first"].url)
    assert played.text == names["playlist"]
    segments = [line for line in played.text.splitlines() if line.endswith(".ts")]
    assert [edge.get(names["first"].url.replace("first.m3u8", each)).status_code for each in segments] == [200, 200]
    # A playlist of tomorrow is there at once.
    assert [edge.get(names["first"].url).headers["X-Cache"].partition(" ")[0] for _ in range(2)] == ["Miss", "Miss"]


def test_each_call_of_the_article_has_its_successor() -> None:
    text = (ROOT / "docs" / "tour.md").read_text()
    calls = ("create_distribution", "add_object", "get_objects", "url()", "create_streaming_distribution")
    for call in (*calls, "create_origin_access_identity", "update(origin_access_identity=", "TrustedSigners"):
        assert f"{call}" in "".join(re.findall(r"^> .*$", text, re.MULTILINE)), call
