"""Who gets a distribution's files past what is meant: strangers at S3, other distributions, behaviors without signatures."""

from __future__ import annotations

from collections.abc import Iterator

from distributions.doctor.findings import Finding
from distributions.doctor.sites import DistributionSite
from distributions.doctor.sorts import CLOSE_BUCKET
from distributions.models import Distribution
from distributions.reach.edge import may_open
from distributions.reach.paths_to import Way, unsigned_ways
from distributions.reach.s3 import may_list, may_read
from distributions.reach.state import ObjectState
from distributions.reach.visitors import Stranger

Model = Distribution.AccessModel
NAMED = 3


def check_reach(site: DistributionSite) -> Iterator[Finding]:
    yield from _at_s3(site)
    if site.distribution.is_private:
        yield from _own_behaviors(site)
        yield from _through_others(site)


def _at_s3(site: DistributionSite) -> Iterator[Finding]:
    bucket, distribution = site.bucket, site.distribution
    if bucket is None or not site.reads:
        return
    meant = distribution.access_model in {Model.PUBLIC_ACL, Model.OPEN} and not distribution.is_private
    opened = next((verdict for each in site.states() if (verdict := may_read(bucket, each, Stranger())).allowed), None)
    if opened is not None and not meant:
        code = "public-bucket" if distribution.is_private else "bypass"
        yield Finding(code, f"“{distribution.name}”: {opened.sentence}", mend=CLOSE_BUCKET)
    if not distribution.is_private and meant:
        return
    listed = may_list(bucket, Stranger(), distribution.prefix)
    if listed.allowed:
        yield Finding("listing-open", listed.sentence, subject=bucket.name, mend=CLOSE_BUCKET)


def _own_behaviors(site: DistributionSite) -> Iterator[Finding]:
    if site.bucket is None:
        return
    for way in unsigned_ways(site.config, site.bucket.name, site.distribution.prefix):
        if _lets_in(site, site.distribution, way):
            sentence = (
                f"“{site.distribution.name}” is private, and its behavior for {way.pattern} asks for no signature: what fits it "
                "opens to everybody."
            )
            yield Finding("unsigned-behavior", sentence, subject=way.pattern)


def _through_others(site: DistributionSite) -> Iterator[Finding]:
    if site.bucket is None:
        return
    opening = []
    for other in site.others:
        ways = [
            way
            for way in unsigned_ways(other.config_at_aws, site.bucket.name, site.distribution.prefix)
            if _lets_in(site, other, way)
        ]
        if ways:
            opening.append(other)
            sentence = (
                f"“{other.name}” shows files of “{site.distribution.name}” without a signature: its behavior for "
                f"{ways[0].pattern} reaches {site.bucket.name}/{site.distribution.prefix or '*'}."
            )
            yield Finding("other-opens", sentence, subject=other.public_id)
    sharing = [each for each in site.others if each not in opening]
    if sharing:
        names = ", ".join(f"“{each.name}”" for each in sharing[:NAMED])
        more = len(sharing) - len(sharing[:NAMED]) + site.more_others
        yield Finding(
            "shared-place",
            f"“{site.distribution.name}” is private, and {names}{f' and {more} more' if more else ''} "
            f"{'has' if len(sharing) + more == 1 else 'have'} an origin over the same part of {site.bucket.name}.",
        )


def _lets_in(site: DistributionSite, distribution: Distribution, way: Way) -> bool:
    """Whether S3 gives the file to CloudFront when that distribution asks; taken so where it can't be told."""
    bucket = site.bucket
    if bucket is None or not site.reads:
        return True
    grants = site.objects[0].state.grants if site.objects else ()
    verdict = may_open(
        distribution.config_at_aws,
        arn=distribution.arn,
        path=way.path,
        signed=False,
        buckets={bucket.name: bucket},
        object_for=lambda _, key: ObjectState(key=key, grants=grants),
        identities=site.canonical,
        unsigning=site.unsigning,
    )
    return verdict.allowed is not False
