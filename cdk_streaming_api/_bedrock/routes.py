"""List the routes by which clients of OpenAI, Anthropic and others reach the bundled chat handler."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import Enum

from .._common.argument_checks import check_type

_MODELS = (("GET", "v1/models"), ("GET", "v1/models/{modelId}"))

# Without a store a response by its id is a 404 of the function, which clients understand.
_RESPONSES = (
    ("POST", "v1/responses"),
    ("GET", "v1/responses/{responseId}"),
    ("POST", "v1/responses/{responseId}/cancel"),
)
# What there is of a response only where it is stored.
_STORED = (
    ("DELETE", "v1/responses/{responseId}"),
    ("GET", "v1/responses/{responseId}/input_items"),
)
_RESPONSE = "v1/responses/{responseId}"


class BedrockFormat(Enum):
    """An API whose clients, given the URL of the stage, need nothing else changed.

    Each value is the methods and paths that the clients call::

        chat = BedrockFunction(self, "Formats", model=model)
        api.add_bedrock_routes(formats=[BedrockFormat.OPENAI, BedrockFormat.ANTHROPIC], handler=chat)
    """

    #: typed server-sent events, lines of JSON or text: the format of this package
    NATIVE = (("POST", "chat"),)
    #: OpenAI Chat Completions and Responses; the base URL ends in ``/v1``
    OPENAI = (("POST", "v1/chat/completions"), *_RESPONSES, *_MODELS)
    #: Anthropic Messages
    ANTHROPIC = (("POST", "v1/messages"), ("POST", "v1/messages/count_tokens"), *_MODELS)
    #: the UI message stream of the AI SDK, for ``useChat``
    AI_SDK = (("POST", "ui/chat"),)
    #: Bedrock's own operations, for boto3 and ``AnthropicBedrock``
    BEDROCK = (
        ("POST", "model/{modelId}/converse"),
        ("POST", "model/{modelId}/invoke"),
        ("POST", "model/{modelId}/count-tokens"),
        ("POST", "model/{modelId}/converse-stream"),
        ("POST", "model/{modelId}/invoke-with-response-stream"),
    )


#: Formats with a route that counts tokens, which needs a permission of its own.
COUNTING = (BedrockFormat.ANTHROPIC, BedrockFormat.BEDROCK)
#: What ``add_bedrock_routes`` mounts unless it is told otherwise.
DEFAULT_FORMATS = (
    BedrockFormat.NATIVE,
    BedrockFormat.OPENAI,
    BedrockFormat.ANTHROPIC,
    BedrockFormat.AI_SDK,
)


def routes(formats: Sequence[BedrockFormat], prefix: str, stores: bool = False) -> Iterator[tuple[str, str]]:
    """Yield method and path of each route.

    :param prefix: path below the stage that comes before all of them; empty for none.
    :param stores: whether responses are stored. Default: False
    """
    for each in formats:
        check_type("each of formats", each, BedrockFormat)
    # formats share routes
    found = dict.fromkeys(route for each in formats for route in each.value)
    if stores and _RESPONSES[0] in found:
        found |= dict.fromkeys(_STORED)
    for http_method, path in found:
        yield http_method, f"{prefix.strip('/')}/{path}".lstrip("/")


def is_of_response(path: str) -> bool:
    """Tell whether a path is that of one response, or below it."""
    return _RESPONSE in path
