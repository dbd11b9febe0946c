"""Which end points an account may have: this server connects to them, so none inside what it alone can reach."""

from __future__ import annotations

import ipaddress
import re
import socket
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

from cdnadmin.errors import InvalidInput

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# Where clouds answer a machine about itself, its credentials among it: AWS and most others, Alibaba, Azure, Oracle.
_METADATA = tuple(
    ipaddress.ip_network(network)
    for network in ("169.254.0.0/16", "100.100.100.200/32", "168.63.129.16/32", "192.0.0.192/32", "fe80::/10", "fd00:ec2::/32")
)
_NAT64 = (ipaddress.IPv6Network("64:ff9b::/96"), ipaddress.IPv6Network("64:ff9b:1::/48"))


def check_endpoint(url: str) -> None:
    """Refuse what is no plain http(s) address of a server, or leads where this server must not ask.

    A machine's metadata service is refused always. Loopback and private addresses, where sandboxes and
    S3-compatible stores live, are refused in production but for SANDBOX_URL and PRIVATE_ENDPOINTS.
    Raises InvalidInput(field="endpoint_url").
    """
    parts = _split(url)
    try:
        addresses = _resolve(parts)
    except OSError:
        raise _refused(f"The name {parts.hostname} can't be resolved.") from None
    _check_addresses(parts, addresses)


def check_endpoint_still(url: str) -> None:
    """Check again what a name leads to today: names move after they were checked. One that leads nowhere
    for the moment passes, since the call itself then says so and may be tried again."""
    parts = _split(url)
    try:
        addresses = _resolve(parts)
    except OSError:
        return
    _check_addresses(parts, addresses)


def _split(url: str) -> SplitResult:
    if not re.fullmatch(r"[!-~]+", url):  # urlsplit drops tabs and line ends, whoever connects may not
        raise _refused("An endpoint is letters, digits and signs of ASCII, without spaces.")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise _refused("This is not an address.") from None
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise _refused("An endpoint begins with http:// or https://.")
    if any(sign in url for sign in "@?#\\") or parts.path not in {"", "/"} or port == 0:
        raise _refused("An endpoint is a host and a port, without user, path or query.")
    return parts


def _port(parts: SplitResult) -> int:
    return parts.port or (443 if parts.scheme == "https" else 80)


def _resolve(parts: SplitResult) -> set[Address]:
    """Every address behind the host, numbers in any notation included. Raises OSError."""
    try:
        found = socket.getaddrinfo(parts.hostname, _port(parts), type=socket.SOCK_STREAM)
    except UnicodeError:
        raise _refused("This is not an address.") from None
    return {_innermost(ipaddress.ip_address(str(address[0]).partition("%")[0])) for *_, address in found}


def _innermost(address: Address) -> Address:
    """The IPv4 address that an IPv6 one stands for (mapped, compatible, 6to4, Teredo, NAT64), or itself."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address.ipv4_mapped or address.sixtofour:
        return address.ipv4_mapped or address.sixtofour or address
    if address.teredo:
        return address.teredo[1]
    if any(address in network for network in _NAT64) or 1 < int(address) < 1 << 32:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def _check_addresses(parts: SplitResult, addresses: set[Address]) -> None:
    for address in addresses:
        if address.is_unspecified or address.is_multicast or any(address in network for network in _METADATA):
            raise _refused("This address belongs to a machine's metadata service, or to none: cdnadmin never asks there.")
        if not address.is_global and not _may_be_private(parts):
            raise _refused("This address lies inside this server's own network. PRIVATE_ENDPOINTS can allow it.")


def _may_be_private(parts: SplitResult) -> bool:
    if not settings.PRODUCTION:
        return True
    named = f"{parts.hostname}:{_port(parts)}"
    sandbox = urlsplit(settings.SANDBOX_URL)
    return named in settings.PRIVATE_ENDPOINTS or bool(sandbox.hostname and named == f"{sandbox.hostname}:{_port(sandbox)}")


def _refused(message: str) -> InvalidInput:
    return InvalidInput(message, field="endpoint_url")
