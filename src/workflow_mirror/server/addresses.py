"""What counts as one client."""

import ipaddress


def client_network(address: str) -> str:
    """An IPv4 address, or the /64 that one IPv6 subscriber has.

    What is no address stays as it is.
    """
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(ip, ipaddress.IPv6Address):
        ip = ip.ipv4_mapped or ipaddress.ip_network((int(ip), 64), strict=False).network_address
    return str(ip)
