"""What the one user may not do: IAM's side of every answer, set by tests and demos. Until then everything is allowed.

Sources: IAM User Guide, "Policy evaluation logic"; each service's "Actions, resources, and condition keys".
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from cdnadmin.sandbox.http import Fault
from cdnadmin.sandbox.principals import ACCOUNT_ID

USER_ARN = f"arn:aws:iam::{ACCOUNT_ID}:user/sandbox"
# An account may always ask who it is: STS, "GetCallerIdentity".
_ALWAYS = {"sts:getcalleridentity"}


class Permissions:
    """The actions that no policy of the user's allows, as "s3:PutBucketPolicy"; one without a service may not be named."""

    def __init__(self) -> None:
        self.denied: tuple[str, ...] = ()

    def deny(self, actions: object) -> None:
        """Deny exactly these from now on. Raises ValueError for what is no list of actions."""
        if not isinstance(actions, list) or not all(isinstance(name, str) and is_action(name) for name in actions):
            raise ValueError('deny is a list of actions, as in ["s3:PutBucketPolicy"].')
        self.denied = tuple(dict.fromkeys(actions))

    def denies(self, action: str) -> bool:
        """Whether the user lacks this action. Names are compared without case, as IAM compares them."""
        wanted = action.lower()
        return wanted not in _ALWAYS and any(wanted == name.lower() for name in self.denied)

    def require(self, actions: Iterable[str], resource: str = "*") -> None:
        """Raises Fault AccessDenied for the first action that the user lacks; each service puts it in its own form."""
        for action in actions:
            if self.denies(action):
                raise Fault(403, "AccessDenied", refusal(action, resource))


def is_action(name: str) -> bool:
    return re.fullmatch(r"[a-z0-9-]+:[A-Za-z0-9]+", name) is not None


def refusal(action: str, resource: str) -> str:
    text = f"User: {USER_ARN} is not authorized to perform: {action} on resource: {resource}"
    return f"{text} because no identity-based policy allows the {action} action"
