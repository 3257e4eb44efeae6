"""What counts as one client."""

import ipaddress


def client_network(address: str) -> str:
    """An IPv4 address, or the /64 network of an IPv6 subscriber.

    A text that is not an address is returned unchanged.
    """
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(ip, ipaddress.IPv6Address):
        ip = ip.ipv4_mapped or ipaddress.ip_network((int(ip), 64), strict=False).network_address
    return str(ip)
