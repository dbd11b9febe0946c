"""The successor of a streaming distribution of old: built, looked at from outside, given its host names; the old one retired.

No two distributions have one host name (CNAMEAlreadyExists), so it is taken from the old one first, and only once the
successor is at every edge with a certificate that covers it. CloudFront also refuses a name whose DNS record leads to
another distribution: that record is a person's to change, and is waited for.
Sources: CloudFront Developer Guide, "Requirements for using alternate domain names", "Restrictions on using alternate
domain names", "Move an alternate domain name".
"""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from cdnadmin.accounts.permissions import Action, require
from cdnadmin.aws.certificates import covers, get_certificate
from cdnadmin.aws.distributions import SeenDistribution
from cdnadmin.aws.origin_access import get_origin_access_identity
from cdnadmin.errors import AwsDenied, AwsError, AwsNotFound, CdnadminError, Conflict, NotReady
from cdnadmin.operations.models import Operation
from cdnadmin.operations.outcomes import Kind, Next, Outcome, Step, Wait, registry
from cdnadmin.operations.services import record_progress
from cdnadmin.probing import probe
from distributions.access.bucket_truth import look_at_bucket
from distributions.access.reading import recognised_model, sampled_objects, shut_because
from distributions.addresses import distribution_url, object_url
from distributions.configuration.streaming_successor import aliases_of, unsigned_paths, with_aliases, without_aliases
from distributions.guards import require_changeable
from distributions.identities import remember_access
from distributions.mirror import access_of, main_origin
from distributions.models import ConfigurationVersion, Distribution
from distributions.retiring import deletion_under_way, request_deletion
from distributions.seen import save_seen
from distributions.steps import create
from distributions.steps.outside import note_gone
from distributions.steps.target import connect, load_distribution, reopen
from distributions.steps.writing import STALE, ChangedOutside, is_stale, read, write_configuration
from distributions.versions import record_version
from distributions.watching import start_watching

KIND = "succeed_distribution"
_ASKED_MEANWHILE = Wait(1.0, note="Somebody changes it at this very moment; looking again")
# A name that was let go is free at once as a rule: so often it is asked for before another is taken to have it.
ROUNDS, ROUND_SECONDS = 5, 5.0
DNS_SECONDS, DNS_WITHIN = 120.0, timedelta(days=7)


def create_successor(operation: Operation) -> Outcome:
    """With the configuration that was shown; a caller reference of its row makes one of it, however often it is asked."""
    distribution = reopen(operation)
    _know_identity(distribution)
    return create.create_at_cloudfront(operation)


def _know_identity(distribution: Distribution) -> None:
    """The row of the identity that it comes as. Raises AwsNotFound where that was deleted."""
    model, id = access_of(main_origin(distribution.template["whole"]))
    if model == "oai" and distribution.origin_access is None:
        seen = get_origin_access_identity(connect(distribution), id=id)
        row = remember_access(account=distribution.account, seen=seen)
        Distribution.objects.filter(pk=distribution.pk).update(origin_access=row)


def verify_successor(operation: Operation) -> Outcome:
    """It asks for a signature wherever the old one did, and CloudFront can read the bucket as before. Nothing was taken from
    the old one until here. Raises Conflict where it stands open.
    """
    distribution = load_distribution(operation)
    seen = read(connect(distribution), distribution)
    if is_stale(distribution, seen):
        return STALE
    open_paths = unsigned_paths(distribution.template["whole"], seen.config)
    if open_paths:
        raise Conflict(
            f"Somebody took the signatures off {', '.join(open_paths)} meanwhile. The old distribution was left as it is: "
            "have every path of this one ask for a signature, then try again.",
            code="open",
        )
    _take_over(distribution, seen)
    distribution = load_distribution(operation)
    truth = look_at_bucket(bucket=distribution.own_bucket, prefixes=(distribution.prefix,))
    model = "" if truth.error else recognised_model(distribution, truth)
    if model:
        Distribution.objects.filter(pk=distribution.pk).update(access_model=model)
    if not distribution.is_served:
        return Next("AWS has what was asked for; it is disabled, as the old one was, so no viewer was asked for")
    keys = [each.key for each in sampled_objects(truth, distribution)]
    address = object_url(distribution, keys[0]) if keys else f"{distribution_url(distribution)}/cdnadmin-privacy-check"
    answer = probe(address)
    if distribution.is_private:
        if answer.opens:
            raise Conflict("It answers without a signature. The old distribution was left as it is.", code="open")
        said = "It could not be asked from here." if answer.opens is None else "A stranger without a signature is refused."
    elif not keys or answer.opens:
        said = "Anyone can open a file through it." if keys else "The bucket has no file to ask for yet."
    else:
        by_acl = model in {Distribution.AccessModel.OAI_ACL, Distribution.AccessModel.PUBLIC_ACL}
        because = shut_because(distribution, truth, truth.policy or {}, distribution.origin_access, granted=by_acl)
        said = f"A file could not be opened through it. {because or answer.unreachable}".strip()
    return Next(f"AWS has what was asked for. {said}")


