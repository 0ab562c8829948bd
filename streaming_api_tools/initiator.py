"""Tell which web page, if any, made a browser send a request to a server on this machine.

A page of anybody can send requests to loopback, and a host name of theirs can be made to lead there ("DNS
rebinding"). Browsers tell the server in two headers, which no page can change: ``Origin``
(https://fetch.spec.whatwg.org/#origin-header) and ``Sec-Fetch-Site`` (https://www.w3.org/TR/fetch-metadata/).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from urllib.parse import urlsplit


class Initiator(IntEnum):
    """The page behind a request, by its distance from the server."""

    NO_PAGE = 0  # a program that is no browser, or the user by the address bar
    SAME_ORIGIN = 1
    SAME_SITE = 2  # another port of the same host
    CROSS_SITE = 3


FETCH_SITES = {
    "none": Initiator.NO_PAGE,
    "same-origin": Initiator.SAME_ORIGIN,
    "same-site": Initiator.SAME_SITE,
}
#: Headers without which no page is behind a request.
HEADERS = ("Origin", "Sec-Fetch-Site")


def initiator_of(headers: Mapping[str, str], own_origin: str) -> Initiator:
    """Return the farthest page that the headers of a request tell of.

    :param headers: by their usual spelling, or case-insensitive
    :param own_origin: of the server, such as ``http://127.0.0.1:3000``

    >>> initiator_of({"Origin": "https://evil.example"}, "http://127.0.0.1:3000")
    <Initiator.CROSS_SITE: 3>
    >>> initiator_of({"Origin": "http://127.0.0.1:5173", "Sec-Fetch-Site": "same-site"}, "http://127.0.0.1:3000")
    <Initiator.SAME_SITE: 2>
    """
    site = headers.get("Sec-Fetch-Site", "none").strip().lower()
    return max(
        FETCH_SITES.get(site, Initiator.CROSS_SITE), _by_origin(headers.get("Origin"), own_origin.lower())
    )


def _by_origin(origin: str | None, own: str) -> Initiator:
    if origin is None:
        return Initiator.NO_PAGE
    if origin.lower() == own:
        return Initiator.SAME_ORIGIN
    try:
        theirs, ours = urlsplit(origin.lower()), urlsplit(own)
        same = (theirs.scheme, theirs.hostname) == (ours.scheme, ours.hostname)
    except ValueError:
        same = False
    return Initiator.SAME_SITE if same else Initiator.CROSS_SITE
