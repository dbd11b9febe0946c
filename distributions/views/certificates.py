"""What the two forms with host names share: the names as typed, and a certificate asked for beside them."""

from __future__ import annotations

from cdnadmin.accounts.decorators import PersonRequest
from cdnadmin.accounts.models import AwsAccount
from cdnadmin.errors import CdnadminError
from distributions.services.certificates import request_certificate


def typed_hosts(request: PersonRequest) -> list[str]:
    return [host.strip().lower().rstrip(".") for host in request.POST.get("aliases", "").split()]


def ask_for_certificate(request: PersonRequest, account: AwsAccount) -> str:
    """Why ACM was not asked for one, or ""."""
    try:
        request_certificate(actor=request.user, account=account, hosts=typed_hosts(request))
    except CdnadminError as error:
        return error.message
    return ""