def take_aliases(operation: Operation) -> Outcome:
    """Have the old one let its names go. One that was deleted meanwhile holds none."""
    aliases = operation.input["aliases"]
    if not aliases or operation.data.get("taken"):
        return Next()
    distribution = load_distribution(operation)
    seen = read(connect(distribution), distribution)
    if is_stale(distribution, seen):
        return STALE
    # Somebody may have changed its certificate since, as they were asked to.
    _take_over(distribution, seen)
    _require_certificate(operation, load_distribution(operation))
    old = _old(operation)
    if old is not None and old.status != Distribution.Status.GONE:
        try:
            outcome = _let_go(operation, old, aliases)
        except AwsNotFound:
            note_gone(old)
            outcome = None
        if outcome is not None:
            return outcome
    record_progress(operation, data={"taken": True})
    return Next(f"{', '.join(aliases)}: free")


def _require_certificate(operation: Operation, distribution: Distribution) -> None:
    """The one it has now: it may have ended since it was chosen, or another stands in its place. Then nothing is taken."""
    arn, about = distribution.certificate_arn, ""
    try:
        certificate = get_certificate(connect(distribution), arn=arn) if arn else None
    except AwsNotFound:
        certificate = None
    except AwsDenied as error:
        if error.is_mendable:
            raise
        return  # ACM is closed to these credentials: CloudFront judges
    if certificate is None:
        about = "It has no certificate of ACM any more."
    elif certificate.status != "ISSUED":
        about = f"Its certificate, for {certificate.domain_name}, is not valid any more."
    elif left_out := [alias for alias in operation.input["aliases"] if not covers(certificate, alias)]:
        about = f"Its certificate, for {certificate.domain_name}, does not cover {left_out[0]}."
    if about:
        message = f"{about} No name was taken from the old distribution. Change its certificate, then try again."
        raise Conflict(message, code="certificate")


def _let_go(operation: Operation, old: Distribution, aliases: list[str]) -> Wait | None:
    """Raises AwsNotFound."""
    connection = connect(old)
    seen = read(connection, old)
    if is_stale(old, seen):
        return STALE
    if set(aliases) & set(aliases_of(seen.config)):
        require_changeable(old)
        _keep_theirs(old, seen)
        config = without_aliases(seen.config, aliases)
        try:
            written = write_configuration(connection, old, base=seen.config, base_etag=seen.etag, config=config)
        except ChangedOutside:
            return _ASKED_MEANWHILE
        if isinstance(written, Wait):
            return written
        seen = written
    if seen.etag != old.etag:
        _write_down(operation, old, seen)
    return None


def _keep_theirs(distribution: Distribution, seen: SeenDistribution) -> None:
    """What somebody made of it outside is kept in the history, as theirs."""
    record_version(distribution=distribution, etag=seen.etag, config=seen.config, source=ConfigurationVersion.Source.OUTSIDE)


def _take_over(distribution: Distribution, seen: SeenDistribution) -> None:
    with transaction.atomic():
        _keep_theirs(distribution, seen)
        save_seen(distribution, seen, mirror=True)


def _write_down(operation: Operation, distribution: Distribution, seen: SeenDistribution) -> None:
    with transaction.atomic():
        save_seen(distribution, seen, mirror=True, actor=operation.requested_by, title=operation.title, moving=True)
        start_watching(distribution.account)


