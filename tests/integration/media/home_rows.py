"""Rows for tests of the first page, and the page as each role gets it. No sandbox behind: nothing there asks AWS."""

from __future__ import annotations

from datetime import timedelta

from django.test import Client
from django.utils import timezone

from cdnadmin.accounts.models import User
from cdnadmin.operations.models import Operation
from distributions.models import Distribution
from media.models import Asset, AssetVersion, MediaObject, ShareLink


def person(role: str) -> User:
    found = User.objects.filter(email=f"{role}@example.com").first()
    return found or User.objects.create_user(f"{role}@example.com", "a long pass phrase", role=role)


def page_of(role: str, path: str = "/", **headers: str) -> str:
    browser = Client()
    browser.force_login(person(role))
    response = browser.get(path, headers=headers)
    assert response.status_code == 200
    text: str = response.content.decode()
    return text


def make_asset(distribution: Distribution, title: str = "Harbour cut 4", *, state: str = "ready", type: str = "video") -> Asset:
    asset = Asset.objects.create(distribution=distribution, title=title, slug="film", type=type)
    version = AssetVersion.objects.create(asset=asset, state=state)
    key = f"{distribution.prefix}{asset.public_id}/film"
    MediaObject.objects.create(
        version=version, bucket=distribution.own_bucket, key=key, file_name="film.mp4", size=7, content_type="video/mp4"
    )
    asset.current_version = version
    asset.save(update_fields=["current_version"])
    return asset


def make_link(asset: Asset, by: User, *, days: float = 3) -> ShareLink:
    return ShareLink.objects.create(asset=asset, expires_at=timezone.now() + timedelta(days=days), created_by=by)


def make_operation(target: str, *, state: str = "failed", kind: str = "publish_asset", **values: object) -> Operation:
    finished = timezone.now() if state == "failed" else None
    return Operation.objects.create(
        kind=kind, target=target, title=f"Work on {target}", state=state, finished_at=finished, **values
    )
