"""Define the exceptions of requests that got no answer, or not the whole of it."""

from __future__ import annotations


class CredentialsUnavailable(Exception):
    """There is nothing to sign the request with."""


class ConnectionFailed(Exception):
    """No connection could be made, or it ended before there was an answer."""


class ReadTimeout(Exception):
    """The service has not begun to answer in time."""


class StreamStalled(Exception):
    """The answer has been silent for too long."""


class StreamBroken(Exception):
    """The answer broke off, or is not what the service has sent."""
