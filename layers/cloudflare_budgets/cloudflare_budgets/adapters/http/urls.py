"""Which hosts are this machine, where plain http gives nothing away."""

import ipaddress


def is_loopback(host: str) -> bool:
    """Tell whether a host is this machine: by its usual name, or any address of the loopback."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
