"""Let the Bedrocks of other suites refuse what Bedrock refuses, as the stand-in does."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import unquote

from streaming_api_tools.local.services.bedrock.operations import OPERATIONS
from streaming_api_tools.local.services.bedrock.request_validator import RequestValidator
from streaming_api_tools.local.services.bedrock.validation.refusals import RefusedError

VALIDATOR = RequestValidator(lambda line: None)
BY_SUFFIX = {operation.suffix: operation for operation in OPERATIONS}


def refusal_of(path: str, headers: Mapping[str, str], body: bytes) -> RefusedError | None:
    """Return the error of a request that Bedrock would refuse, None for one that it takes.

    :param headers: with names in lower case
    """
    _, _, model, suffix = path.split("/")
    try:
        VALIDATOR.check(BY_SUFFIX[suffix], unquote(model), headers, body)
    except RefusedError as error:
        return error
    return None
