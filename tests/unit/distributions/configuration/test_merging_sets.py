"""Sets of two people with members that are no plain names: numbers, and host names with a star."""

from __future__ import annotations

import pytest

from distributions.configuration.checks import check_configuration
from distributions.configuration.merging import merge, three_way
from tests.unit.distributions.configuration.drawn import Config, listed
from tests.unit.distributions.configuration.test_merging import changed, made

MEMBERS = listed([{"OriginId": "media"}, {"OriginId": "spare"}])


def grouped() -> Config:
    config = made()
    bucket = config["Origins"]["Items"][0]
    config["Origins"] = listed([bucket, {**bucket, "Id": "spare"}])
    group = {"Id": "both", "FailoverCriteria": {"StatusCodes": listed([500])}, "Members": MEMBERS}
    return {**config, "OriginGroups": listed([group])}


def test_two_who_add_a_failover_code_each_have_both_as_numbers() -> None:
    base, path = grouped(), "OriginGroups.0.FailoverCriteria.StatusCodes"
    theirs, mine = changed(base, path, listed([500, 502])), changed(base, path, listed([500, 504]))
    merged = merge(base, theirs, mine, choices={})
    assert merged["OriginGroups"]["Items"][0]["FailoverCriteria"]["StatusCodes"] == listed([500, 502, 504])
    assert check_configuration(merged, before=base) == []


def test_two_who_add_a_name_beside_one_with_a_star_have_both() -> None:
    base = made(Aliases=listed(["*.example.org"]))
    theirs = {**base, "Aliases": listed(["*.example.org", "t.example.com"])}
    mine = {**base, "Aliases": listed(["*.example.org", "*.example.com"])}
    assert {row.state for row in three_way(base, theirs, mine)} == {"theirs", "mine"}
    merged = merge(base, theirs, mine, choices={})
    assert set(merged["Aliases"]["Items"]) == {"*.example.org", "t.example.com", "*.example.com"}


@pytest.mark.parametrize("name", ["a]b", "a[b", "[a]", "x].DomainName"])
def test_brackets_in_an_origins_name_hide_nothing(name: str) -> None:
    base = made()
    base["Origins"]["Items"][0]["Id"] = base["DefaultCacheBehavior"]["TargetOriginId"] = name
    theirs, mine = changed(base, "Origins.0.ConnectionAttempts", 2), changed(base, "Origins.0.OriginPath", "/mine")
    rows = three_way(base, theirs, mine)
    assert {row.state for row in rows} == {"theirs", "mine"}
    assert {row.section for row in rows} == {f"Origin {name}"}
    (origin,) = merge(base, theirs, mine, choices={row.path: row.state for row in rows})["Origins"]["Items"]
    assert (origin["ConnectionAttempts"], origin["OriginPath"]) == (2, "/mine")
