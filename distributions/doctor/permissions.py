"""Which permissions the credentials lack for what is in use. Reads are tried, the rest is asked of IAM; nothing is guessed."""

from __future__ import annotations

from collections.abc import Iterator

from cdnadmin.accounts.models import AwsAccount
from cdnadmin.aws.identity import get_caller_identity
from cdnadmin.aws.permissions import ALLOWED, DENIED, UNKNOWN, is_root, principal_arn, simulate, try_reads
from distributions.budget import Background
from distributions.doctor.findings import Finding
from distributions.doctor.least_privilege import Ground, chosen, statements
from distributions.models import BucketTruth, Distribution, InvalidationRequest, KeyGroup, OriginAccess

Model = Distribution.AccessModel
# Each is one more ARN with each of thirty actions.
BUCKETS_ASKED = 10
BUCKETS_NAMED = 100


def features_in_use(account: AwsAccount) -> set[str]:
    """Codes of `least_privilege.FEATURES` that the account's rows say are in use, beside those that always are."""
    rows = Distribution.objects.filter(account=account).exclude(status=Distribution.Status.GONE)
    accesses = OriginAccess.objects.filter(account=account, gone_at=None)
    truths = BucketTruth.objects.filter(bucket__account=account)
    used = {
        "new-buckets": not account.buckets.exists(),
        "private": rows.filter(kind=Distribution.Kind.PRIVATE).exists() or KeyGroup.objects.filter(account=account).exists(),
        "identities": accesses.filter(type=OriginAccess.Type.OAI).exists(),
        "acls": rows.filter(access_model__in=[Model.OAI_ACL, Model.PUBLIC_ACL]).exists()
        or truths.exclude(ownership__in=["", "BucketOwnerEnforced"]).exists(),
        "invalidations": InvalidationRequest.objects.filter(distribution__account=account).exists(),
        "tags": rows.exclude(tags={}).exists(),
        "certificates": rows.exclude(aliases=[]).exists() or rows.exclude(certificate_arn="").exists(),
        "streaming": rows.filter(family=Distribution.Family.RTMP).exists(),
        "encryption": truths.filter(encryption__startswith="aws:kms").exists(),
        "logs": bool(log_buckets(account)),
    }
    return {code for code, is_used in used.items() if is_used}


def log_buckets(account: AwsAccount) -> tuple[str, ...]:
    """Buckets into which CloudFront writes standard logs, by name, the first hundred."""
    logging = Distribution.objects.filter(account=account, config__Logging__Enabled=True)
    hosts = logging.values_list("config__Logging__Bucket", flat=True).distinct()[:BUCKETS_NAMED]
    return tuple(sorted({str(host).partition(".s3")[0] for host in hosts if host}))


def ground_of(account: AwsAccount, *, itself: str = "", at_most: int = BUCKETS_NAMED) -> Ground:
    keys = BucketTruth.objects.filter(bucket__account=account, kms_key_id__startswith="arn:").values_list("kms_key_id", flat=True)
    return Ground(
        account_id=account.aws_account_id,
        buckets=tuple(account.buckets.order_by("name").values_list("name", flat=True)[:at_most]),
        log_buckets=log_buckets(account)[:at_most],
        keys=tuple(sorted(set(keys)))[:at_most],
        itself=itself,
    )


def ask_permissions(work: Background) -> dict[str, object]:
    """What is known of the credentials, for `Examination.permissions`: who they are, and by action allowed, denied or unknown."""
    work.calls.take()
    arn = get_caller_identity(work.connection).arn
    source = principal_arn(arn)
    bucket = work.account.buckets.order_by("pk").values_list("name", flat=True).first() or ""
    work.calls.take(9)
    tried = try_reads(work.connection, bucket=bucket)
    said: dict[str, str] = {}
    if not is_root(arn) and source:
        codes = features_in_use(work.account)
        for actions, resources in statements(codes, ground_of(work.account, itself=source, at_most=BUCKETS_ASKED)):
            said |= simulate(work.connection, arn=source, actions=actions, resources=resources)
    # What was done is surer than what IAM expects: it knows of no bucket policy and no organization's rules.
    return {"arn": arn, "source": source, "root": is_root(arn), "said": {**said, **tried}}


def check_permissions(permissions: dict[str, object], codes: set[str], account_label: str) -> Iterator[Finding]:
    """Pure: from what `ask_permissions` found."""
    said = permissions.get("said")
    if not isinstance(said, dict):
        return
    if permissions.get("root"):
        yield Finding("root-credentials", f"“{account_label}” is reached with the credentials of the account’s root user.")
    unknown: set[str] = set()
    for feature in chosen(codes):
        actions = sorted({action for each in feature.actions.values() for action in each})
        lacking = [action for action in actions if said.get(action) == DENIED]
        if lacking:
            named = ", ".join(lacking[:3]) + (f" and {len(lacking) - 3} more" if len(lacking) > 3 else "")
            sentence = f"The credentials of “{account_label}” can’t {feature.words}: they lack {named}."
            yield Finding("permission-missing", sentence, subject=feature.code, details="\n".join(lacking))
        unknown |= {action for action in actions if said.get(action, UNKNOWN) not in {ALLOWED, DENIED}}
    if unknown and not permissions.get("root"):
        why = "IAM does not answer these credentials" if permissions.get("source") else "IAM knows no user or role behind them"
        sentence = f"Whether the credentials of “{account_label}” have {len(unknown)} more permissions can’t be told: {why}."
        yield Finding("permission-unknown", sentence, details="\n".join(sorted(unknown)))
