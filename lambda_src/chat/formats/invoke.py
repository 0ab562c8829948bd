"""``POST /model/{modelId}/invoke-with-response-stream``: requests in the words of the model itself.

The answer is Bedrock's event stream, as boto3 and Anthropic's ``AnthropicBedrock`` read it, or with
``?format=sse`` the model's chunks as server-sent events, whose last has ``amazon-bedrock-invocationMetrics``.
``/invoke`` is the same with a whole answer, for the families whose chunks say all of it.
"""

from __future__ import annotations

import json

from lambda_streaming import Response

from ..converse.model_call import ModelCall
from ..converse.native_request import native_arguments
from ..converse.request import to_converse
from ..converse.stream import checked_chunks
from ..json_body import JsonObject, bad_request
from .event_stream import CONTENT_TYPE, Frames, translate_error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    from ..bedrock import StreamingClient
    from ..converse.model_call import ChatRequest, ResponseMetadata
    from ..settings import AllowedModel, ChatSettings

__all__ = ["read", "translate_error"]

FORMATS = ("eventstream", "sse")
#: How the path of the operation with a whole answer ends.
WHOLE = "/invoke"
# Header -> path of a member of ConverseStream: botocore's service model, InvokeModelWithResponseStream.
HEADERS = {
    "x-amzn-bedrock-guardrailidentifier": ("guardrailConfig", "guardrailIdentifier"),
    "x-amzn-bedrock-guardrailversion": ("guardrailConfig", "guardrailVersion"),
    "x-amzn-bedrock-trace": ("guardrailConfig", "trace"),
    "x-amzn-bedrock-performanceconfig-latency": ("performanceConfig", "latency"),
    "x-amzn-bedrock-projectidentifier": ("projectIdentifier",),
    "x-amzn-bedrock-service-tier": ("serviceTier", "type"),
}
METADATA = "x-amzn-bedrock-request-metadata"
#: What Bedrock says of its answer, from the same place.
ANSWERED = (
    "x-amzn-bedrock-content-type",
    "x-amzn-bedrock-performanceconfig-latency",
    "x-amzn-bedrock-service-tier",
)


def read(request: ChatRequest) -> ModelCall:
    """Return the call that a request asks for.

    :raises HTTPError: 400 for a body that is no JSON object, and for a header that Bedrock would refuse
    """
    chosen = request.query("format") or FORMATS[0]
    if chosen not in FORMATS:
        raise bad_request(f"format must be one of {', '.join(FORMATS)}", "invalid_format", "format")
    body = request.body()
    members = _members(request)
    whole = request.path.rstrip("/").endswith(WHOLE)
    if whole:
        from .native_whole import whole_answer

        asked = request.settings.model(request.model_in_path())
        assemble = whole_answer(asked.model_id, asked.family, body)

    def respond(events: Iterator[Any], metadata: ResponseMetadata) -> Response:
        if whole:
            return assemble(events)
        if chosen == "sse":
            return Response(headers={"content-type": "text/event-stream"}, body=chunks(events))
        begun = _begun(events)
        answered = {name: metadata.headers[name] for name in ANSWERED if name in metadata.headers}
        return Response(headers={"content-type": CONTENT_TYPE, **answered}, body=Frames(begun))

    def ask(client: StreamingClient, model: AllowedModel) -> dict[str, Any]:
        arguments = _arguments(request.settings, model, members, body)
        return client.invoke_model_with_response_stream(**arguments)

    return ModelCall(
        request.model_in_path(), members, respond, native=body.value, ask=ask, check=checked_chunks
    )


def _arguments(
    settings: ChatSettings, model: AllowedModel, members: dict[str, Any], body: JsonObject
) -> dict[str, Any]:
    """Return the arguments of the call, which hold every decision of the deployment."""
    if body.has("messages"):
        from .claude.raw import is_claudes, raw_arguments  # only bodies with messages may be Claude's

        if is_claudes(model, body):
            return raw_arguments(settings, model, members, body)
    return native_arguments(settings, model, members, body.value)


def chunks(events: Iterable[dict[str, Any]]) -> Iterator[str]:
    """Yield what the model said, chunk by chunk."""
    for event in events:
        if chunk := event.get("chunk", {}).get("bytes"):
            yield chunk.decode("utf-8", "replace")


def _members(request: ChatRequest) -> dict[str, Any]:
    asked: dict[str, Any] = {}
    for header, (member, *names) in HEADERS.items():
        if (value := request.header(header)) is None:
            continue
        if not names:
            asked[member] = value
        for name in names:
            # Converse writes ENABLED_FULL in lower case
            asked.setdefault(member, {})[name] = value.lower() if name == "trace" else value
    if (metadata := request.header(METADATA)) is not None:
        try:
            asked["requestMetadata"] = json.loads(metadata)
        except (ValueError, RecursionError) as error:
            raise bad_request(f"{METADATA} must be JSON", "invalid_json", METADATA) from error
    return to_converse(JsonObject(asked))


def _begun(events: Iterator[Any]) -> Iterator[Any]:
    """Return the events once the first is there: with it come the headers, which the answer begins with."""
    first = next(events, None)

    def all_of_them() -> Iterator[Any]:
        if first is not None:
            yield first
        yield from events

    return all_of_them()
