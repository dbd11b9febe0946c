"""What boto made of an ACL in 2009, case by case; and what the pass that shuts files makes of it."""

from __future__ import annotations

import pytest

from cdnadmin.aws.objects import ALL_USERS, Acl, Grant
from distributions.access.object_grants import AUTHENTICATED_USERS, EVERYBODY, PUBLIC_READ, GrantChange

OWNER, OAI, FRIEND = "a" * 64, "b" * 96, "c" * 64
OWN, MINE, THEIRS = Grant(OWNER, "FULL_CONTROL"), Grant(OAI, "READ"), Grant(FRIEND, "READ")
ANY_ACCOUNT = Grant(AUTHENTICATED_USERS, "READ")
BEFORE = {"owner": (OWN,), "public": (OWN, PUBLIC_READ), "friend": (OWN, THEIRS), "all": (OWN, PUBLIC_READ, THEIRS, MINE)}


@pytest.mark.parametrize("reader", [MINE, PUBLIC_READ], ids=["identity", "everybody"])
@pytest.mark.parametrize("replace", [True, False])
@pytest.mark.parametrize("before", BEFORE)
def test_the_reader_gets_read_and_others_stay_unless_replaced(reader: Grant, replace: bool, before: str) -> None:
    change, had = GrantChange(add=(reader,), replace=replace), BEFORE[before]
    wanted = {OWN, reader} if replace else {*had, reader}
    made = change.applied_to(Acl(OWNER, had))
    if made is None:
        assert set(had) == wanted, "nothing is written where it is so already"
    else:
        assert set(made.grants) == wanted
        assert len(made.grants) == len(wanted)
        assert change.applied_to(made) is None


def test_shutting_takes_everybody_off_and_nobody_else() -> None:
    change = GrantChange(remove=EVERYBODY)
    made = change.applied_to(Acl(OWNER, (OWN, PUBLIC_READ, Grant(ALL_USERS, "FULL_CONTROL"), ANY_ACCOUNT, THEIRS, MINE)))
    assert made is not None
    assert set(made.grants) == {OWN, THEIRS, MINE}
    assert change.applied_to(made) is None
