"""Who the credentials belong to."""

from __future__ import annotations

from dataclasses import dataclass

from cdnadmin.aws.session import Connection, sts
from cdnadmin.aws.translate import translated


@dataclass(frozen=True)
class Identity:
    account_id: str  # 12 digits
    arn: str


def get_caller_identity(connection: Connection) -> Identity:
    with translated("say whose credentials these are"):
        answer = sts(connection).get_caller_identity()
    return Identity(answer["Account"], answer["Arn"])
