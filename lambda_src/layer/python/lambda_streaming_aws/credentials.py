"""Read the credentials that Lambda gives a function.

Without SnapStart, environment variables. With it, an HTTP endpoint inside the sandbox, because what a
snapshot holds has expired when it is restored: "Activating SnapStart", AWS Lambda Developer Guide, and
"Container credential provider", AWS SDKs and Tools Reference Guide. Both are read at each request.
"""

from __future__ import annotations

import time

from .exceptions import CredentialsUnavailable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

# Seconds before their end at which credentials are replaced; botocore's.
REFRESH = 15 * 60


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
        self._fetch = fetch
        self._now = now
        self._fetched: AwsCredentials | None = None
        if not environ.get("AWS_ACCESS_KEY_ID"):
            # when the function is initialized, and not when a client waits
            from . import container_credentials  # noqa: F401

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
        from .container_credentials import fetched

        return AwsCredentials(*fetched(self._environ, self._fetch))
