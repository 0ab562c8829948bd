"""Find the proxy that a request goes through: the environment's, and never for this machine.

curl and most clients would send requests to 127.0.0.1 through ``HTTP_PROXY`` too, unless ``NO_PROXY`` has it.
A proxy cannot reach the loopback interface of its clients.
"""

from __future__ import annotations

import urllib.request
from collections.abc import MutableMapping
from urllib.parse import urlsplit, urlunsplit

from .loopback import is_loopback

#: Names of this machine, as NO_PROXY takes them; botocore compares an IPv6 address with its brackets.
LOOPBACK = ("localhost", "127.0.0.1", "::1", "[::1]")


def proxy_for(url: str) -> str | None:
    """Return the proxy that the environment names for ``url``, as curl would use it, but for loopback.

    aiohttp's ``trust_env`` would also read ``.netrc`` and put its password over a signature.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    if is_loopback(host) or urllib.request.proxy_bypass(host):
        return None
    return urllib.request.getproxies().get(parts.scheme)


def without_password(proxy: str) -> str:
    """Return the URL of a proxy as it may be printed.

    >>> without_password("http://user:secret@proxy.example:3128")
    'http://proxy.example:3128'
    """
    parts = urlsplit(proxy)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def exempt_loopback(environ: MutableMapping[str, str]) -> None:
    """Add this machine to ``NO_PROXY``, for botocore, urllib and the functions that inherit the environment.

    :param environ: left alone where it names no proxy: an operating system then has the settings
    """
    if not any(environ.get(name) for name in environ if name.lower() in _PROXIES):
        return
    listed = environ.get("no_proxy") or environ.get("NO_PROXY") or ""
    if listed.strip() == "*":
        return
    names = [name.strip() for name in listed.split(",") if name.strip()]
    value = ",".join([*names, *(name for name in LOOPBACK if name not in names)])
    # most programs read the first, some only the second
    environ["no_proxy"] = environ["NO_PROXY"] = value


_PROXIES = frozenset({"http_proxy", "https_proxy", "all_proxy"})
