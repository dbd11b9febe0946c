"""What CloudFront refuses in aliases, certificates, error responses, restrictions and logging.

Sources: CloudFront API Reference, "ViewerCertificate", "CustomErrorResponse", "GeoRestriction", "LoggingConfig"; Developer
Guide, "Requirements for using alternate domain names", "Error response caching".
"""

from __future__ import annotations

import re
from typing import Any

from cdnadmin.sandbox.cloudfront.store import Store
from cdnadmin.sandbox.cloudfront.uses import aliases_of
from cdnadmin.sandbox.http import Fault
from cdnadmin.sandbox.principals import ACCOUNT_ID

ALIASES_PER_DISTRIBUTION = 100
_NONE: dict[str, Any] = {"Quantity": 0}
_ERRORS = {400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504}
_MINIMUM_VERSIONS = {
    "SSLv3",
    "TLSv1",
    "TLSv1_2016",
    "TLSv1.1_2016",
    "TLSv1.2_2018",
    "TLSv1.2_2019",
    "TLSv1.2_2021",
    "TLSv1.2_2025",
    "TLSv1.3_2025",
}


def _refuse(message: str, code: str = "InvalidArgument") -> Fault:
    return Fault(400, code, message)


def check_viewers(store: Store, config: dict[str, Any], id: str) -> None:
    root = config.get("DefaultRootObject", "")
    if root.startswith("/") or len(root) > 255 or re.search(r"[^\w.*$/~\"'&-]", root, re.ASCII):
        raise _refuse("The default root object file name is too big or contains an invalid character.", "InvalidDefaultRootObject")
    check_aliases(store, config, id)
    _check_certificate(store, config)
    _check_errors(config.get("CustomErrorResponses", _NONE).get("Items", []))
    _check_restriction(config.get("Restrictions", {}).get("GeoRestriction"))
    acl = config.get("WebACLId", "")
    known = r"arn:aws:wafv2:us-east-1:\d{12}:global/webacl/[\w-]+/[0-9a-f-]{36}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    if acl and not re.fullmatch(known, acl):
        raise _refuse("A web ACL ID specified is not valid.", "InvalidWebACLId")
    logging = config.get("Logging", {})
    if logging.get("Enabled") and not re.fullmatch(r"[a-z0-9.-]{3,63}\.s3\.amazonaws\.com", logging.get("Bucket", "")):
        raise _refuse("The parameter Logging Bucket does not refer to a valid S3 bucket.")


def check_aliases(store: Store, config: dict[str, Any], id: str, *, too_many: str = "TooManyDistributionCNAMEs") -> None:
    """Form, number, and that nobody else has one. A wildcard and a name that it covers may be at two distributions."""
    aliases = aliases_of(config)
    if len(aliases) > ALIASES_PER_DISTRIBUTION:
        raise _refuse("Your request contains more CNAMEs than are allowed per distribution.", too_many)
    label = r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?"
    if any(not re.fullmatch(rf"(\*\.)?{label}(\.{label})+", alias) or len(alias) > 253 for alias in aliases):
        raise _refuse("The parameter CNAME contains one or more parameters that are not valid.")
    if len(set(aliases)) != len(aliases):
        raise _refuse("The parameter CNAME contains a name twice.")
    for alias in aliases:
        if any(owner.id != id for owner in store.having("alias", alias)):
            message = f"One or more of the CNAMEs you provided are already associated with a different resource: {alias}"
            raise Fault(409, "CNAMEAlreadyExists", message)


def _check_certificate(store: Store, config: dict[str, Any]) -> None:
    code = "InvalidViewerCertificate"
    certificate = config.get("ViewerCertificate", {})
    arn, named = certificate.get("ACMCertificateArn", ""), certificate.get("IAMCertificateId", "")
    own = bool(arn or named)
    if (arn and named) or (own and certificate.get("CloudFrontDefaultCertificate")):
        raise _refuse("A distribution has one certificate: CloudFront's, ACM's or IAM's.", code)
    aliases = aliases_of(config)
    if aliases and not own:
        message = "To add an alternate domain name (CNAME) to a CloudFront distribution, you must attach a trusted certificate."
        raise _refuse(message, code)
    version, method = certificate.get("MinimumProtocolVersion", "TLSv1"), certificate.get("SSLSupportMethod", "")
    if version not in _MINIMUM_VERSIONS:
        raise _refuse("The minimum protocol version specified is not valid.", "InvalidMinimumProtocolVersion")
    if not own:
        return
    if not method:
        raise _refuse("The parameter SSLSupportMethod must be given with a certificate.", code)
    if method == "sni-only" and version == "SSLv3":
        message = "You cannot specify SSLv3 as the minimum protocol version if you only want to support clients that support SNI."
        raise _refuse(message, "InvalidProtocolSettings")
    if arn:
        _check_acm(store, arn, aliases)


def _check_acm(store: Store, arn: str, aliases: list[str]) -> None:
    missing = "The specified SSL certificate doesn't exist, isn't in us-east-1 region, isn't valid, or doesn't include a valid "
    missing += "certificate chain."
    found = re.fullmatch(r"arn:aws:acm:us-east-1:(\d{12}):certificate/[\w-]+", arn)
    if not found:
        raise _refuse(missing, "InvalidViewerCertificate")
    if found.group(1) != ACCOUNT_ID:
        return  # another account's: the sandbox has no list of those
    names = store.certificate_names(arn)
    if names is None:
        raise _refuse(missing, "InvalidViewerCertificate")
    for alias in aliases:
        if not any(covers(name.lower(), alias) for name in names):
            message = f"The certificate that is attached to your distribution doesn't cover the alternate domain name {alias}."
            raise _refuse(message, "InvalidViewerCertificate")


def covers(name: str, alias: str) -> bool:
    """Whether a certificate's name is an alias's: the same, or a wildcard in place of its one leftmost label."""
    return name == alias or (name.startswith("*.") and "." in alias and name[2:] == alias.partition(".")[2])


def _check_errors(responses: list[dict[str, Any]]) -> None:
    codes = [response["ErrorCode"] for response in responses]
    if any(code not in _ERRORS for code in codes):
        raise _refuse("An invalid error code was specified.", "InvalidErrorCode")
    if len(set(codes)) != len(codes):
        raise _refuse("The parameter ErrorCode must be unique.")
    for response in responses:
        answered, page = response.get("ResponseCode", ""), response.get("ResponsePagePath", "")
        if answered and answered not in {"200", *map(str, _ERRORS)}:
            raise _refuse("A response code is not valid.", "InvalidResponseCode")
        if bool(answered) != bool(page):
            raise _refuse("The parameters ResponseCode and ResponsePagePath must be given together.")
        if page and not page.startswith("/"):
            raise _refuse("The relative path does not begin with a slash (/).", "InvalidRelativePath")
        if response.get("ErrorCachingMinTTL", 10) < 0:
            raise _refuse("The parameter ErrorCachingMinTTL must not be negative.")


def _check_restriction(restriction: dict[str, Any] | None) -> None:
    if restriction is None:
        return
    codes = restriction.get("Items", [])
    if (restriction["RestrictionType"] == "none") == bool(codes) or len(set(codes)) != len(codes):
        raise _refuse("The specified geo restriction parameter is not valid.", "InvalidGeoRestrictionParameter")
    if any(not re.fullmatch(r"[A-Z]{2}", code) for code in codes):
        raise _refuse("The location code specified is not valid.", "InvalidLocationCode")
