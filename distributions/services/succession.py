"""Today's successor of a streaming distribution of old, asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.db import transaction

from cdnadmin.accounts.audit import record
from cdnadmin.accounts.models import AwsAccount, Bucket, User, new_public_id
from cdnadmin.accounts.permissions import Action, require
from cdnadmin.accounts.services.credentials import connection_for
from cdnadmin.aws import distributions as aws_distributions
from cdnadmin.aws import streaming as aws_streaming
from cdnadmin.errors import AwsNotFound, CdnadminError, Conflict, InvalidInput, NotReady
from cdnadmin.operations.services import request_operation
from cdnadmin.text import without_controls
from distributions.configuration.streaming_successor import aliases_of, build_successor
from distributions.guards import require_sound
from distributions.mirror import main_origin, mirror_configuration, s3_place
from distributions.models import Distribution
from distributions.retiring import undeletable_because
from distributions.services.choices import advise_certificates, require_covering
from distributions.services.distributions import check_certificate
from distributions.services.offers import OfferedCertificates
from distributions.successors import successor_of
from distributions.wanted import caller_reference, viewer_protocol_policy

KIND = "succeed_distribution"


@dataclass(frozen=True)
class OldDistribution:
    """What AWS has of it now. `problem`: why AWS could not be asked, or ""; then the rest is as it was last seen.
    `gone`: AWS has it no more.
    """

    config: dict[str, Any] = field(repr=False)
    etag: str
    tags: Mapping[str, str]
    problem: str = ""
    gone: bool = False


@dataclass(frozen=True)
class Succession:
    """What a person asks for. `aliases`: those of its host names that move. `seen`: the ETag of what they were shown."""

    name: str
    aliases: Sequence[str] = ()
    certificate_arn: str = ""
    retire: bool = False
    typed_name: str = ""
    seen: str = ""


def unsucceedable_because(distribution: Distribution) -> str:
    """Why no successor can be built from it, as a sentence; "" where one can."""
    if distribution.family != Distribution.Family.RTMP:
        return f"“{distribution.name}” is no streaming distribution of old: it needs no successor."
    if not distribution.config or s3_place(main_origin(distribution.config)) is None:
        return f"The origin of “{distribution.name}” is no bucket, so nothing can be built from it."
    successor = successor_of(distribution)
    if successor is not None:
        return f"“{successor.name}” is its successor already."
    return ""


def look_at_old(distribution: Distribution) -> OldDistribution:
    """Ask AWS what it has of it now. Someone waits: one try."""
    connection = replace(connection_for(distribution.account), impatient=True)
    known = {"config": distribution.config, "etag": distribution.etag, "tags": dict(distribution.tags)}
    if distribution.status == Distribution.Status.GONE:
        return OldDistribution(**known, gone=True)
    try:
        seen = aws_streaming.get_streaming_distribution(connection, id=distribution.aws_id)
        tags = aws_distributions.get_tags(connection, arn=seen.arn)
    except AwsNotFound:
        return OldDistribution(**known, gone=True)
    except CdnadminError as error:
        return OldDistribution(**known, problem=error.message)
    return OldDistribution(seen.config, seen.etag, {key: value for key, value in tags.items() if not key.startswith("aws:")})


def succeed_distribution(
    *, actor: User, distribution: Distribution, wanted: Succession, offered: OfferedCertificates
) -> Distribution:
    """Write the successor's row and ask for the operation that builds it and, at its end, moves the host names and
    retires the old one. `offered`: ACM's list, as `offered_certificates` answers it.

    Raises InvalidInput (fields "name", "aliases", "certificate_arn", "typed_name"), Conflict, NotReady, NotAllowed.
    """
    require(actor, Action.MANAGE_DISTRIBUTIONS, distribution)
    because = unsucceedable_because(distribution)
    if because:
        raise Conflict(because)
    old = look_at_old(distribution)
    _check(distribution, old, wanted, offered)
    row = _row(distribution, old, wanted)
    _check_configuration(row)
    with transaction.atomic():
        AwsAccount.objects.select_for_update().get(pk=distribution.account_id)
        if successor_of(distribution) is not None:
            raise Conflict(unsucceedable_because(distribution))
        row.save()
        request_operation(
            kind=KIND,
            target=row.reference,
            title=f"Build the successor of {distribution.name}"[:200],
            actor=actor,
            input={
                "old": distribution.public_id,
                "old_name": distribution.name,
                "aliases": list(wanted.aliases),
                "certificate_arn": wanted.certificate_arn.strip(),
                "retire": wanted.retire and not old.gone,
            },
        )
        before = {"id": distribution.aws_id}
        after = {"successor": row.name, "aliases": list(wanted.aliases), "retire": wanted.retire}
        for target, label in ((row.reference, row.name), (distribution.reference, distribution.name)):
            record(actor=actor, action="build_successor", target=target, label=label, before=before, after=after)
    return row


def _check(distribution: Distribution, old: OldDistribution, wanted: Succession, offered: OfferedCertificates) -> None:
    if not 1 <= len(_name(wanted)) <= 80:
        raise InvalidInput("A name has 1 to 80 characters.", field="name")
    if old.problem:
        raise NotReady(f"AWS could not be asked what it has of it now. {old.problem}")
    if wanted.seen and wanted.seen != old.etag:
        raise Conflict("It was changed at AWS since this page was opened. Look at the lines once more, then build it.")
    strangers = [alias for alias in wanted.aliases if alias not in aliases_of(old.config)]
    if strangers:
        raise InvalidInput(f"“{strangers[0]}” is none of its host names.", field="aliases")
    arn = wanted.certificate_arn.strip()
    require_covering(advise_certificates(offered, wanted.aliases), wanted.aliases, arn)
    check_certificate(wanted.aliases, arn)
    if old.gone:
        return
    if wanted.aliases and distribution.unchangeable_because:
        raise InvalidInput(f"Its host names can’t be taken from it. {distribution.unchangeable_because}", field="aliases")
    if wanted.retire:
        because = undeletable_because(distribution)
        if because:
            raise InvalidInput(because, field="typed_name")
        if wanted.typed_name.strip() != distribution.name.strip():
            raise InvalidInput(f"Type its name as it stands here: {distribution.name}", field="typed_name")


def _name(wanted: Succession) -> str:
    return " ".join(without_controls(wanted.name).split())


def _row(distribution: Distribution, old: OldDistribution, wanted: Succession) -> Distribution:
    """The row, not saved: its fields say what its configuration says."""
    row = Distribution(
        public_id=new_public_id(),
        account=distribution.account,
        name=_name(wanted),
        kind=Distribution.Kind.PUBLIC,
        access_model=distribution.access_model,
        succeeds=distribution.aws_id,
        tags=dict(old.tags),
    )
    config = build_successor(
        old.config,
        caller_reference=caller_reference(row),
        viewer_protocol_policy=viewer_protocol_policy(row.account),
        certificate_arn=wanted.certificate_arn.strip() if wanted.aliases else "",
        comment=row.name,
    )
    _know_bucket(row.account, config)
    row.config = config
    mirror_configuration(row)
    row.config, row.template = {}, {"whole": config}
    return row


def _know_bucket(account: AwsAccount, config: dict[str, Any]) -> None:
    place = s3_place(main_origin(config))
    if place is not None:
        values = {"region": place.region or account.region, "object_ownership": ""}
        Bucket.objects.get_or_create(account=account, name=place.bucket, defaults=values)


def _check_configuration(row: Distribution) -> None:
    """What CloudFront would refuse, and what would open another's private files; no field of the page is to blame."""
    try:
        require_sound(row, row.template["whole"], row.tags)
    except InvalidInput as error:
        raise InvalidInput(error.message) from None
