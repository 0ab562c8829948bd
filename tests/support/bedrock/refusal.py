"""Let the Bedrocks of other suites refuse what Bedrock refuses, as the stand-in does."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote

from streaming_api_tools.local.services.bedrock.messages_api import MessagesApi
from streaming_api_tools.local.services.bedrock.operations import OPERATIONS
from streaming_api_tools.local.services.bedrock.request_validator import RequestValidator
from streaming_api_tools.local.services.bedrock.responses_api import ResponsesApi
from streaming_api_tools.local.services.bedrock.validation.refusals import RefusedError

VALIDATOR = RequestValidator(lambda line: None)
#: Path for the API of a vendor -> what checks a request.
VENDOR_APIS: dict[str, Callable[[dict[str, Any], Mapping[str, str]], object]] = {
    "/anthropic/v1/messages": lambda body, headers: MessagesApi().read(body, headers, lenient=False),
    "/openai/v1/responses": lambda body, headers: ResponsesApi().read(body, headers, lenient=False),
}
BY_SUFFIX = {operation.suffix: operation for operation in OPERATIONS}


def refusal_of(path: str, headers: Mapping[str, str], body: bytes) -> RefusedError | None:
    """Return the error of a request that Bedrock would refuse, None for one that it takes.

    :param headers: with names in lower case
    """
    try:
        if path in VENDOR_APIS:
            VENDOR_APIS[path](json.loads(body), headers)
            return None
        _, _, model, suffix = path.split("/")
        VALIDATOR.check(BY_SUFFIX[suffix], unquote(model), headers, body)
    except RefusedError as error:
        return error
    return None
