"""``POST /v1/chat/completions``: OpenAI's Chat Completions API.

https://platform.openai.com/docs/api-reference/chat and .../chat-streaming. ``reasoning_content`` is not
OpenAI's: several servers and clients have agreed on it.
"""

from __future__ import annotations

from lambda_streaming import Response

from ...converse.model_call import ModelCall
from ..fitting import fit
from ..openai_words import in_openais_words
from .request import to_converse
from .response import chunks, completion

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from lambda_streaming import HTTPError

    from ...converse.model_call import ChatRequest, ResponseMetadata
    from ...converse.stream import ConverseEvent

# Where OpenAI's API has what Bedrock calls otherwise.
_FIELDS = {"serviceTier": "service_tier", "system": "messages"}


def read(request: ChatRequest) -> ModelCall:
    """Return the call that a request asks for.

    :raises HTTPError: 400 that names the field that has no counterpart
    """
    body = request.body()
    model = body.text("model")
    allowed = request.settings.model(model)
    converted = to_converse(body, allowed.family)
    fit(body, converted.members, allowed, "stop")
    options = body.member("stream_options")
    include_usage = options is not None and options.flag("include_usage")
    streams = body.flag("stream")

    def respond(events: Iterator[ConverseEvent], metadata: ResponseMetadata) -> Response:
        if not streams:
            return Response(body=completion(events, metadata, converted.tool_names))
        headers = {"content-type": "text/event-stream"}
        return Response(headers=headers, body=chunks(events, metadata, include_usage, converted.tool_names))

    return ModelCall(model, converted.members, respond, converted=converted)


def translate_error(error: HTTPError) -> None:
    """Name the error and the field at fault as the caller does."""
    in_openais_words(error, _FIELDS)
