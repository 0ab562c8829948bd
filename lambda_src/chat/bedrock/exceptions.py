"""Define the exception for what Bedrock answers, in the form of botocore's."""

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
