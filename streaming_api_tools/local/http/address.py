"""Describe the address that a server listens on."""

from __future__ import annotations

from ipaddress import ip_address

LOOPBACK = "127.0.0.1"


def authority(host: str, port: int) -> str:
    """Return host and port as the URL for this machine has them.

    >>> authority("0.0.0.0", 3000), authority("::1", 3000)
    ('127.0.0.1:3000', '[::1]:3000')
    """
    try:
        address = ip_address(host)
    except ValueError:
        return f"{host}:{port}"
    if address.is_unspecified:
        return f"{LOOPBACK}:{port}"
    return f"[{host}]:{port}" if address.version == 6 else f"{host}:{port}"
