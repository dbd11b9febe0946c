"""Who may sign: what AWS says of it now, and changes of it, each into the plan of its distribution."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from cdnadmin.accounts.models import User
from cdnadmin.accounts.permissions import Action, require
from cdnadmin.accounts.services.credentials import connection_for
from cdnadmin.aws import distributions as aws_distributions
from cdnadmin.aws import streaming as aws_streaming
from cdnadmin.errors import Conflict, InvalidInput, NotReady
from distributions.configuration.trust_edits import move_to_key_group
from distributions.models import ChangePlan, Distribution, KeyGroup
from distributions.seen import active_values
from distributions.services.plans import edit_plan, open_draft

Config = dict[str, Any]


def look_at_signers(*, actor: User, distribution: Distribution) -> None:
    """Ask AWS now which keys can sign, and write it down. Someone waits: one try. Raises AwsError, NotReady, NotAllowed.

    The configuration read with it is left alone: whether it changed outside, the check for drift tells.
    """
    require(actor, Action.VIEW_DISTRIBUTIONS, distribution)
    if not distribution.aws_id or distribution.status == Distribution.Status.GONE:
        raise NotReady("CloudFront does not have this distribution: there is nobody to ask about.")
    connection = replace(connection_for(distribution.account), impatient=True)
    if distribution.family == Distribution.Family.RTMP:
        seen = aws_streaming.get_streaming_distribution(connection, id=distribution.aws_id)
    else:
        seen = aws_distributions.get_distribution(connection, id=distribution.aws_id)
    Distribution.objects.filter(pk=distribution.pk).update(**active_values(seen))


def plan_trust(*, actor: User, distribution: Distribution, edit: Callable[[Config], Config]) -> ChangePlan:
    """Put an edit of whom a behavior trusts into the person's plan, begun where there is none; nothing is sent to AWS.

    Raises InvalidInput (its field: "key_group" or "signer"), Conflict, NotReady, NotAllowed.
    """
    if distribution.family != Distribution.Family.WEB:
        raise Conflict("Streaming distributions of old have no behaviors: AWS shut them down in 2020. Build a successor instead.")
    plan = open_draft(actor=actor, distribution=distribution)
    return edit_plan(actor=actor, plan=plan, edit=edit)


def plan_move_to_key_groups(*, actor: User, distribution: Distribution, pattern: str | None) -> ChangePlan:
    """Have a behavior trust the account's shared key group instead of AWS accounts: one change, in the plan.

    Raises InvalidInput where the account has no key group of its own yet, and as `plan_trust`.
    """
    group = KeyGroup.objects.filter(account=distribution.account, is_default=True).exclude(aws_id="").first()
    if group is None:
        raise InvalidInput(
            "This account has no shared key group yet: the first private distribution that is created here makes one. "
            "Or add a key group by hand once the accounts are taken out."
        )
    id = group.aws_id

    def edit(config: Config) -> Config:
        return move_to_key_group(config, pattern=pattern, id=id)

    return plan_trust(actor=actor, distribution=distribution, edit=edit)
