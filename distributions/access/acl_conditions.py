"""Whether a bucket lets ACLs work at all, in sentences that say what to change there.

Sources: Amazon S3 User Guide, "Controlling ownership of objects and disabling ACLs for your bucket", "Blocking public
access to your Amazon S3 storage".
"""

from __future__ import annotations

from cdnadmin.accounts.models import Bucket
from cdnadmin.errors import NotReady
from distributions.access.bucket_truth import look_at_bucket
from distributions.models import BucketTruth

# Of the four, those about ACLs: the others are about policies.
_ABOUT_ACLS = ("BlockPublicAcls", "IgnorePublicAcls")
# AWS's own code for the one, ours for the other: AWS calls it AccessDenied, as so much else.
ACLS_OFF, PUBLIC_BLOCKED = "AccessControlListNotSupported", "public_access_blocked"


def acls_fail_because(truth: BucketTruth, *, public: bool) -> str:
    """Why no file there can be opened by its ACL (`public`: to everybody), as a sentence; "" where it can, as far as is known."""
    if truth.ownership == "BucketOwnerEnforced":
        return (
            f"The bucket {truth.bucket.name} has its ACLs turned off (Object Ownership: bucket owner enforced), so no file can be "
            "opened by one. Turn them on there (bucket owner preferred), or choose another access model."
        )
    if not public:
        return ""
    for where, on in ((f"the bucket {truth.bucket.name}", truth.switches), ("the whole account", truth.account_switches)):
        shut = [switch for switch in _ABOUT_ACLS if switch in on]
        if shut:
            return (
                f"Block Public Access is on for {where} ({' and '.join(shut)}), so no file can be public by its ACL. "
                "Turn that off there, or choose another access model."
            )
    return ""


def require_acls(bucket: Bucket, *, public: bool) -> None:
    """Look at the bucket, and raise NotReady where ACLs do not work there. What can't be read of it is no reason."""
    truth = look_at_bucket(bucket=bucket)
    because = acls_fail_because(truth, public=public)
    if because:
        raise NotReady(because, code=ACLS_OFF if truth.ownership == "BucketOwnerEnforced" else PUBLIC_BLOCKED)
