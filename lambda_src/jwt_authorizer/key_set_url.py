"""Read the key set of an issuer from its URL."""

from __future__ import annotations

import http.client
from urllib.parse import urlsplit

#: Seconds for the connection, and for each part of the answer; API Gateway waits 29 for an authorizer.
_TIMEOUT = 3.0
#: Bytes; a key has about 500.
_LARGEST = 256 * 1024
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


def check_url(url: str, *, loopback: bool = False) -> str:
    """Return a URL that keys may come from.

    :param url: the URL
    :param loopback: whether it may be HTTP on loopback, as in a test. Default: False
    :raises ValueError: when it is not HTTPS
    """
    parts = urlsplit(url)
    on_loopback = loopback and parts.scheme == "http" and parts.hostname in _LOOPBACK
    if not parts.hostname or not (parts.scheme == "https" or on_loopback):
        raise ValueError(f"JWKS_URL must be an https URL, got {url!a:.200}")
    return url


def read_url(url: str) -> bytes:
    """Return the document at a URL; a redirect is an error, since only this URL is trusted.

    :param url: one that :func:`check_url` returned
    :raises OSError: when it cannot be read
    :raises ValueError: when the answer is too long
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(host, parts.port, timeout=_TIMEOUT)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        connection.request("GET", path, headers={"Accept": "application/json"})
        response = connection.getresponse()
        body = response.read(_LARGEST + 1)
    except http.client.HTTPException as error:
        raise OSError(f"{host} did not answer with HTTP: {type(error).__name__}") from error
    finally:
        connection.close()
    if response.status != 200:
        raise OSError(f"{host} answered with {response.status}")
    if len(body) > _LARGEST:
        raise ValueError(f"the key set of {host} is longer than {_LARGEST} bytes")
    return body
