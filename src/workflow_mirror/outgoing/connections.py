"""Connections to receivers: to public addresses, or to networks that are allowed.

The address that is checked is the one that is connected to, so that a name that resolves to
another address the next time leads nowhere.
"""

import ipaddress
import socket
from contextlib import suppress

from django.conf import settings

from workflow_mirror.errors import as_fact
from workflow_mirror.network_errors import UnknownHostError
from workflow_mirror.outgoing.errors import NoResponseError, PrivateTargetError
from workflow_mirror.zuora.regions import is_public

type Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def connect(host: str, port: int, timeout: float, *, is_encrypted: bool) -> socket.socket:
    """Without TLS to the allowed networks only.

    Raises PrivateTargetError if none of the host's addresses may be connected to,
    NoResponseError if it has none, and OSError.
    """
    found = _resolve(host, port)
    allowed = [one for one in found if is_allowed(_address(one), is_encrypted=is_encrypted)]
    if not allowed:
        raise PrivateTargetError(host=host)
    *others, last = allowed
    for address in others:
        with suppress(OSError):
            return socket.create_connection((address, port), timeout)
    return socket.create_connection((last, port), timeout)


def is_allowed(address: Address, *, is_encrypted: bool = True) -> bool:
    networks = map(ipaddress.ip_network, settings.ZWM_WEBHOOK_NETWORKS)
    if any(address in network for network in networks):
        return True
    return is_encrypted and is_public(address)


def has_networks() -> bool:
    """Whether any networks are allowed; only to these go messages without TLS."""
    return bool(settings.ZWM_WEBHOOK_NETWORKS)


def literal(host: str) -> Address | None:
    """The address if the host is one."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def cut(connection: socket.socket | None) -> None:
    """End the wait of another thread for data. Not by SSLSocket's own method, which is for one."""
    if connection is not None:
        with suppress(OSError):
            socket.socket.shutdown(connection, socket.SHUT_RDWR)


def _resolve(host: str, port: int) -> list[str]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise NoResponseError(host=host, reason=as_fact(UnknownHostError())) from error
    return list(dict.fromkeys(str(one[4][0]) for one in found))


def _address(text: str) -> Address:
    """IPv4 within IPv6 counts as what it is."""
    address = ipaddress.ip_address(text.partition("%")[0])
    return getattr(address, "ipv4_mapped", None) or address
