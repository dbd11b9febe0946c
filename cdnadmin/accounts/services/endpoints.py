"""Which end points an account may have: this server connects to them, so none inside what it alone can reach."""

from __future__ import annotations

import ipaddress
import socket
from urllib.parse import urlsplit

from cdnadmin.errors import InvalidInput

_METADATA = (ipaddress.ip_network("169.254.0.0/16"), ipaddress.ip_network("fe80::/10"), ipaddress.ip_network("fd00:ec2::/32"))
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


def check_endpoint(url: str) -> None:
    """Refuse what is no plain http(s) address of a server, or leads to a machine's metadata service.

    Loopback and private addresses are allowed: a sandbox or an S3-compatible store lives there, and only
    administrators may name one. Raises InvalidInput(field="endpoint_url").
    """
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        raise _refused("This is not an address.") from None
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise _refused("An endpoint begins with http:// or https://.")
    if parts.username or parts.password or parts.query or parts.fragment or parts.path not in {"", "/"} or "\\" in url:
        raise _refused("An endpoint is a host and a port, without user, path or query.")
    try:
        found = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise _refused(f"The name {parts.hostname} can't be resolved.") from None
    for *_, address in found:
        if _is_metadata(str(address[0])):
            raise _refused("This address belongs to a machine's metadata service, which cdnadmin never asks.")


def _is_metadata(text: str) -> bool:
    address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is None and address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            address = inner
    return address.is_unspecified or address.is_multicast or any(address in network for network in _METADATA)


def _refused(message: str) -> InvalidInput:
    return InvalidInput(message, field="endpoint_url")
