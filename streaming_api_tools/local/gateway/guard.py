"""Refuse malformed requests, and those that web pages of others send through the browser of the user.

Where nothing authorizes a request, CORS is the only guard there is, and it guards only answers: the function
has run by then. So a request of such a page is refused before, whatever the API's CORS settings allow.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.http import HttpVersion10, HttpVersion11

from ...initiator import Initiator, initiator_of
from ...loopback import is_loopback

#: The names that AWS gives to APIs and function URLs; nobody else can make them lead anywhere.
OF_AWS = re.compile(
    r"[a-z0-9]+\.(execute-api\.[a-z0-9-]+\.amazonaws\.com(\.cn)?|lambda-url\.[a-z0-9-]+\.on\.aws)"
)


#: What the form of a host does not have; a reader of URLs would take some of them for parts beside it.
NO_HOST = re.compile(r"[\s@/?#\\\x00-\x20\x7f]")
#: "Total combined size of request line and header values".
#: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html
MAX_HEAD = 10_240


class Guard:
    """Decides which hosts and which pages requests may name.

    :param listens_on: the address that the gateway listens on
    :param hosts: further names that it is called by; one that begins with a dot is for all names below it
    :param origins: of pages that may send requests that nothing authorizes; ``*`` for all
    """

    def __init__(self, listens_on: str, hosts: Collection[str] = (), origins: Collection[str] = ()) -> None:
        self._listens_on = listens_on.lower()
        self._hosts = tuple(host.lower() for host in hosts)
        self._origins = {origin.lower() for origin in origins}

    def refusal(self, request: web.Request) -> web.Response | None:
        """Return the answer to a request that is malformed, or for another host; None when it is neither.

        Without a version the parser takes a request for HTTP/0.9; the head has a largest size; CONNECT would
        make a tunnel of the connection.
        """
        host = request.headers.get("Host", "")
        if not HttpVersion10 <= request.version <= HttpVersion11 or not is_host(host):
            refusal = web.Response(status=400)
        elif request.method == "CONNECT":
            refusal = web.Response(status=405)
        elif head_size(request) > MAX_HEAD:
            message = f"the request line and the values of headers may have {MAX_HEAD} bytes together"
            refusal = web.json_response({"message": message}, status=431)
        elif reason := self.refused_host(host):
            refusal = web.json_response({"message": reason}, status=403)
        else:
            return None
        refusal.force_close()
        return refusal

    def refused_host(self, host: str) -> str | None:
        """Return why a request with this ``Host`` is refused, None when it is not.

        A browser never leaves it out; a program that does comes from no page.
        """
        name = _hostname(host)
        if not name or self._is_own(name) or any(_fits(name, allowed) for allowed in self._hosts):
            return None
        return f"{name} is no name of this gateway; start it with --allow-host {name} if it is"

    def _is_own(self, name: str) -> bool:
        if OF_AWS.fullmatch(name):
            return True
        listens_on = _address(self._listens_on)
        if listens_on is None:
            return name == self._listens_on or (self._listens_on == "localhost" and is_loopback(name))
        address = _address(name)
        if listens_on.is_unspecified:
            # no name leads to an address that is written out but the address
            return address is not None or is_loopback(name)
        return address == listens_on or (listens_on.is_loopback and is_loopback(name))

    def refused_page(self, headers: Mapping[str, str], most: Initiator) -> str | None:
        """Return why a request that a page may have made is refused, None when it is not.

        :param most: the farthest page that may have made it
        """
        origin = headers.get("Origin")
        if most is Initiator.NO_PAGE and origin is not None:
            return "pages may not send this"
        if initiator_of(headers, f"http://{headers.get('Host', '')}") <= most:
            return None
        if origin is not None:
            if not {"*", origin.lower()}.isdisjoint(self._origins):
                return None
            allow = f"start the gateway with --allow-origin {origin} if they may"
            return f"pages of {origin} may not send this; {allow}"
        return "pages of other sites may not send this"


def _hostname(host: str) -> str:
    try:
        return (urlsplit(f"//{host}").hostname or "").lower().rstrip(".")
    except ValueError:
        return host


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None


def _fits(name: str, allowed: str) -> bool:
    return name == allowed or (allowed.startswith(".") and name.endswith(allowed))


def head_size(request: web.Request) -> int:
    """Return the bytes of the request line and the values of headers."""
    line = f"{request.method} {request.raw_path} HTTP/1.1"
    return len(line.encode()) + sum(len(value) for _, value in request.raw_headers)


def is_host(text: str) -> bool:
    """Tell whether a text has the form of a host, with or without a port (RFC 9110, section 7.2).

    >>> [is_host(text) for text in ("a.example:3000", "[::1]:3000", "a:b", "a:99999", "[::1", "evil@a")]
    [True, True, False, False, False, False]
    """
    if NO_HOST.search(text):
        return False
    try:
        parts = urlsplit(f"//{text}")
        return parts.port is None or parts.hostname is not None
    except ValueError:
        return False
