"""How far the house is on its way from nothing to a private video that plays."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from cdnadmin.accounts.models import AwsAccount, User
from cdnadmin.accounts.permissions import Action, may
from distributions.models import Distribution
from media.models import Asset, AssetVersion, ShareLink
from media.queries.library import visible_assets
from media.queries.share import visible_links

# Rows looked through for the best example. Further back nothing can help a beginner, and every visit pays for it.
LOOKED_AT = 50

_UNUSABLE = (Distribution.Status.FAILED, Distribution.Status.DISABLED)
_WORDS = {
    Distribution.Status.CREATING: "being created",
    Distribution.Status.IN_PROGRESS: "reaching the edges",
    Distribution.Status.DEPLOYED: "live",
}


@dataclass(frozen=True)
class Step:
    """One of the four. `state` is done, current or ahead; `fact` says how it stands.

    `action` names what to press on the current step: connect, test, create, upload, share, or "" where there is
    nothing for this person to press. `live` while something moves by itself. `at` ends the sentence with a time.
    """

    name: str
    state: str
    fact: str
    action: str = ""
    live: bool = False
    at: datetime | None = None


@dataclass(frozen=True)
class Guide:
    """The steps, and the rows that stand for them: of one story, the newest link's where there is one."""

    steps: tuple[Step, ...]
    account: AwsAccount | None
    distribution: Distribution | None
    asset: Asset | None
    link: ShareLink | None

    @property
    def done(self) -> int:
        return sum(step.state == "done" for step in self.steps)

    @property
    def is_complete(self) -> bool:
        return self.done == len(self.steps)

    @property
    def is_live(self) -> bool:
        return any(step.live for step in self.steps)

    @property
    def opens(self) -> bool:
        """Whether the link still does."""
        return self.link is not None and self.link.expires_at > timezone.now()


def guide_for(actor: User) -> Guide | None:
    """None for people with no part in it; who may only share has one once there is something to share."""
    link = _best(_shared(actor), lambda each: (each.expires_at > timezone.now(), *_private_video(each.asset)))
    asset = link.asset if link else None
    moving: Asset | None = None
    if asset is None:
        newest = list(_newest_assets(actor))
        asset = _best((each for each in newest if _state(each) == AssetVersion.State.READY), _private_video)
        moving = next((each for each in newest if _state(each) in {"uploading", "publishing"}), None)
    distribution = asset.distribution if asset else _best(_distributions(), lambda each: (bool(each.arn), each.is_private))
    account = distribution.account if distribution else _best(AwsAccount.objects.all()[:LOOKED_AT], _connected)
    found = (
        _connect(actor, account, distribution),
        _distribution(actor, distribution),
        _upload(actor, distribution, asset, moving),
        _share(actor, link),
    )
    steps = tuple(_in_turn(found))
    if not may(actor, Action.MANAGE_DISTRIBUTIONS) and not may(actor, Action.UPLOAD_MEDIA):
        has_a_part = may(actor, Action.MAKE_SHARE_LINK) and all(step.state == "done" for step in steps[:3])
        if not has_a_part:
            return None
    return Guide(steps, account, distribution, asset, link)


def _shared(actor: User) -> Iterable[ShareLink]:
    return (
        visible_links(actor)
        .filter(revoked_at=None, asset__current_version__state=AssetVersion.State.READY)
        .exclude(asset__distribution__status__in=_UNUSABLE)
        .select_related("asset__distribution__account", "asset__current_version")
        .order_by("-pk")[:LOOKED_AT]
    )


def _newest_assets(actor: User) -> Iterable[Asset]:
    found = visible_assets(actor).exclude(distribution__status__in=_UNUSABLE)
    return found.select_related("distribution__account", "current_version").order_by("-created_at", "-pk")[:LOOKED_AT]


def _distributions() -> Iterable[Distribution]:
    return Distribution.objects.exclude(status__in=_UNUSABLE).select_related("account")[:LOOKED_AT]


def _state(asset: Asset) -> str:
    return asset.current_version.state if asset.current_version else ""


def _private_video(asset: Asset) -> tuple[bool, bool]:
    return asset.distribution.is_private, asset.type == Asset.Type.VIDEO


def _connected(account: AwsAccount) -> bool:
    return account.is_sandbox or account.test_result.get("ok", False)


def _best[T](found: Iterable[T], worth: Callable[[T], object]) -> T | None:
    """The first of those that are worth most."""
    return max(found, key=worth, default=None)  # type: ignore[arg-type]


def _in_turn(steps: Iterable[Step]) -> Iterable[Step]:
    """The first that is not done is the current one, and it alone has something to press."""
    current = False
    for step in steps:
        if step.state == "done" or not current:
            current = current or step.state != "done"
            yield step
        else:
            yield Step(step.name, "ahead", step.fact, live=step.live)


def _connect(actor: User, account: AwsAccount | None, distribution: Distribution | None) -> Step:
    if account is None:
        if may(actor, Action.MANAGE_ACCOUNTS):
            return Step("connect", "current", "The AWS account that your files will be in.", action="connect")
        return Step("connect", "current", "An administrator connects an AWS account.")
    if account.is_sandbox:
        return Step("connect", "done", f"{account.label}, a local account")
    if account.test_result.get("ok"):
        return Step("connect", "done", f"{account.label}, tested", at=account.tested_at)
    if distribution is not None and distribution.arn:
        return Step("connect", "done", f"{account.label}, in use")
    fact = f"{account.label} did not work when last tested." if account.tested_at else f"{account.label} is not tested yet."
    return Step("connect", "current", fact, action="test" if may(actor, Action.MANAGE_ACCOUNTS) else "")


def _distribution(actor: User, distribution: Distribution | None) -> Step:
    if distribution is None:
        if may(actor, Action.MANAGE_DISTRIBUTIONS):
            return Step("distribution", "current", "Private: only who has a signed address can open it.", action="create")
        return Step("distribution", "current", "An administrator creates one.")
    word = _WORDS.get(Distribution.Status(distribution.status), "")
    moves = distribution.status != Distribution.Status.DEPLOYED
    if not distribution.arn:
        return Step("distribution", "current", f"{distribution.name} is {word}.", live=moves)
    return Step("distribution", "done", f"{distribution.name}, {distribution.kind}, {word}", live=moves)


def _upload(actor: User, distribution: Distribution | None, asset: Asset | None, moving: Asset | None) -> Step:
    if asset is not None:
        played = asset.type in {Asset.Type.VIDEO, Asset.Type.AUDIO}
        return Step("upload", "done", f"{asset.title}, {'playable' if played else 'ready'}")
    if moving is not None:
        doing = "uploading" if _state(moving) == AssetVersion.State.UPLOADING else "being published"
        return Step("upload", "current", f"{moving.title} is {doing}.", live=True)
    if not may(actor, Action.UPLOAD_MEDIA):
        return Step("upload", "current", "An editor uploads it.")
    takes_files = distribution is not None and bool(distribution.arn)
    return Step("upload", "current", "A file from this computer, as large as it is.", action="upload" if takes_files else "")


def _share(actor: User, link: ShareLink | None) -> Step:
    if link is not None:
        return Step("share", "done", "Open until" if link.expires_at > timezone.now() else "Ended", at=link.expires_at)
    return Step("share", "current", "A link that ends when you say.", action="share" if may(actor, Action.MAKE_SHARE_LINK) else "")
