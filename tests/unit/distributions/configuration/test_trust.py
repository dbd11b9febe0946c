"""Whom behaviors trust: one kind of signer each, what a change opens, and which links it ends."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cdnadmin.errors import InvalidInput
from distributions.configuration import trust_edits
from distributions.configuration.behavior_checks import ONE_KIND_OF_SIGNER
from distributions.configuration.checks import check_configuration
from distributions.configuration.ending_links import Links, ending_links
from distributions.configuration.trust import covers, openings
from tests.unit.distributions.configuration.drawn import Config, listed
from tests.unit.distributions.configuration.test_consequences import said
from tests.unit.distributions.configuration.test_merging import changed, made

DEFAULT = "DefaultCacheBehavior"
OFF: Config = {"Enabled": False, "Quantity": 0}
LAST = datetime(2026, 12, 3, 14, 0, tzinfo=UTC)


def on(*ids: str) -> Config:
    return {"Enabled": True, **listed(list(ids))}


def behaviors(*patterns: tuple[str, bool], default: bool) -> Config:
    """Each asks for signatures or not."""
    base = made()
    one = base["CacheBehaviors"]["Items"][0]
    items = [{**one, "PathPattern": pattern, "TrustedKeyGroups": on("g1") if signed else OFF} for pattern, signed in patterns]
    return changed({**base, "CacheBehaviors": listed(items)}, f"{DEFAULT}.TrustedKeyGroups", on("g1") if default else OFF)


def test_a_behavior_trusts_one_kind_of_signer_but_what_aws_has_stays() -> None:
    both = changed(made(), f"{DEFAULT}.TrustedSigners", on("self"))
    (problem,) = check_configuration(both, before=made())
    assert (problem.path, problem.message) == (f"{DEFAULT}.TrustedSigners", ONE_KIND_OF_SIGNER)
    assert check_configuration({**both, "Comment": "other"}, before=both) == []
    assert check_configuration(changed(both, f"{DEFAULT}.TrustedKeyGroups", OFF), before=both) == []
    (problem,) = check_configuration(changed(both, "CacheBehaviors.0.TrustedSigners", on("12345")), before=both)
    assert problem.path == "CacheBehaviors[/old/*].TrustedSigners"


@pytest.mark.parametrize(
    ("typed", "signer"),
    [("self", "self"), (" Self ", "self"), ("1234-5678-9012", "123456789012"), ("123456789012", "123456789012")],
)
def test_accounts_are_read_as_people_write_them(typed: str, signer: str) -> None:
    assert trust_edits.read_signer(typed) == signer


@pytest.mark.parametrize("typed", ["", "12345", "selfish", "１２３４５６７８９０１２", "1234567890123", "APKAEXAMPLE1"])
def test_anything_else_is_no_account(typed: str) -> None:
    with pytest.raises(InvalidInput, match="12 digits") as refused:
        trust_edits.read_signer(typed)
    assert refused.value.field == "signer"


def test_edits_touch_whom_one_behavior_trusts_and_nothing_else() -> None:
    base = made()
    added = trust_edits.add_key_group(base, pattern="/old/*", id="g3")
    assert added["CacheBehaviors"]["Items"][0]["TrustedKeyGroups"] == on("g3")
    assert trust_edits.remove_key_group(added, pattern="/old/*", id="g3") == changed(base, "CacheBehaviors.0.TrustedKeyGroups", OFF)
    assert base == made()
    signers = trust_edits.add_signer(changed(base, f"{DEFAULT}.TrustedKeyGroups", OFF), pattern=None, signer="self")
    signers = trust_edits.add_signer(signers, pattern=None, signer="123456789012")
    assert signers[DEFAULT]["TrustedSigners"] == on("self", "123456789012")
    assert trust_edits.remove_signer(signers, pattern=None, signer="self")[DEFAULT]["TrustedSigners"] == on("123456789012")
    moved = trust_edits.move_to_key_group(signers, pattern=None, id="g9")
    assert (moved[DEFAULT]["TrustedKeyGroups"], moved[DEFAULT]["TrustedSigners"]) == (on("g9"), OFF)
    refused: tuple[Callable[[], Config], ...] = (
        lambda: trust_edits.add_key_group(base, pattern=None, id="g1"),
        lambda: trust_edits.add_signer(signers, pattern=None, signer="self"),
        lambda: trust_edits.remove_signer(base, pattern=None, signer="self"),
        lambda: trust_edits.add_key_group(base, pattern="/none/*", id="g3"),
    )
    for edit in refused:
        with pytest.raises(InvalidInput):
            edit()


@pytest.mark.parametrize(
    ("before", "after", "paths"),
    [
        (behaviors(default=True), behaviors(default=False), ["*"]),
        (behaviors(("/a/*", True), default=False), behaviors(("/a/*", False), default=False), ["/a/*"]),
        (behaviors(("/a/*", True), default=False), behaviors(default=False), ["/a/*"]),
        (behaviors(("/a/*", True), default=True), behaviors(default=True), []),
        (behaviors(default=True), behaviors(("/a/*", False), default=True), ["/a/*"]),
        (behaviors(("/a/*", True), default=True), behaviors(("/a/*", True), default=False), ["*"]),
        (
            behaviors(("/a/*", True), ("*.mp4", False), default=False),
            behaviors(("*.mp4", False), ("/a/*", True), default=False),
            ["*.mp4 and /a/*"],
        ),
        (
            behaviors(("*.mp4", False), ("/a/*", True), default=False),
            behaviors(("/a/*", True), ("*.mp4", False), default=False),
            [],
        ),
        (behaviors(("/a/*", True), default=False), behaviors(("a/*", True), default=False), []),
        (behaviors(("/a/*", True), default=False), behaviors(("/a/b/*", True), default=False), ["/a/*"]),
    ],
)
def test_what_a_change_opens_is_named_by_its_paths(before: Config, after: Config, paths: list[str]) -> None:
    assert [each.paths for each in openings(before, after)] == paths
    errors = [each for each in said(before, after) if "can open" in each or "can be opened" in each]
    assert errors == [f"error: {each.sentence}" for each in openings(before, after)]
    assert openings(before, before) == openings(after, after) == []


def test_a_streaming_distribution_is_one_whole() -> None:
    old: dict[str, Any] = {
        "S3Origin": {"DomainName": "x", "OriginAccessIdentity": ""},
        "Enabled": True,
        "TrustedSigners": on("self"),
    }
    assert [each.paths for each in openings(old, {**old, "TrustedSigners": OFF})] == ["*"]


PATTERNS = st.sampled_from(["/a/*", "/a/b*", "*.mp4", "/a/?", "*b*", "/b/*", "a/*.mp4"])
PATHS = ["/a/x", "/a/b", "/a/bx", "/a/x.mp4", "/a/b.mp4", "/b/x", "/b/b.mp4", "/x", "/x.mp4", "/xb"]


def fits(pattern: str, path: str) -> bool:
    text = re.escape(pattern.removeprefix("/")).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(text, path.removeprefix("/")) is not None


def asks(config: Config, path: str) -> bool:
    for each in config["CacheBehaviors"].get("Items", []):
        if fits(each["PathPattern"], path):
            return bool(each["TrustedKeyGroups"]["Enabled"])
    return bool(config[DEFAULT]["TrustedKeyGroups"]["Enabled"])


SIDES = st.builds(
    lambda rows, default: behaviors(*rows, default=default),
    st.lists(st.tuples(PATTERNS, st.booleans()), max_size=4, unique_by=lambda row: row[0]),
    st.booleans(),
)


@given(before=SIDES, after=SIDES)
@settings(max_examples=150, deadline=None)
@example(before=behaviors(("/a/*", True), default=False), after=behaviors(("*b*", False), ("/a/*", True), default=False))
def test_no_path_is_opened_unsaid(before: Config, after: Config) -> None:
    opened = [path for path in PATHS if asks(before, path) and not asks(after, path)]
    found = openings(before, after)
    for path in opened:
        assert any(all(fits(pattern, path) for pattern in each.paths.split(" and ")) for each in found), (path, found)


@given(one=PATTERNS, other=PATTERNS)
def test_a_pattern_covers_only_what_it_fits(one: str, other: str) -> None:
    if covers(one, other):
        assert [path for path in PATHS if fits(other, path)] == [path for path in PATHS if fits(other, path) and fits(one, path)]
    assert covers("*", one)
    assert covers(one, one)
    assert not covers("/a/?", "/a/*")


KEYS = {"g1": ("K1", "K2"), "g2": ("K2",), "g9": ("K9",), "123456789012": ("APKA1", "APKA2"), "self": ()}
NAMES = {"g1": "shared", "K1": "Main key"}


def ended(before: Config, after: Config, *links: Links) -> list[str]:
    asked: list[Iterable[Links]] = []

    def hand() -> Iterable[Links]:
        asked.append(links)
        return links

    found = [f"{each.tone}: {each.sentence}" for each in ending_links(before, after, keys=KEYS, names=NAMES, links=hand)]
    assert len(asked) <= 1
    return found


def test_taking_a_key_group_out_says_which_keys_and_how_many_links_end() -> None:
    base = made()
    links = (Links("K1", "/film.mp4", 2, LAST), Links("K2", "/film.mp4", 5, LAST), Links("K1", "/old/film.mp4", 7, LAST))
    (said_so,) = ended(base, trust_edits.remove_key_group(base, pattern=None, id="g1"), *links)
    assert said_so == (
        "error: Signatures by Main key (K1), of the key group “shared”, end under this distribution. 2 valid links of here end "
        "with it; the last would have opened until 3 December 2026, 14:00 UTC. None can be signed again by another key: each "
        "link has to be made anew."
    ), "K2 stays trusted through the other group, and /old/* is another behavior’s"
    (said_so,) = ended(base, trust_edits.remove_key_group(base, pattern=None, id="g1"))
    assert said_so.startswith("warning: ")
    assert "No link that was handed out here" in said_so
    (said_so,) = ended(base, trust_edits.remove_key_group(base, pattern=None, id="g2"), *links)
    assert said_so.startswith("info: ")
    # Open to everybody, no link ends; and nothing is asked for.
    opened = changed(base, f"{DEFAULT}.TrustedKeyGroups", OFF)
    assert ended(base, opened, *links) == ended(opened, base, *links) == []


def test_moving_from_accounts_to_key_groups_says_which_links_it_ends() -> None:
    signers = changed(changed(made(), f"{DEFAULT}.TrustedKeyGroups", OFF), f"{DEFAULT}.TrustedSigners", on("123456789012"))
    moved = trust_edits.move_to_key_group(signers, pattern=None, id="g9")
    links = (Links("APKA1", "/film/*", 1, LAST), Links("K9", "/film/*", 3, LAST))
    (said_so,) = ended(signers, moved, *links)
    assert said_so.startswith(
        "error: Signatures by the key pairs APKA1 and APKA2 of the account 123456789012 end under this distribution. 1 link that "
        "was handed out here and is still valid ends with it; the last would have opened until 3 December 2026"
    )
    assert "None can be signed again by another key" in said_so
    none = changed(signers, f"{DEFAULT}.TrustedSigners", on("self"))
    (said_so,) = ended(none, trust_edits.move_to_key_group(none, pattern=None, id="g9"), links[1])
    assert said_so.startswith("info: ")
    assert "AWS names no active key pair: none works now either." in said_so
    unknown = changed(signers, f"{DEFAULT}.TrustedSigners", on("999999999999"))
    (said_so,) = ended(unknown, trust_edits.move_to_key_group(unknown, pattern=None, id="g9"), *links)
    assert said_so.startswith("error: Every signature by key pairs of the account 999999999999 ends")


def test_a_behavior_that_goes_is_followed_to_whom_answers_for_it() -> None:
    base = behaviors(("/a/*", True), default=True)
    base["CacheBehaviors"]["Items"][0]["TrustedKeyGroups"] = on("g9")
    (said_so,) = ended(base, {**base, "CacheBehaviors": listed([])}, Links("K9", "/a/x", 1, LAST), Links("K9", "/b", 1, LAST))
    assert "of the key group “g9”, end under /a/*. 1 link" in said_so
