"""Policies: what a signature allows, as the exact bytes that are signed.

Source: Amazon CloudFront Developer Guide, "Create a signed URL using a canned policy" and "… a custom policy".
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import json

from cdnadmin.errors import InvalidInput

_TO_URL = bytes.maketrans(b"+=/", b"-_~")
_FROM_URL = bytes.maketrans(b"-_~", b"+=/")
LATEST = 2**31 - 1  # CloudFront refuses later times


def _json_string(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _checked_time(value: int, field: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value <= LATEST:
        raise InvalidInput("A time is whole seconds since 1970, before 2038.", field=field)
    return value


def canned_policy(resource: str, expires: int) -> bytes:
    """The canned policy: one URL, until `expires` (epoch seconds). It is signed but not sent."""
    _checked_time(expires, "expires")
    return (
        f'{{"Statement":[{{"Resource":{_json_string(resource)},"Condition":{{"DateLessThan":{{"AWS:EpochTime":{expires}}}}}}}]}}'
    ).encode()


def custom_policy(resource: str, *, expires: int, not_before: int | None = None, ip: str | None = None) -> bytes:
    """A custom policy: `resource` may hold `*` and `?`; times are epoch seconds; `ip` is IPv4 or an IPv4 CIDR."""
    conditions = [f'"DateLessThan":{{"AWS:EpochTime":{_checked_time(expires, "expires")}}}']
    if not_before is not None:
        if _checked_time(not_before, "not_before") >= expires:
            raise InvalidInput("It must begin before it ends.", field="not_before")
        conditions.append(f'"DateGreaterThan":{{"AWS:EpochTime":{not_before}}}')
    if ip is not None:
        try:
            network = ipaddress.IPv4Network(ip, strict=False)
        except ValueError:
            raise InvalidInput("CloudFront takes an IPv4 address or range here, as in 192.0.2.0/24.", field="ip") from None
        conditions.append(f'"IpAddress":{{"AWS:SourceIp":"{network}"}}')
    return f'{{"Statement":[{{"Resource":{_json_string(resource)},"Condition":{{{",".join(conditions)}}}}}]}}'.encode()


def encode(raw: bytes) -> str:
    """CloudFront's Base64: + = / become - _ ~."""
    return base64.b64encode(raw).translate(_TO_URL).decode("ascii")


def decode(text: str) -> bytes:
    """Undo `encode`. Raises ValueError for anything that `encode` would not have written."""
    try:
        raw = base64.b64decode(text.encode("ascii").translate(_FROM_URL), validate=True)
    except (UnicodeEncodeError, binascii.Error) as error:
        raise ValueError("not CloudFront's Base64") from error
    if encode(raw) != text:
        raise ValueError("not CloudFront's Base64")
    return raw
