"""Who can read a distribution's files, as what is known of CloudFront and S3 says: for a page, and to hold against probes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice

from distributions.access.neighbours import neighbours_of
from distributions.access.reading import bucket_state, sampled_objects
from distributions.mirror import origins_of, s3_place
from distributions.models import BucketTruth, Distribution, OriginAccess
from distributions.reach.edge import may_open
from distributions.reach.s3 import may_list, may_read
from distributions.reach.state import BucketState, ObjectState
from distributions.reach.verdicts import Verdict
from distributions.reach.visitors import Stranger

OTHERS_AT_MOST = 20


@dataclass(frozen=True)
class Reading:
    """One viewer and what awaits them. `way`: edge, signed, s3, listing or other; `wanted`: whether it should open, None
    where that is nobody's to say; `subject`: another distribution.
    """

    way: str
    viewer: str
    verdict: Verdict
    wanted: bool | None
    subject: Distribution | None = None

    @property
    def is_breach(self) -> bool:
        return self.verdict.allowed is True and self.wanted is False

    @property
    def is_broken(self) -> bool:
        return self.verdict.allowed is False and self.wanted is True


def predict(distribution: Distribution, truth: BucketTruth, key: str = "") -> list[Reading]:
    """What awaits each kind of viewer of the file `key`, or of the first one sampled (or of any, where it has none yet)."""
    known = sampled_objects(truth, distribution)
    object = next((each for each in known if not key or each.key == key), ObjectState(key=key or f"{distribution.prefix}any"))
    bucket = bucket_state(truth)
    public_at_s3 = distribution.access_model == Distribution.AccessModel.PUBLIC_ACL
    private = distribution.is_private
    # Whatever opens them there, strangers are not to have the files of a private one.
    unknown_at_s3 = distribution.access_model == Distribution.AccessModel.OPEN and not private
    wanted_at_s3 = None if unknown_at_s3 else public_at_s3 and not private
    rows = [Reading("edge", "Anyone, through CloudFront", at_edge(distribution, bucket, object, signed=False), not private)]
    if private:
        verdict = at_edge(distribution, bucket, object, signed=True)
        rows.append(Reading("signed", "With a good signature, through CloudFront", verdict, True))
    rows.append(Reading("s3", "Anyone, straight at S3", may_read(bucket, object, Stranger()), wanted_at_s3))
    verdict = may_list(bucket, Stranger(), distribution.prefix)
    rows.append(Reading("listing", "Anyone who asks S3 what lies in the bucket", verdict, False))
    for other in others_showing(distribution):
        verdict = at_edge(other, bucket, object, signed=False)
        rows.append(Reading("other", f"Anyone, through “{other.name}”", verdict, False if private else None, other))
    return rows


def at_edge(distribution: Distribution, bucket: BucketState, object: ObjectState, *, signed: bool) -> Verdict:
    """For the file under the path at which the distribution shows it; one that shows it nowhere refuses it."""
    path = shown_at(distribution, bucket.name, object.key)
    if path is None:
        return Verdict(False, "not-shown", f"“{distribution.name}” shows no path under which this file lies.")
    identities = dict(
        OriginAccess.objects.filter(account_id=distribution.account_id, type=OriginAccess.Type.OAI).values_list(
            "aws_id", "canonical_user_id"
        )
    )
    return may_open(
        distribution.config_at_aws,
        arn=distribution.arn,
        path=path,
        signed=signed,
        buckets={bucket.name: bucket},
        object_for=_known(object),
        identities=identities,
        enabled_at_edge=distribution.is_served,
    )


def _known(object: ObjectState) -> Callable[[str, str], ObjectState]:
    return lambda bucket, key: object if key == object.key else ObjectState(key=key, exists=False)


def shown_at(distribution: Distribution, bucket: str, key: str) -> str | None:
    """The path at which an origin of the distribution shows the object."""
    for origin in origins_of(distribution.config_at_aws):
        place = s3_place(origin)
        if place is None or place.bucket != bucket:
            continue
        prefix = f"{place.path.lstrip('/')}/" if place.path else ""
        if key.startswith(prefix):
            return f"/{key.removeprefix(prefix)}"
    return None


def others_showing(distribution: Distribution) -> list[Distribution]:
    """Other distributions known here with an origin over the whole of its part of the bucket, the first few."""
    showing = (other for other, over in neighbours_of(distribution) if any(distribution.prefix.startswith(each) for each in over))
    return list(islice(showing, OTHERS_AT_MOST))
