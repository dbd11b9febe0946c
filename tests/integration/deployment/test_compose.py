"""docker-compose.yml and Procfile: valid, complete, and nothing in them that the product does not know."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys

import pytest

from cdnadmin.env import VARIABLES, read_environment
from tests.conftest import ROOT
from tests.integration.deployment.compose import ENV_FILE, FILE, REFERENCE, NotSet, services

OWN = ("web", "worker", "beat", "prepare", "sandbox")
OF_COMPOSE = {"POSTGRES_PASSWORD", "WEB_ADDRESS"}
GRANIAN_IN_DOCKERFILE = re.compile(r"^CMD (\[.+\])$", re.MULTILINE)


def test_it_follows_the_compose_specification() -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(FILE)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout


def test_all_that_belongs_to_it_is_there() -> None:
    found = services()
    assert set(found) == {*OWN, "postgres", "valkey"}
    assert [name for name in found if found[name].get("profiles")] == ["sandbox"]


@pytest.mark.parametrize("name", OWN)
def test_every_variable_is_one_of_ours(name: str) -> None:
    assert set(services()[name]["environment"]) - set(VARIABLES) == set()


def test_every_variable_of_the_env_file_is_used_and_explained() -> None:
    named = {match[1] for match in REFERENCE.finditer(FILE.read_text())}
    page = (ROOT / "docs" / "deployment.md").read_text()
    assert set(ENV_FILE) <= named <= set(VARIABLES) | OF_COMPOSE
    for name in [*ENV_FILE, *OF_COMPOSE]:
        assert name in page


@pytest.mark.parametrize("missing", ENV_FILE)
def test_it_does_not_start_without_what_must_be_chosen(missing: str) -> None:
    with pytest.raises(NotSet, match=f"^{missing} is "):
        services({name: value for name, value in ENV_FILE.items() if name != missing})


def test_production_accepts_these_settings() -> None:
    found = read_environment({name: str(value) for name, value in services()["web"]["environment"].items()})
    assert found.production
    assert found.database_url == "postgresql://cdnadmin:database-password@postgres/cdnadmin"
    assert found.staging_limit_gb == VARIABLES["STAGING_LIMIT_GB"].default


def test_a_trial_without_aws_accepts_the_settings_of_the_page() -> None:
    page = (ROOT / "docs" / "deployment.md").read_text().partition("## Try it without AWS")[2]
    trial = dict(line.split("=", 1) for line in re.findall(r"(?m)^[A-Z_]+=\S+$", page))
    found = read_environment({name: str(value) for name, value in services(ENV_FILE | trial)["web"]["environment"].items()})
    assert not found.production
    assert found.sandbox_url == "http://sandbox:9000"


def test_addresses_name_services() -> None:
    found = services()
    for address in (found["web"]["environment"]["DATABASE_URL"], found["web"]["environment"]["REDIS_URL"]):
        assert re.split(r"[@/:]+", address)[-2 if "@" in address else 1] in found
    for service in found.values():
        assert set(service.get("depends_on", {})) <= set(found)


def test_only_loopback_addresses_are_published() -> None:
    published = [port for service in services().values() for port in service.get("ports", [])]
    assert sorted(published) == ["127.0.0.1:8000:8000", "127.0.0.1:9000:9000"]


def test_web_and_worker_share_the_disk_where_uploads_wait() -> None:
    found = services()
    data = found["web"]["environment"]["DATA_DIR"]
    assert f"data:{data}" in found["web"]["volumes"]
    assert f"data:{data}" in found["worker"]["volumes"]


def test_the_worker_is_asked_to_end_as_the_supervisor_asks() -> None:
    """Celery's soft shutdown is on QUIT; it needs longer than its time-out before Docker kills."""
    from cdnadmin.celery import app

    worker = services()["worker"]
    assert worker["stop_signal"] == "SIGQUIT"
    assert int(worker["stop_grace_period"].removesuffix("s")) > app.conf.worker_soft_shutdown_timeout


def test_the_procfile_has_the_same_commands() -> None:
    lines = dict(line.split(": ", 1) for line in (ROOT / "Procfile").read_text().splitlines())
    found = services()
    assert set(lines) == {"release", "web", "worker", "beat"}
    assert lines["release"] == found["prepare"]["command"]
    assert lines["worker"].removeprefix("REMAP_SIGTERM=SIGQUIT ") == found["worker"]["command"]
    assert lines["beat"] == found["beat"]["command"]
    image = GRANIAN_IN_DOCKERFILE.findall((ROOT / "Dockerfile").read_text())[-1]
    assert shlex.split(lines["web"].replace("${PORT:-8000}", "8000")) == re.findall(r'"([^"]+)"', image)
