"""Changes as plans: drafted, shown, applied, reconciled with what others did meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from typing import Any

from django.db import transaction
from django.utils import timezone

from cdnadmin.accounts.audit import record
from cdnadmin.accounts.models import User
from cdnadmin.accounts.permissions import Action, require
from cdnadmin.errors import Conflict, InvalidInput
from cdnadmin.operations.models import Operation
from cdnadmin.operations.services import request_operation
from distributions.access.switching import Switch, agrees, switch_of
from distributions.configuration.differences import compare
from distributions.configuration.merging import merge
from distributions.configuration.trust import openings
from distributions.guards import require_changeable, require_sound
from distributions.models import ChangePlan, ConfigurationVersion, Distribution
from distributions.services.drift import accept_drift
from distributions.versions import current_version

Config = dict[str, Any]


def open_draft(*, actor: User, distribution: Distribution) -> ChangePlan:
    """The person's draft for this distribution: the one begun before, or a new one from what AWS was last seen to have.

    A draft in which nothing would change is begun anew from today's configuration. Raises Conflict, NotReady, NotAllowed.
    """
    require(actor, Action.MANAGE_DISTRIBUTIONS, distribution)
    require_changeable(distribution)
    mine = ChangePlan.objects.filter(distribution=distribution, author=actor, state__in=ChangePlan.OPEN).select_related("base")
    found = mine.order_by("-changed_at").first()
    if found is not None and not is_empty(found):
        return found
    if found is not None:
        found.delete()
    return _new_plan(actor, distribution, distribution.config, "")


def _new_plan(
    actor: User, distribution: Distribution, config: Config, title: str, base: ConfigurationVersion | None = None
) -> ChangePlan:
    return ChangePlan.objects.create(
        distribution=distribution, author=actor, title=title[:200], base=base or current_version(distribution), wanted=config
    )


def plan_change(*, actor: User, distribution: Distribution, wanted: Config, title: str = "", etag: str = "") -> ChangePlan:
    """A plan for the whole configuration `wanted`, made from the version with `etag` ("": today's)."""
    require(actor, Action.MANAGE_DISTRIBUTIONS, distribution)
    require_changeable(distribution)
    base = ConfigurationVersion.objects.filter(distribution=distribution, etag=etag).first() if etag else None
    return _new_plan(actor, distribution, wanted, title, base)


def plan_restoring(*, actor: User, distribution: Distribution, version: ConfigurationVersion) -> ChangePlan:
    """A plan that puts an earlier configuration back; what it names and is gone by now, CloudFront will refuse."""
    if version.distribution_id != distribution.pk:
        raise InvalidInput("This version belongs to another distribution.")
    title = f"Put version {version.number} of {distribution.name} back"
    return plan_change(actor=actor, distribution=distribution, wanted=version.config, title=title)


def edit_plan(*, actor: User, plan: ChangePlan, edit: Callable[[Config], Config]) -> ChangePlan:
    """Change the plan's configuration by a pure function of it: edits of several tabs or people follow one another.

    Raises Conflict once it is applied, InvalidInput from `edit` and for what CloudFront would refuse.
    """
    require(actor, Action.MANAGE_DISTRIBUTIONS, plan.distribution)
    with transaction.atomic():
        locked = _open_plan(plan)
        changed = edit(locked.wanted)
        require_sound(locked.distribution, changed)
        return _keep(locked, wanted=changed)


def set_plan_tags(*, actor: User, plan: ChangePlan, tags: Mapping[str, str]) -> ChangePlan:
    require(actor, Action.MANAGE_DISTRIBUTIONS, plan.distribution)
    with transaction.atomic():
        locked = _open_plan(plan)
        require_sound(locked.distribution, locked.wanted, dict(tags))
        base = locked.distribution.tags if locked.wanted_tags is None else locked.base_tags
        return _keep(locked, wanted_tags=dict(tags), base_tags=base)


def _open_plan(plan: ChangePlan) -> ChangePlan:
    locked = ChangePlan.objects.select_for_update().select_related("distribution", "base").get(pk=plan.pk)
    if not locked.is_open:
        raise Conflict(f"This plan is {locked.get_state_display().lower()}: begin a new one.")
    return locked


def _keep(plan: ChangePlan, **values: Any) -> ChangePlan:
    values = {"state": ChangePlan.State.DRAFT if plan.state == ChangePlan.State.FAILED else plan.state, **values}
    for name, value in values.items():
        setattr(plan, name, value)
    plan.changed_at = timezone.now()
    plan.save(update_fields=[*values, "changed_at"])
    return plan


def is_empty(plan: ChangePlan) -> bool:
    tags = plan.wanted_tags is not None and plan.wanted_tags != plan.base_tags
    chosen = plan.wanted_model if agrees(plan.wanted_model, plan.wanted) else ""
    model = chosen not in {"", plan.base_model or plan.distribution.access_model}
    return not tags and not model and not compare(plan.base.config, plan.wanted)


def theirs_of(plan: ChangePlan) -> ConfigurationVersion | None:
    """What AWS has now instead of the plan's base, if that differs: changed by a colleague, or outside."""
    distribution = plan.distribution
    if distribution.drift_id is not None:
        found = distribution.drift
    elif plan.state == ChangePlan.State.CONFLICT and plan.theirs is not None:
        # What was found then may have been accepted, or changed again, since.
        found = plan.theirs if plan.theirs.etag == distribution.etag else current_version(distribution)
    else:
        found = current_version(distribution)
    if found is None or found.pk == plan.base_id or not compare(plan.base.config, found.config):
        return None
    # What is wanted stands there already: this plan itself may have written it before a later step of it failed.
    return found if compare(plan.wanted, found.config) else None


def resolve_plan(*, actor: User, plan: ChangePlan, choices: Mapping[str, str], seen: str) -> ChangePlan:
    """Rebase the plan onto what others made of it, field by field. `choices`: path → "mine" or "theirs".

    `seen` is the ETag of their configuration as it was shown. Raises InvalidInput for a field without a choice,
    Conflict where it has changed again.
    """
    require(actor, Action.MANAGE_DISTRIBUTIONS, plan.distribution)
    with transaction.atomic():
        locked = _open_plan(plan)
        theirs = theirs_of(locked)
        if theirs is None:
            return _keep(locked, state=ChangePlan.State.DRAFT, theirs=None, base=current_version(locked.distribution))
        if theirs.etag != seen:
            raise Conflict("It was changed again while you chose. Look at it once more.")
        merged = merge(locked.base.config, theirs.config, locked.wanted, choices=choices)
        require_sound(locked.distribution, merged)
        return _keep(locked, base=theirs, theirs=None, wanted=merged, state=ChangePlan.State.DRAFT)


def discard_plan(*, actor: User, plan: ChangePlan) -> None:
    """Give the plan up. What a change that failed had opened at buckets already is shut again by an operation."""
    require(actor, Action.MANAGE_DISTRIBUTIONS, plan.distribution)
    with transaction.atomic():
        locked = _open_plan(plan)
        failed = locked.state == ChangePlan.State.FAILED
        _keep(locked, state=ChangePlan.State.DISCARDED)
        switch = switch_of(locked.distribution, locked)
        if failed and switch.changes_access:
            with suppress(Conflict):  # another change is under way: it settles the statements itself
                request_operation(
                    kind="tidy_access",
                    target=locked.distribution.reference,
                    title=f"Shut what a change of {locked.distribution.name} had opened"[:200],
                    actor=actor,
                    input={"buckets": switch.buckets, "files": switch.opens_files_first or switch.sets_files_last},
                )


def apply_plan(*, actor: User, plan: ChangePlan, opens_confirmed: Collection[str] = ()) -> Operation:
    """Ask for the operation that writes the plan at CloudFront.

    `opens_confirmed`: the sentences (`openings`) of what becomes public, as somebody read and confirmed them. One that is
    missing, as where the plan was edited in another tab meanwhile, and nothing is done.
    Raises Conflict (nothing would change; others changed it: `theirs_of`; a change is under way), InvalidInput, NotAllowed.
    """
    require(actor, Action.MANAGE_DISTRIBUTIONS, plan.distribution)
    with transaction.atomic():
        locked = _open_plan(plan)
        distribution = locked.distribution
        require_changeable(distribution)
        if is_empty(locked):
            raise Conflict("Nothing would change: CloudFront has it like this already.", code="unchanged")
        if theirs_of(locked) is not None:
            raise Conflict("Others changed it since this plan was begun. Choose first what shall stay.", code="changed_outside")
        require_sound(distribution, locked.wanted, locked.wanted_tags)
        opens = [each.sentence for each in openings(locked.base.config, locked.wanted)]
        if unconfirmed := [sentence for sentence in opens if sentence not in opens_confirmed]:
            paths = " ".join(unconfirmed)
            raise InvalidInput(f"Paths become public. {paths} Confirm that, or take it out of the plan.", field="opens_confirmed")
        title = locked.title or _title(distribution, locked)
        locked.base_model = distribution.access_model
        switch = switch_of(distribution, locked)
        operation = request_operation(
            kind="update_distribution",
            target=distribution.reference,
            title=title[:200],
            actor=actor,
            input={
                "plan": locked.public_id,
                "access": switch.changes_access,
                "files_first": switch.opens_files_first,
                "files_last": switch.sets_files_last,
                "tags": locked.wanted_tags is not None,
            },
        )
        _keep(locked, state=ChangePlan.State.APPLYING, title=title[:200], note="", base_model=locked.base_model)
        differences = compare(locked.base.config, locked.wanted)
        record(
            actor=actor,
            action=_action(locked),
            target=distribution.reference,
            label=distribution.name,
            before={each.path: each.before_words for each in differences} | _model(switch, switch.old.model),
            after={each.path: each.after_words for each in differences}
            | _model(switch, switch.new.model)
            | _tags(locked)
            | _opened(opens),
        )
    return operation


def _opened(sentences: list[str]) -> dict[str, object]:
    return {"Made public": sentences} if sentences else {}


def _model(switch: Switch, model: str) -> dict[str, object]:
    return {"access_model": model} if switch.old.model != switch.new.model else {}


def _tags(plan: ChangePlan) -> dict[str, object]:
    return {} if plan.wanted_tags is None else {"Tags": plan.wanted_tags}


def _switches(plan: ChangePlan) -> bool | None:
    """On or off, where that is all there is to the plan."""
    differences = compare(plan.base.config, plan.wanted)
    only = plan.wanted_tags is None and not plan.wanted_model and [each.path for each in differences] == ["Enabled"]
    return bool(plan.wanted["Enabled"]) if only else None


def _action(plan: ChangePlan) -> str:
    """Whether viewers get in at all is read in the trail as what it is."""
    on = _switches(plan)
    return "update_distribution" if on is None else "enable_distribution" if on else "disable_distribution"


def _title(distribution: Distribution, plan: ChangePlan) -> str:
    on = _switches(plan)
    return f"{'Change' if on is None else 'Enable' if on else 'Disable'} {distribution.name}"


def settle_drift(*, actor: User, distribution: Distribution, choices: Mapping[str, str], seen: str) -> ChangePlan | None:
    """Decide about what was changed outside, field by field: "theirs" stays, "mine" is put back by the plan answered.

    None where all of theirs stays. Raises Conflict where it has changed again.
    """
    require(actor, Action.MANAGE_DISTRIBUTIONS, distribution)
    drift = distribution.drift
    if drift is None or drift.etag != seen:
        raise Conflict("It was changed again while you chose. Look at it once more.")
    ours = distribution.config
    back = {path for path, choice in choices.items() if choice == "mine"}
    differing = compare(ours, drift.config)
    if not back:
        accept_drift(actor=actor, distribution=distribution)
        return None
    require_changeable(distribution)
    # Seen from theirs, putting ours back is a change like any other.
    kept = {each.path: "theirs" for each in differing if each.path not in back}
    put_back = merge(drift.config, drift.config, ours, choices={**dict.fromkeys(back, "mine"), **kept})
    require_sound(distribution, put_back)
    accept_drift(actor=actor, distribution=distribution)
    distribution.refresh_from_db()
    return _new_plan(actor, distribution, put_back, f"Put back what was changed outside: {distribution.name}")
