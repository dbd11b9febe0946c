"""Fills an installation through its own services, in a process that has its settings: `python -m tests.e2e.seeding TASK`.

What is given comes as JSON on standard input; what was made is answered as the last line of standard output.
"""

from __future__ import annotations

import base64
import io
import json
import sys
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import django

django.setup()

import httpx  # noqa: E402
from django.conf import settings  # noqa: E402
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: E402
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402
from django.utils import timezone  # noqa: E402

from cdnadmin.accounts.models import AwsAccount, Bucket, User  # noqa: E402
from cdnadmin.accounts.services import aws_accounts, people  # noqa: E402
from cdnadmin.accounts.services.credentials import connection_for  # noqa: E402
from cdnadmin.aws import distributions as aws_distributions  # noqa: E402
from cdnadmin.aws import streaming as aws_streaming  # noqa: E402
from cdnadmin.operations.models import Operation  # noqa: E402
from distributions.importing import import_distribution  # noqa: E402
from distributions.models import ChangePlan, Distribution, OriginAccess, PrivacyCheck, PrivacyProbe  # noqa: E402
from distributions.services.access_models import look_at_access, plan_access_model  # noqa: E402
from distributions.services.changes import update_distribution  # noqa: E402
from distributions.services.distributions import NewDistribution, create_distribution_and_bucket  # noqa: E402
from distributions.services.doctor import examine_account  # noqa: E402
from distributions.services.plans import edit_plan, open_draft  # noqa: E402
from distributions.versions import record_version  # noqa: E402
from media.models import Asset, Upload  # noqa: E402
from media.services.assets import sign_asset  # noqa: E402
from media.services.share import create_share_link, open_share_link, revoke_share_link, share_token  # noqa: E402
from media.services.uploads import begin_upload, complete_upload, receive_part  # noqa: E402
from tests.conftest import wait_until  # noqa: E402
from tests.e2e import samples  # noqa: E402
from tests.e2e.journeys import PASSWORD  # noqa: E402

PEOPLE = (
    ("administrator", "Ada Lovelace"),
    ("editor", "Eve Okafor"),
    ("staff", "Sam Lindqvist"),
    ("viewer", "Vera Moreau"),
)
BUCKET = "studio-media"
CHANGED = {"Comment": "Everything about the launch", "PriceClass": "PriceClass_100", "DefaultRootObject": "start.html"}


def wait_for_work() -> None:
    """Until nothing is under way that somebody asked for."""
    active = Operation.objects.filter(state__in=Operation.ACTIVE).exclude(lane__in=("propagation", "drift", "import", "privacy"))
    wait_until(lambda: not active.exists(), seconds=60, what=f"the end of {list(active.values_list('title', flat=True))}")


def fault(**fault: Any) -> None:
    httpx.post(f"{settings.SANDBOX_URL}/_sandbox/faults", json=fault, timeout=10).raise_for_status()


def clear_faults() -> None:
    httpx.delete(f"{settings.SANDBOX_URL}/_sandbox/faults", timeout=10).raise_for_status()


def team() -> dict[str, str]:
    """One person of each role, with a password, and one who is shut out. Answers each role's session."""
    first = people.ensure_first_administrator()
    assert first is not None
    administrator = people.accept_invitation(token=first, password=PASSWORD, name=PEOPLE[0][1], email="administrator@example.org")
    for role, name in PEOPLE[1:]:
        invited = people.invite_person(actor=administrator, email=f"{role}@example.org", name="", role=role)
        people.accept_invitation(token=invited.token, password=PASSWORD, name=name)
    out = people.invite_person(actor=administrator, email="former@example.org", name="Fay Former", role="staff")
    people.deactivate_person(actor=administrator, person=out.user)
    return {role: log_in(person) for role, person in found_people().items()}


def found_people() -> dict[str, User]:
    return {role: User.objects.get(email=f"{role}@example.org") for role, _ in PEOPLE}


