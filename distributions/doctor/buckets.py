"""A bucket as such: Block Public Access, ownership, what could not be read of it."""

from __future__ import annotations

from collections.abc import Iterator

from distributions.doctor.findings import Finding
from distributions.doctor.sites import BucketSite, DistributionSite
from distributions.doctor.sorts import CLOSE_BUCKET
from distributions.models import Distribution
from distributions.reach.s3 import is_public_policy
from distributions.reach.state import OWNER_ENFORCED, SWITCHES

Model = Distribution.AccessModel
BY_ACL = {Model.OAI_ACL, Model.PUBLIC_ACL}
# The permission that reads each part of a bucket.
READ_BY = {
    "policy": "s3:GetBucketPolicy",
    "ownership": "s3:GetBucketOwnershipControls",
    "switches": "s3:GetBucketPublicAccessBlock",
    "account_switches": "s3:GetAccountPublicAccessBlock",
    "encryption": "s3:GetEncryptionConfiguration",
    "cors": "s3:GetBucketCORS",
    "owner": "s3:GetBucketAcl",
}


def check_bucket(site: BucketSite) -> Iterator[Finding]:
    truth = site.truth
    if truth.error:
        yield Finding("bucket-unread", f"{site.name} could not be looked at: {truth.error}", subject="all")
        return
    if truth.unread:
        parts = sorted(truth.unread)
        named = ", ".join({"account_switches": "the account’s switches"}.get(part, f"its {part}") for part in parts)
        lacking = "\n".join(READ_BY[part] for part in parts if part in READ_BY)
        yield Finding("bucket-unread", f"Of {site.name} these could not be read: {named}.", subject="parts", details=lacking)
    yield from _switches(site)
    yield from _ownership(site)


def open_because(site: BucketSite) -> str:
    """Why Block Public Access is off on purpose, as the end of a sentence; "" where nothing known here needs it off."""
    public = [each for each in site.distributions if each.access_model == Model.PUBLIC_ACL]
    if public:
        return f"the files of “{public[0].name}” are public by their ACLs"
    if is_public_policy(site.truth.policy) and site.truth.policy is not None:
        return "its policy lets everybody in"
    return ""


def _switches(site: BucketSite) -> Iterator[Finding]:
    truth = site.truth
    if "switches" in truth.unread:
        return
    off = [switch for switch in SWITCHES if switch not in truth.switches and switch not in truth.account_switches]
    if not off:
        return
    named = "All four switches" if len(off) == len(SWITCHES) else ", ".join(off)
    because = open_because(site) if "policy" not in truth.unread else ""
    if because:
        yield Finding("switches-needed", f"{named} of Block Public Access {_are(off)} off at {site.name}, since {because}.")
    elif "policy" not in truth.unread:
        sentence = f"{named} of Block Public Access {_are(off)} off at {site.name}: one wrong policy or ACL would open it."
        yield Finding("switches-off", sentence, mend=CLOSE_BUCKET)


def _are(off: list[str]) -> str:
    return "is" if len(off) == 1 else "are"


def _ownership(site: BucketSite) -> Iterator[Finding]:
    truth = site.truth
    if not truth.ownership or truth.ownership == OWNER_ENFORCED:
        return
    if not any({each.access_model, each.second_model} & BY_ACL for each in site.distributions):
        yield Finding("acls-without-need", f"{site.name} has ACLs on, and no distribution known here opens its files by them.")


def check_ownership(site: DistributionSite) -> Iterator[Finding]:
    """Whether the bucket lets the distribution's access model work at all."""
    distribution, truth = site.distribution, site.truth
    if truth is not None and distribution.access_model in BY_ACL and truth.ownership == OWNER_ENFORCED:
        sentence = (
            f"“{distribution.name}” opens its files by ACLs, and {truth.bucket.name} has them off (bucket owner enforced): "
            "no grant counts, and new files can’t be published."
        )
        yield Finding("acls-off-for-model", sentence)
