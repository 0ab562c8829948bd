"""Read the URI of an integration with a function.

https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode-lambda.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_LAMBDA_URI = re.compile(
    r"^arn:[^:]*:apigateway:[^:]*:lambda:path/(?P<version>\d{4}-\d\d-\d\d)/functions/(?P<function>.+)/"
    r"(?P<action>[a-z-]*invocations)$"
)
#: Version and action -> the transfer mode that goes with them; there are no others (same page).
_MODES = {
    ("2015-03-31", "invocations"): "BUFFERED",
    ("2021-11-15", "response-streaming-invocations"): "STREAM",
}


@dataclass(frozen=True)
class LambdaUri:
    """The URI of an integration with a function.

    :param function: name or ARN of the function
    :param action: last part of the path, such as ``invocations``
    :param ending: version and action, as a message shows them
    :param mode: the transfer mode that goes with it, empty when none does
    """

    function: str
    action: str
    ending: str
    mode: str

    @classmethod
    def parse(cls, uri: str) -> LambdaUri | None:
        """Return the parts of a URI, None when it is not of a function."""
        found = _LAMBDA_URI.match(uri)
        if not found:
            return None
        version, action = found["version"], found["action"]
        return cls(found["function"], action, f"{version}/.../{action}", _MODES.get((version, action), ""))
