"""Exceptions of the Bedrock client. Errors that Bedrock answers with look as botocore's do."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


class BedrockError(Exception):
    """Bedrock answered with an error, before or inside the stream.

    :param response: as in botocore's ``ClientError``: ``Error`` has ``Code`` and ``Message``; an error before
        the stream also has ``ResponseMetadata`` and the members of its own, such as ``originalStatusCode``
    """

    def __init__(self, response: Mapping[str, Any]) -> None:
        super().__init__("{Code} from Bedrock: {Message}".format(**response["Error"]))
        self.response = dict(response)


class CredentialsUnavailable(Exception):
    """There is nothing to sign the request with."""


class ConnectionFailed(Exception):
    """No connection could be made, or it ended before there was an answer."""


class ReadTimeout(Exception):
    """Bedrock has not begun to answer in time."""


class StreamStalled(Exception):
    """The stream has been silent for too long."""


class StreamBroken(Exception):
    """The stream broke off, or is not what Bedrock has sent."""
