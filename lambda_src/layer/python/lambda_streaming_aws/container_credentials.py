"""Fetch credentials from an endpoint inside the sandbox, as a function with SnapStart does.

"Container credential provider", AWS SDKs and Tools Reference Guide. Where the credentials are in environment
variables, nobody loads this module.
"""

from __future__ import annotations

import json
from datetime import datetime

from .connection import HttpOrigin
from .endpoint import parts_of
from .exceptions import (
    ConnectionFailed,
    CredentialsUnavailable,
    ReadTimeout,
    StreamBroken,
    StreamStalled,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

# Where credentials may be fetched from without TLS: the guide's list.
HOSTS = {"127.0.0.1", "::1", "localhost", "169.254.170.2", "169.254.170.23", "fd00:ec2::23"}
# botocore's, in seconds and tries.
_TIMEOUT = 2.0
_ATTEMPTS = 3
_NO_ANSWER = (ConnectionFailed, OSError, ReadTimeout, StreamBroken, StreamStalled)


def can_fetch(url: str) -> bool:
    """Return whether credentials may be fetched from a URL without TLS."""
    return url.lower().startswith("http://") and parts_of(url)[2] in HOSTS


def fetched(
    environ: Mapping[str, str], fetch: Callable[[str, str], bytes] | None = None
) -> tuple[str, str, str, float]:
    """Return access key, secret key, session token, and when they expire in seconds of the epoch.

    :param fetch: gets the JSON document of a URL, with an ``Authorization`` header. Default: - over HTTP
    :raises CredentialsUnavailable: when there are none
    """
    url = environ.get("AWS_CONTAINER_CREDENTIALS_FULL_URI")
    if not url:
        raise CredentialsUnavailable("no credentials in the environment")
    try:
        said = json.loads((fetch or _fetch)(url, _authorization(environ)))
        return (
            *(said["AccessKeyId"], said["SecretAccessKey"], said["Token"]),
            _epoch(said["Expiration"]),
        )
    except (*_NO_ANSWER, ValueError, LookupError, TypeError) as error:
        raise CredentialsUnavailable(f"no credentials from {url}: {error}") from error


def _authorization(environ: Mapping[str, str]) -> str:
    token = environ.get("AWS_CONTAINER_AUTHORIZATION_TOKEN", "")
    if file := environ.get("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"):
        with open(file, encoding="utf-8") as opened:
            token = opened.read()
    if "\n" in token or "\r" in token:  # refused by the connection as well
        raise ValueError("the authorization token spans lines")
    return token


def _epoch(timestamp: str) -> float:
    return datetime.fromisoformat(timestamp.replace("Z", "+00:00")).timestamp()


def _fetch(url: str, authorization: str) -> bytes:
    for _ in range(_ATTEMPTS - 1):
        try:
            return _get(url, authorization)
        except _NO_ANSWER:
            pass
    return _get(url, authorization)


def _get(url: str, authorization: str) -> bytes:
    origin = HttpOrigin(url, None, connect_timeout=_TIMEOUT, read_timeout=_TIMEOUT)
    headers = {"Host": origin.host, **({"Authorization": authorization} if authorization else {})}
    try:
        answer = origin.get(origin.path, headers)
        said = answer.read()
    finally:
        origin.close()
    if answer.status != 200:
        raise OSError(f"status {answer.status}")
    return said
