"""Find the proxy that a request goes through: the environment's, and never for this machine.

curl and most clients would send requests to 127.0.0.1 through ``HTTP_PROXY`` too, unless ``NO_PROXY`` has it.
A proxy cannot reach the loopback interface of its clients, and one that answers for a metadata service of AWS
gives the credentials of its own machine.
"""

from __future__ import annotations

import re
import urllib.request
from collections.abc import MutableMapping
from urllib.parse import urlsplit, urlunsplit

from .loopback import is_loopback

#: Names of this machine, as NO_PROXY takes them; botocore compares an IPv6 address with its brackets.
LOOPBACK = ("localhost", "127.0.0.1", "::1", "[::1]")
#: Where credentials are asked for on a machine or in a container of AWS.
#: https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-proxy.html
METADATA = (
    "169.254.169.254",
    "169.254.170.2",
    "169.254.170.23",
    "fd00:ec2::254",
    "[fd00:ec2::254]",
    "fd00:ec2::23",
    "[fd00:ec2::23]",
)
METADATA_URLS = ("AWS_EC2_METADATA_SERVICE_ENDPOINT", "AWS_CONTAINER_CREDENTIALS_FULL_URI")


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


def exempt_own_hosts(environ: MutableMapping[str, str]) -> None:
    """Add this machine and AWS's metadata services to ``NO_PROXY``, for botocore, urllib and child processes.

    Call it before any thread begins: while one changes the environment, another cannot read it.

    :param environ: left alone where it names no proxy: an operating system then has the settings
    """
    if not any(environ.get(name) for name in environ if name.lower() in _PROXIES):
        return
    listed = environ.get("no_proxy") or environ.get("NO_PROXY") or ""
    if listed.strip() == "*":
        return
    names = [name.strip() for name in listed.split(",") if name.strip()]
    configured = [found["host"] for name in METADATA_URLS if (found := _HOST.match(environ.get(name, "")))]
    value = ",".join(dict.fromkeys([*names, *LOOPBACK, *METADATA, *configured]))
    # most programs read the first, some only the second
    environ["no_proxy"] = environ["NO_PROXY"] = value


_HOST = re.compile(r"\w+://(?P<host>\[[^]]+\]|[^][:/?#]+)")
_PROXIES = frozenset({"http_proxy", "https_proxy", "all_proxy"})
