"""List the operations of Amazon Bedrock that the stand-in has, and the exceptions of each.

A test compares both tables with the service model of botocore.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

#: An event of a stream: its name, and its members.
#: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStreamOutput.html
Event: TypeAlias = "tuple[str, dict[str, object]]"
#: Exceptions instead of a response, with their HTTP status.
#: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_Operations_Amazon_Bedrock_Runtime.html
HTTP_EXCEPTIONS = {
    "AccessDeniedException": 403,
    "InternalServerException": 500,
    "ModelErrorException": 424,
    "ModelNotReadyException": 429,
    "ModelStreamErrorException": 424,
    "ModelTimeoutException": 408,
    "ResourceNotFoundException": 404,
    "ServiceQuotaExceededException": 400,
    "ServiceUnavailableException": 503,
    "ThrottlingException": 429,
    "ValidationException": 400,
}
#: Exceptions within a stream, with what they are called where there is none.
STREAM_EXCEPTIONS = {
    "internalServerException": "InternalServerException",
    "modelStreamErrorException": "ModelErrorException",
    "modelTimeoutException": "ModelTimeoutException",
    "serviceUnavailableException": "ServiceUnavailableException",
    "throttlingException": "ThrottlingException",
    "validationException": "ValidationException",
}
#: Those with ``originalStatusCode``.
MODEL_ERRORS = frozenset({"ModelErrorException", "ModelStreamErrorException", "modelStreamErrorException"})
_EVERYWHERE = frozenset(
    {
        "AccessDeniedException",
        "InternalServerException",
        "ResourceNotFoundException",
        "ServiceUnavailableException",
        "ThrottlingException",
        "ValidationException",
    }
)
_CONVERSE = _EVERYWHERE | {"ModelErrorException", "ModelNotReadyException", "ModelTimeoutException"}
_INVOKE = _CONVERSE | {"ServiceQuotaExceededException"}


@dataclass(frozen=True)
class BedrockOperation:
    """An operation: ``POST /model/{modelId}/{suffix}``.

    :param native: whether the body is native, as the model takes it
    :param exceptions: what it answers instead of a response
    :param stream_exceptions: what can come within its stream
    """

    name: str
    suffix: str
    exceptions: frozenset[str]
    native: bool = False
    stream_exceptions: frozenset[str] = frozenset()

    @property
    def streams(self) -> bool:
        """Tell whether the response is a stream."""
        return bool(self.stream_exceptions)


OPERATIONS = (
    BedrockOperation("Converse", "converse", _CONVERSE),
    BedrockOperation(
        "ConverseStream",
        "converse-stream",
        _CONVERSE,
        stream_exceptions=frozenset(STREAM_EXCEPTIONS) - {"modelTimeoutException"},
    ),
    BedrockOperation("InvokeModel", "invoke", _INVOKE, native=True),
    BedrockOperation(
        "InvokeModelWithResponseStream",
        "invoke-with-response-stream",
        _INVOKE | {"ModelStreamErrorException"},
        native=True,
        stream_exceptions=frozenset(STREAM_EXCEPTIONS),
    ),
    BedrockOperation("CountTokens", "count-tokens", _EVERYWHERE),
)


class ServiceError(Exception):
    """Raised when Bedrock answers with an exception.

    :param name: as in :data:`HTTP_EXCEPTIONS`, or within a stream as in :data:`STREAM_EXCEPTIONS`
    """

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.name = name


class BrokenStreamError(Exception):
    """Raised when a stream is to break.

    :param kind: as in :data:`~.script.BREAKS`; a stall is not a break but a wait
    """

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind
