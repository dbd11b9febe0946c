"""Whether a bucket can be closed to the public, and who would lose what by it. Pure.

Source: Amazon S3 User Guide, "Blocking public access to your Amazon S3 storage".
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from distributions.access.reading import bucket_state, sampled_objects, visitor_of
from distributions.models import BucketTruth, Distribution
from distributions.reach.s3 import may_read
from distributions.reach.state import SWITCHES, ObjectState


def not_closable_because(truth: BucketTruth, distributions: Iterable[Distribution]) -> str:
    """Why the four switches can't be on, as a sentence that says what to do; "" where nothing known here depends on it."""
    if truth.error:
        return f"Whether anything depends on it can’t be told: {truth.error}"
    if "policy" in truth.unread:
        return "The bucket’s policy can’t be read, so whether anything depends on it can’t be told."
    today = bucket_state(truth)
    closed = replace(today, switches=frozenset(SWITCHES))
    for each in distributions:
        if each.access_model == Distribution.AccessModel.PUBLIC_ACL or each.second_model == Distribution.AccessModel.PUBLIC_ACL:
            return (
                f"The files of “{each.name}” are public by their ACLs: viewers would get 403. Give it another access model first."
            )
        visitor = visitor_of(each, each.origin_access)
        objects = [*sampled_objects(truth, each), ObjectState(key=f"{each.prefix}any")]
        if any(may_read(today, one, visitor).allowed and may_read(closed, one, visitor).allowed is not True for one in objects):
            return (
                f"“{each.name}” reads here only while the bucket is open: viewers would get 403. Move it to an origin access "
                "control first, or take what lets everybody in out of the policy."
            )
    return ""
