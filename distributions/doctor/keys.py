"""Keys that links still need: no longer trusted, about to be given up, or there for nobody."""

from __future__ import annotations

from collections.abc import Iterator

from distributions.configuration.trust import trusts_of
from distributions.doctor.findings import Finding
from distributions.doctor.sites import DistributionSite


def check_keys(site: DistributionSite) -> Iterator[Finding]:
    yield from _no_longer_trusted(site)
    for planned in site.planned:
        sentence = (
            f"“{planned.title}”, a planned change of “{site.distribution.name}”, ends links that are still valid: "
            f"{planned.sentences[0]}"
        )
        yield Finding("key-leaving", sentence, subject=planned.plan, details="\n".join(planned.sentences))
    yield from _nobody(site)


def _no_longer_trusted(site: DistributionSite) -> Iterator[Finding]:
    if site.known.groups is None:
        return
    trusted: set[str] = set()
    signed = False
    for trust in trusts_of(site.config):
        signed = signed or trust.is_signed
        for group in trust.key_groups:
            trusted |= set(site.known.groups.get(group, ()))
        for account in trust.signers:
            if account not in site.distribution.active_signers:
                return  # whose keys they are is not known
            trusted |= set(site.distribution.active_signers[account])
    if not signed:
        return
    for key, valid in site.links.items():
        if key not in trusted:
            count = "1 link that was handed out is" if valid.count == 1 else f"{valid.count:,} links that were handed out are"
            sentence = (
                f"{count} signed with {key}, which “{site.distribution.name}” trusts no longer: CloudFront refuses "
                f"{'it' if valid.count == 1 else 'them'}, the last until {valid.last:%-d %B %Y}."
            )
            yield Finding("key-not-trusted", sentence, subject=key)


def _nobody(site: DistributionSite) -> Iterator[Finding]:
    active = site.distribution.active_signers
    if site.distribution.active_signers_at is None:
        return
    for trust in trusts_of(site.config):
        if trust.is_signed and all(id in active and not active[id] for id in trust.ids):
            sentence = (
                f"“{site.distribution.name}” asks for signatures {trust.where}, and AWS names no active key: it opens to nobody."
            )
            yield Finding("nobody-can-sign", sentence, subject=trust.pattern)
