"""Zuora's data centres, and the base URLs that a customer may have.

Source: API.md section 1 (the ten REST base URLs of Zuora's SDK 3.21). Zuora support assigns
further hosts (performance test, production copy), so any `https://*.zuora.com` is allowed.
"""

import ipaddress
import re
import socket
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from workflow_mirror.zuora.errors import (
    BaseUrlFormError,
    BaseUrlHostError,
    BaseUrlPasswordError,
    BaseUrlPathError,
    BaseUrlSchemeError,
    ForeignHostError,
    LeadsToPrivateAddressError,
    NoUrlError,
    PrivateAddressError,
)

# Letters, digits, hyphens, underscores (in container networks); other alphabets encoded as xn--.
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
_LONGEST_NAME = 253
# IPv6-only networks reach IPv4 hosts through these addresses (RFC 6052).
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_DEFAULT_PORTS = {"http": 80, "https": 443}

type _Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True)
class Region:
    base_url: str
    label: str
    environment: str


REGIONS = (
    Region("https://rest.zuora.com", "US Cloud 2 production", "production"),
    Region("https://rest.na.zuora.com", "US Cloud 1 production", "production"),
    Region("https://rest.eu.zuora.com", "EU production", "production"),
    Region("https://rest.ap.zuora.com", "APAC production", "production"),
    Region("https://rest.apisandbox.zuora.com", "US Cloud 2 API Sandbox", "sandbox"),
    Region("https://rest.sandbox.na.zuora.com", "US Cloud 1 API Sandbox", "sandbox"),
    Region("https://rest.sandbox.eu.zuora.com", "EU API Sandbox", "sandbox"),
    Region("https://rest.test.zuora.com", "US Developer and Central Sandbox", "central sandbox"),
    Region("https://rest.test.eu.zuora.com", "EU Developer and Central Sandbox", "central sandbox"),
    Region(
        "https://rest.test.ap.zuora.com", "APAC Developer and Central Sandbox", "central sandbox"
    ),
)


@dataclass(frozen=True)
class HostPolicy:
    """The hosts that may be called: `*.zuora.com`, and hosts that the environment allows."""

    allow_local: bool = False
    extra_hosts: frozenset[str] = frozenset()


def environment_of(base_url: str) -> str:
    """The usual kind of tenant at a base URL; "" if the URL is not one of the ten."""
    return next((region.environment for region in REGIONS if region.base_url == base_url), "")


def checked_base_url(text: str, policy: HostPolicy) -> str:
    """The base URL in normal form (scheme, host, port only if it is not the default).

    Raises BaseUrlRefusedError with the reason, which repeats no other part of the input.
    """
    try:
        url = urlsplit(text.strip())
        port = url.port
    except ValueError as error:
        raise NoUrlError from error
    host = (url.hostname or "").rstrip(".")
    _refuse_wrong_form(url, host)
    _refuse_wrong_host(url.scheme, host, policy)
    name = f"[{host}]" if ":" in host else host
    is_usual = port in {None, _DEFAULT_PORTS[url.scheme]}
    return f"{url.scheme}://{name}" + ("" if is_usual else f":{port}")


def refuse_private_addresses(base_url: str, policy: HostPolicy) -> None:
    """Raise BaseUrlRefusedError if the host name resolves to a private or loopback address.

    A name that does not resolve here passes: a proxy may resolve it, and if not, the error of the
    call itself is clear enough.
    """
    if policy.allow_local:
        return
    url = urlsplit(base_url)
    try:
        found = socket.getaddrinfo(url.hostname, url.port or 443, type=socket.SOCK_STREAM)
    except OSError:
        return
    for *_, address in found:
        if not is_public(ipaddress.ip_address(str(address[0]).split("%")[0])):
            raise LeadsToPrivateAddressError(host=url.hostname)


def _refuse_wrong_form(url: SplitResult, host: str) -> None:
    if url.scheme not in _DEFAULT_PORTS or not host:
        raise BaseUrlFormError
    if url.username is not None or url.password is not None:
        raise BaseUrlPasswordError
    if url.path.strip("/") or url.query or url.fragment:
        raise BaseUrlPathError


def _refuse_wrong_host(scheme: str, host: str, policy: HostPolicy) -> None:
    address = _address(host)
    if address is None and not _is_host_name(host):
        raise BaseUrlHostError
    local = _is_local_name(host) if address is None else not is_public(address)
    if local and not policy.allow_local:
        raise PrivateAddressError(host=host)
    if scheme == "http" and not policy.allow_local:
        raise BaseUrlSchemeError
    known = host.endswith(".zuora.com") or host in policy.extra_hosts
    if not known and not local:
        raise ForeignHostError(host=host)


def _address(host: str) -> _Address | None:
    try:
        return ipaddress.ip_address(host) if "%" not in host else None
    except ValueError:
        return None


def _is_host_name(host: str) -> bool:
    labels = host.split(".")
    return len(host) <= _LONGEST_NAME and all(_LABEL.fullmatch(label) for label in labels)


def _is_local_name(host: str) -> bool:
    return host == "localhost" or host.endswith(".localhost")


def is_public(address: _Address) -> bool:
    if isinstance(address, ipaddress.IPv6Address):
        if address in _NAT64:
            return is_public(ipaddress.IPv4Address(address.packed[-4:]))
        if address.is_site_local:
            return False  # long obsolete; Python counts it as global
    return address.is_global and not address.is_multicast