def give_aliases(operation: Operation) -> Outcome:
    """Have the successor answer for the names. Where CloudFront refuses them, who can act is told, and it can be tried again."""
    aliases = operation.input["aliases"]
    if not aliases:
        return Next()
    distribution = load_distribution(operation)
    connection = connect(distribution)
    seen = read(connection, distribution)
    if is_stale(distribution, seen):
        return STALE
    if not set(aliases) <= set(aliases_of(seen.config)):
        _keep_theirs(distribution, seen)
        config = with_aliases(seen.config, aliases)
        try:
            written = write_configuration(connection, distribution, base=seen.config, base_etag=seen.etag, config=config)
        except ChangedOutside:
            return _ASKED_MEANWHILE
        except AwsError as error:
            return _refused(operation, distribution, error)
        if isinstance(written, Wait):
            return written
        seen = written
    if seen.etag != distribution.etag:
        _write_down(operation, distribution, seen)
    return Next(f"It answers for {', '.join(aliases)}")


def _refused(operation: Operation, distribution: Distribution, error: AwsError) -> Wait:
    names = ", ".join(operation.input["aliases"])
    if error.code == "CNAMEAlreadyExists":
        rounds = operation.data.get("rounds", 0) + 1
        record_progress(operation, data={"rounds": rounds})
        if rounds < ROUNDS:
            return Wait(ROUND_SECONDS, note="CloudFront has not let go of the names yet; asking again")
        raise CdnadminError(
            f"Another distribution has taken {names}, perhaps in another AWS account. The old one has let go of it. Take it "
            "out there, then try again.",
            code=error.code,
        ) from error
    if error.code == "InvalidArgument" and "DNS record" in error.detail:
        since = parse_datetime(str(operation.data.get("dns_since", ""))) or timezone.now()
        record_progress(operation, data={"dns_since": since.isoformat()})
        if timezone.now() - since < DNS_WITHIN:
            target = distribution.domain_name
            return Wait(DNS_SECONDS, note=f"The DNS record of {names} leads to another distribution: make it a CNAME to {target}")
    raise error


def retire_old(operation: Operation) -> Outcome:
    """Ask for its deletion, as its page does; the name was typed when this was asked for."""
    if not operation.input["retire"] or operation.data.get("retired"):
        return Next()
    old = _old(operation)
    if old is None or old.status == Distribution.Status.GONE or deletion_under_way(old):
        return Next("The old one is gone, or on its way to be")
    actor = operation.requested_by
    if actor is None:
        raise NotReady(f"Who asked for this is no longer known here: delete “{old.name}” on its own page.")
    require(actor, Action.MANAGE_DISTRIBUTIONS, old)
    try:
        with transaction.atomic():
            request_deletion(actor=actor, distribution=old, cleanup=())
            record_progress(operation, data={"retired": True})
    except Conflict as conflict:
        if conflict.code == "unchangeable":
            raise
        return Wait(30.0, note=conflict.message)
    return Next(f"“{old.name}” is being disabled and deleted")


def _old(operation: Operation) -> Distribution | None:
    return Distribution.objects.select_related("account").filter(public_id=operation.input["old"]).first()


def _moves_names(operation: Operation) -> bool:
    return bool(operation.input.get("aliases"))


def _retires(operation: Operation) -> bool:
    return bool(operation.input.get("retire"))


def register() -> None:
    registry.register(
        Kind(
            name=KIND,
            label="Build the successor of an RTMP distribution",
            steps=(
                Step("create", "Create it at CloudFront", create_successor),
                Step("propagate", "Wait until it reaches the edges", create.wait_for_edges),
                Step("verify", "See that it answers as the old one would", verify_successor),
                Step("take", "Take the host names from the old one", take_aliases, _moves_names),
                Step("give", "Give them to it", give_aliases, _moves_names),
                Step("arrive", "Wait until every edge knows them", create.wait_for_edges, _moves_names),
                Step("retire", "Have the old one disabled and deleted", retire_old, _retires),
            ),
            permission=Action.MANAGE_DISTRIBUTIONS,
            on_end=create.end_creation,
            # A name that was taken from one must come to the other.
            cancellable=False,
        )
    )