def log_in(person: User) -> str:
    """The key of a session, as the log-in page makes one."""
    store = SessionStore()
    store[SESSION_KEY] = str(person.pk)
    store[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    store[HASH_SESSION_KEY] = person.get_session_auth_hash()
    store.create()
    return str(store.session_key)


def make(actor: User, name: str, *, make_bucket: bool = False, **wanted: Any) -> Distribution:
    account = AwsAccount.objects.get(is_sandbox=True)
    bucket = Bucket.objects.filter(account=account, name=BUCKET).first() or Bucket(account=account, name=BUCKET)
    return create_distribution_and_bucket(
        actor=actor, bucket_name=BUCKET, make_bucket=make_bucket, wanted=NewDistribution(name=name, bucket=bucket, **wanted)
    )


def begin(actor: User, distribution: Distribution, name: str, content: bytes, *, parts: int | None = None) -> Upload:
    """An upload with all its parts in staging, or only the first `parts`."""
    upload = begin_upload(actor=actor, distribution=distribution, file_name=name, size=len(content), content_type="")
    for number in range(1, (upload.part_count if parts is None else parts) + 1):
        start = (number - 1) * upload.part_size
        piece = content[start : start + upload.part_size]
        receive_part(upload=upload, number=number, stream=io.BytesIO(piece), length=len(piece))
    return upload


def plan(actor: User, press: Distribution, premiere: Distribution) -> dict[str, str]:
    """A plan that was applied, one that is being drawn up, and one whose distribution was changed outside meanwhile."""
    update_distribution(actor=actor, distribution=press, comment="For journalists")
    wait_for_work()
    press.refresh_from_db()
    premiere.refresh_from_db()
    made = {"applied": ChangePlan.objects.get(distribution=press, state="applied")}
    for key, distribution in (("draft", press), ("conflict", premiere)):
        begun = open_draft(actor=actor, distribution=distribution)
        made[key] = edit_plan(actor=actor, plan=begun, edit=lambda config: {**config, **CHANGED})
    made["access"] = plan_access_model(actor=actor, distribution=press, model="oai")
    connection = connection_for(premiere.account)
    outside = {**premiere.config, "Comment": "Changed in the console", "HttpVersion": "http2"}
    seen = aws_distributions.update_distribution(connection, id=premiere.aws_id, config=outside, etag=premiere.etag)
    theirs = record_version(distribution=premiere, etag=seen.etag, config=seen.config, source="outside")
    Distribution.objects.filter(pk=premiere.pk).update(drift=theirs, drift_found_at=timezone.now())
    return {key: each.public_id for key, each in made.items()}


def opened(premiere: Distribution) -> None:
    """A check that found one file open, others silent, and long addresses; before it one that ended early."""
    PrivacyCheck.objects.create(distribution=premiere, trigger="schedule", finished_at=timezone.now())
    check = PrivacyCheck.objects.create(distribution=premiere, trigger="change", verdict="open", finished_at=timezone.now())
    address = f"http://{premiere.domain_name}:9000/{'a-very-long-folder-' * 6}/film.mp4"
    row = {"check_row": check, "subject": f"{'a-very-long-folder-' * 6}/film.mp4", "address": address, "wanted": "refused"}
    for outcome, since in (("open", check.began_at), ("unreachable", check.began_at), ("unreachable", None), ("refused", None)):
        more = {"status": 206 if outcome == "open" else None, "detail": "No answer came in time.", "open_since": since}
        PrivacyProbe.objects.create(way="s3", outcome=outcome, **row, **more)


def old_stream(account: AwsAccount) -> None:
    """As an account of 2010 may still list it."""
    config = {
        "CallerReference": "talks",
        "S3Origin": {"DomainName": "old-talks.s3.amazonaws.com", "OriginAccessIdentity": ""},
        "Aliases": {"Quantity": 1, "Items": ["talks.example.org"]},
        "Comment": "Talks of 2010",
        "Logging": {"Enabled": True, "Bucket": "old-logs.s3.amazonaws.com", "Prefix": "talks/"},
        "TrustedSigners": {"Enabled": True, "Quantity": 1, "Items": ["self"]},
        "Enabled": True,
    }
    connection = connection_for(account)
    id = aws_streaming.create_streaming_distribution(connection, config=config).id
    wait_until(lambda: aws_streaming.get_streaming_distribution(connection, id=id).status == "Deployed", what="an old stream")
    import_distribution(account, aws_streaming.get_streaming_distribution(connection, id=id), family="rtmp", tags={})


def studio(*, video: str) -> dict[str, Any]:
    """A team at work: every state that a page can show is there once."""
    film = base64.b64decode(video)
    if not User.objects.filter(email="administrator@example.org").exists():
        team()
    persons = found_people()
    administrator, editor = persons["administrator"], persons["editor"]
    made = {"Press kit": make(administrator, "Press kit", make_bucket=True, default_root_object="index.html")}
    made["Premiere"] = make(administrator, "Premiere", kind="private", comment="Cuts before they are out")
    made["Archive"] = make(administrator, "Archive 2024", kind="private", access_model="oai", algorithm="rsa-2048")
    wait_until(lambda: not Distribution.objects.filter(arn="").exists(), what="three distributions at CloudFront")
    fault(service="cloudfront", operation="CreateDistribution", code="TooManyDistributions", status=400, message="Over quota.")
    make(administrator, "Trailers")
    for distribution in made.values():
        distribution.refresh_from_db()

    press, premiere = made["Press kit"], made["Premiere"]
    files: list[tuple[Distribution, str, bytes]] = [
        (press, "Launch film.mp4", film),
        (press, "Key art.png", samples.png(hue=0)),
        (press, "Logo on dark.png", samples.png(320, 180, hue=2)),
        (press, "Press release.pdf", samples.pdf()),
        (press, "Jingle.wav", samples.wav()),
        (press, "Credits – long version, with everybody who took part in it.txt", b"Thank you all.\n"),
        (premiere, "First cut.mp4", film),
        (premiere, "First cut, with commentary.mp4", film),
        (premiere, "Interview (uncut).wav", samples.wav(3)),
        (premiere, "Stills.png", samples.png(320, 180, hue=4)),
        (premiere, "Subtitles.vtt", b"WEBVTT\n\n00:00.000 --> 00:01.000\nHello.\n"),
    ]
    for distribution, name, content in files:
        complete_upload(upload=begin(editor, distribution, name, content))
    wait_for_work()
    fault(service="s3", operation="PutObject", code="AccessDenied", status=403, message="Access Denied")
    failed = complete_upload(upload=begin(editor, press, "Outtakes.mp4", film))
    wait_for_work()
    made["Archive"].refresh_from_db()
    update_distribution(actor=administrator, distribution=made["Archive"], enabled=False)
    clear_faults()
    plans = plan(administrator, press, premiere)
    old_stream(press.account)
    look_at_access(actor=administrator, distribution=premiere)
    examine_account(actor=administrator, account=press.account)
    wait_for_work()
    receiving = begin(administrator, premiere, "Second cut.mp4", film * 400, parts=1)

    assets = {asset.title: asset for asset in Asset.objects.select_related("distribution__account", "current_version")}
    later = timezone.now() + timedelta(days=7)
    links = {
        "open": create_share_link(
            actor=persons["staff"], asset=assets["First cut"], expires_at=later, message="For the jury. Please tell nobody."
        ),
        "back": create_share_link(actor=administrator, asset=assets["Launch film"], expires_at=later),
        "short": create_share_link(
            actor=administrator, asset=assets["Stills"], expires_at=timezone.now() + timedelta(milliseconds=300)
        ),
    }
    for visitor in ("viewer", "viewer", "editor"):
        open_share_link(token=share_token(links["open"]), actor=persons[visitor], ip="127.0.0.1")
    revoke_share_link(actor=administrator, link=links["back"])

    opened(premiere)
    sandbox = AwsAccount.objects.get(is_sandbox=True)
    aws_accounts.test_connection(actor=administrator, account=sandbox)
    wrong = aws_accounts.create_aws_account(
        actor=administrator,
        label="Old account",
        region="eu-central-1",
        credentials="static",
        access_key_id="AKIAIOSFODNN7EXAMPLE",
        secret_access_key="not the right one",
        endpoint_url=settings.SANDBOX_URL,
        viewer_base="https://{domain}",
    )
    aws_accounts.test_connection(actor=administrator, account=wrong)
    guest = people.invite_person(actor=administrator, email="guest@example.org", name="", role="viewer")
    operations = Operation.objects.order_by("pk")
    return {
        "people": {role: person.public_id for role, person in persons.items()},
        "distributions": {one.name: one.public_id for one in Distribution.objects.all()},
        "accesses": {access.type: access.public_id for access in OriginAccess.objects.filter(account=sandbox)},
        "assets": {title: asset.public_id for title, asset in assets.items()},
        "failed_asset": failed.version.asset.public_id,
        "upload": receiving.public_id,
        "plans": plans,
        "links": {name: link.public_id for name, link in links.items()},
        "tokens": {name: share_token(link) for name, link in links.items()},
        "accounts": {account.label: account.public_id for account in (sandbox, wrong)},
        "operations": {name: operations.filter(state=name)[0].public_id for name in ("succeeded", "failed")},
        "invitation": guest.token,
        "sessions": {role: log_in(person) for role, person in persons.items()},
    }


def sign(*, asset: str, seconds: int) -> str:
    """A private link that lives so short that no page offers it."""
    person = User.objects.filter(role="administrator", is_active=True).exclude(password="").earliest("pk")
    return sign_asset(actor=person, asset=Asset.objects.get(public_id=asset), seconds=seconds, reason="private_link").url


def go_on(*, upload: str) -> None:
    """As if a part of the upload had come just now: after two minutes without one a page takes it for broken off."""
    Upload.objects.filter(public_id=upload).update(touched_at=timezone.now())


def hold_propagation() -> None:
    """From now on nothing is seen to have reached the edges: CloudFront refuses to be asked."""
    fault(
        service="cloudfront", operation="ListDistributions", code="Throttling", status=400, message="Rate exceeded", times=100_000
    )


TASKS: dict[str, Callable[..., Any]] = {task.__name__: task for task in (team, studio, sign, go_on, hold_propagation)}

if __name__ == "__main__":
    print(json.dumps(TASKS[sys.argv[1]](**json.load(sys.stdin))))
