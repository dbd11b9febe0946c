"""The bottom layer of errors: what every other layer may raise and catch.

A message is always a sentence that a person can act on; it is shown in pages as it is. Secrets never
go into one.
"""

from __future__ import annotations


class CdnadminError(Exception):
    """Something that a person can be told. `code` names it for machines; `message` says it."""

    code = "error"

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        if code is not None:
            self.code = code


class InvalidInput(CdnadminError):
    """What was asked for can't be done as asked. `field` is the form field to blame, if one is."""

    code = "invalid_input"

    def __init__(self, message: str, *, field: str | None = None, code: str | None = None) -> None:
        super().__init__(message, code=code)
        self.field = field


class NotAllowed(CdnadminError):
    """The actor lacks the permission."""

    code = "not_allowed"


class NotReady(CdnadminError):
    """It can't be done yet: something it needs is still under way."""

    code = "not_ready"


class Conflict(CdnadminError):
    """Somebody else changed it meanwhile, or it exists already."""

    code = "conflict"


class VaultError(CdnadminError):
    """A secret could not be opened or stored. Never carries the secret."""

    code = "vault"


class AwsError(CdnadminError):
    """AWS refused or did not answer.

    `code` is AWS's error code ("NoSuchBucket"), or "Unreachable" / "Timeout" where AWS never answered;
    `request_id` is AWS's request id or ""; `retryable` says whether the same call may succeed later;
    `detail` is AWS's own sentence.
    """

    @property
    def is_mendable(self) -> bool:
        """Whether the credentials themselves are the trouble: it passes once somebody mends them."""
        return False

    def __init__(self, message: str, *, code: str, request_id: str = "", retryable: bool = False, detail: str = "") -> None:
        super().__init__(message, code=code)
        self.request_id = request_id
        self.retryable = retryable
        self.detail = detail


# The credentials are expired, unknown, wrong or absent, or the clock is off; not: they lack a permission.
# "NoCredentials" is ours, for a machine that has none; the others are AWS's.
CREDENTIAL_CODES = frozenset(
    {
        "ExpiredToken",
        "ExpiredTokenException",
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "InvalidToken",
        "NoCredentials",
        "RequestExpired",
        "RequestTimeTooSkewed",
        "SignatureDoesNotMatch",
        "TokenRefreshRequired",
        "UnrecognizedClientException",
    }
)


class AwsNotFound(AwsError):
    """The thing named is not there (NoSuchBucket, NoSuchDistribution, NoSuchKey …)."""


class AwsConflict(AwsError):
    """Exists already, in use, or the ETag is stale (PreconditionFailed, …AlreadyExists, …InUse)."""


class AwsDenied(AwsError):
    """Credentials wrong, expired, or without the permission."""

    @property
    def is_mendable(self) -> bool:
        return self.code in CREDENTIAL_CODES


class AwsQuotaExceeded(AwsError):
    """One of the account's quotas is used up (TooMany…)."""
