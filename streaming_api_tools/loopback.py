"""Tell whether a host is this machine."""

from __future__ import annotations

from ipaddress import ip_address


def is_loopback(host: str) -> bool:
    """Tell whether only this machine is behind a host; a name other than localhost may be anything.

    >>> is_loopback("127.0.0.1"), is_loopback("api.localhost"), is_loopback("0.0.0.0")
    (True, True, False)
    """
    try:
        return ip_address(host).is_loopback
    except ValueError:
        # RFC 6761, section 6.3: these are never looked up
        return host == "localhost" or host.endswith(".localhost")
