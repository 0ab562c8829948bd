"""Read the credentials that Lambda gives a function.

Without SnapStart, environment variables. With it, an HTTP endpoint inside the sandbox, because what a
snapshot holds has expired when it is restored: "Activating SnapStart", AWS Lambda Developer Guide, and
"Container credential provider", AWS SDKs and Tools Reference Guide. Both are read at each request.
"""

from __future__ import annotations

import json
import time

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
# Seconds before their end at which credentials are replaced; botocore's, as are the next two.
REFRESH = 15 * 60
_TIMEOUT = 2.0
_ATTEMPTS = 3
_NO_ANSWER = (ConnectionFailed, OSError, ReadTimeout, StreamBroken, StreamStalled)


class AwsCredentials:
    """Keys to sign with.

    :param token: the session token, which credentials of a role have
    :param expires_at: epoch in seconds. Default: - somebody else's concern
    """

    def __init__(
        self, access_key: str, secret_key: str, token: str | None = None, expires_at: float | None = None
    ) -> None:
        self.access_key = access_key
        self.secret_key = secret_key
        self.token = token
        self.expires_at = expires_at


class CredentialSource:
    """The function's credentials as they are now.

    :param environ: the environment variables, as they are at each call
    :param fetch: gets the JSON document of a URL, with an ``Authorization`` header. Default: - over HTTP
    """

    def __init__(
        self,
        environ: Mapping[str, str],
        fetch: Callable[[str, str], bytes] | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._environ = environ
        self._fetch = fetch or _fetch
        self._now = now
        self._fetched: AwsCredentials | None = None

    def current(self) -> AwsCredentials:
        """Return credentials that have not expired.

        :raises CredentialsUnavailable: when there are none
        """
        environ = self._environ
        if environ.get("AWS_ACCESS_KEY_ID"):
            return AwsCredentials(
                environ["AWS_ACCESS_KEY_ID"],
                environ.get("AWS_SECRET_ACCESS_KEY", ""),
                environ.get("AWS_SESSION_TOKEN"),
            )
        if self._fetched is None or self._left(self._fetched) < REFRESH:
            try:
                self._fetched = self._refreshed()
            except CredentialsUnavailable:
                if self._fetched is None or self._left(self._fetched) <= 0:
                    raise
        return self._fetched

    def _left(self, credentials: AwsCredentials) -> float:
        return (credentials.expires_at or 0) - self._now()

    def _refreshed(self) -> AwsCredentials:
        url = self._environ.get("AWS_CONTAINER_CREDENTIALS_FULL_URI")
        if not url:
            raise CredentialsUnavailable("no credentials in the environment")
        try:
            said = json.loads(self._fetch(url, _authorization(self._environ)))
            return AwsCredentials(
                said["AccessKeyId"], said["SecretAccessKey"], said["Token"], _epoch(said["Expiration"])
            )
        except (*_NO_ANSWER, ValueError, LookupError, TypeError) as error:
            raise CredentialsUnavailable(f"no credentials from {url}: {error}") from error


def can_fetch(url: str) -> bool:
    """Return whether credentials may be fetched from a URL without TLS."""
    return url.lower().startswith("http://") and parts_of(url)[2] in HOSTS


def _authorization(environ: Mapping[str, str]) -> str:
    token = environ.get("AWS_CONTAINER_AUTHORIZATION_TOKEN", "")
    if file := environ.get("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"):
        with open(file, encoding="utf-8") as opened:
            token = opened.read()
    if "\n" in token or "\r" in token:  # refused by the connection as well
        raise ValueError("the authorization token spans lines")
    return token


def _epoch(timestamp: str) -> float:
    from datetime import datetime  # what SnapStart alone needs costs others no time at the cold start

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
