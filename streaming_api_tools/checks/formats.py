"""Holds the wire formats of a chat route: the request in each, and the reader of a complete answer.

Written from the documentation of the formats, and not from the code that writes them.
"""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from botocore.eventstream import EventStreamBuffer, ParserError

from streaming_api_templates.plural import counted

from ..client.envelopes import message_of
from ..client.sse import Event, EventDecoder
from .context import ApiReply
from .native_requests import CONVERSE, CONVERSE_MESSAGE, MESSAGE, MOST_TOKENS, PROMPT, words_of

#: Statuses of a path that API Gateway does not have.
ABSENT = (403, 404)
EVENT_STREAM = "application/vnd.amazon.eventstream"
#: What Bedrock adds to the last chunk:
#: https://docs.aws.amazon.com/bedrock/latest/userguide/inference-invoke.html
METRICS = "amazon-bedrock-invocationMetrics"
#: The last event of a response that did not fail; the check's own limit of tokens may cut it.
_WHOLE = ("response.completed", "response.incomplete")


class NotWhole(ValueError):
    """Raised for an answer that violates its format, or has no end."""


def _need(condition: object, what: str) -> None:
    if not condition:
        raise NotWhole(what)


def _events(reply: ApiReply, media_type: str = "text/event-stream") -> list[Event]:
    kind = reply.headers.get("content-type", "missing")
    _need(kind.partition(";")[0].strip() == media_type, f"content-type is {kind}, not {media_type}")
    decoder = EventDecoder()
    events = decoder.feed(reply.raw)
    _need(events and not decoder.pending, "the last event is not complete")
    return events


def _json(text: str) -> Mapping[str, object]:
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError):
        fields = None
    _need(isinstance(fields, Mapping), f"{text[:80]!r} is not a JSON object")
    return fields  # type: ignore[no-any-return]


def _said(pieces: Sequence[object]) -> str:
    text = "".join(piece for piece in pieces if isinstance(piece, str))
    _need(text, "the answer has no text")
    return counted(len([piece for piece in pieces if piece]), "piece")


def native(reply: ApiReply) -> str:
    """Read typed events: https://html.spec.whatwg.org/multipage/server-sent-events.html."""
    events = [(event.type, _json(event.data)) for event in _events(reply)]
    return _typed(events)


def ndjson(reply: ApiReply) -> str:
    """Read lines of JSON: https://github.com/ndjson/ndjson-spec."""
    kind = reply.headers.get("content-type", "missing")
    _need(kind.startswith("application/x-ndjson"), f"content-type is {kind}, not application/x-ndjson")
    _need(reply.body.endswith("\n"), "the last line is not complete")
    lines = [_json(line) for line in reply.body.splitlines()]
    return _typed([(str(line.get("type")), line) for line in lines])


def _typed(events: Sequence[tuple[str, Mapping[str, object]]]) -> str:
    name, last = events[-1]
    _need(name == "done", f"the last event is {name}: {message_of(json.dumps(last))}")
    _need("usage" in last and "stopReason" in last, "the event done has no usage or no stopReason")
    return _said([fields.get("text") for name, fields in events[:-1]])


def text(reply: ApiReply) -> str:
    """Read plain text."""
    kind = reply.headers.get("content-type", "missing")
    wanted = "text/plain; charset=utf-8"
    _need(kind.replace(" ", "").lower() == wanted.replace(" ", ""), f"content-type is {kind}, not {wanted}")
    _need(reply.body, "the answer is empty")
    return counted(len(reply.body), "character")


def openai(reply: ApiReply) -> str:
    """Read chunks: https://platform.openai.com/docs/api-reference/chat-streaming."""
    *chunks, last = (event.data for event in _events(reply))
    _need(last == "[DONE]", f"the last event is {last[:80]!r}, not [DONE]")
    fields = [_json(chunk) for chunk in chunks]
    _need(all(each.get("object") == "chat.completion.chunk" for each in fields), "an event is not a chunk")
    choices = [choice for each in fields for choice in _listed(each.get("choices"))]
    _need(any(choice.get("finish_reason") for choice in choices), "no chunk has a finish_reason")
    _need(any(each.get("usage") for each in fields), "no chunk has the usage that was asked for")
    deltas = [choice.get("delta") for choice in choices]
    return _said([delta.get("content") for delta in deltas if isinstance(delta, Mapping)])


def responses(reply: ApiReply) -> str:
    """Read typed events: https://platform.openai.com/docs/api-reference/responses-streaming."""
    events = [(event.type, _json(event.data)) for event in _events(reply)]
    names = [name for name, _ in events]
    fields = [each for _, each in events]
    _need(names == [each.get("type") for each in fields], "an event has another name than its data")
    _need(names[0] == "response.created", f"the first event is {names[0]}, not response.created")
    _need(names[-1] in _WHOLE, f"the last event is {names[-1]}: {message_of(json.dumps(fields[-1]))}")
    numbers = [each.get("sequence_number") for each in fields]
    _need(numbers == list(range(len(numbers))), "the events are not numbered in their order")
    response = fields[-1].get("response")
    _need(isinstance(response, Mapping) and response.get("usage"), f"{names[-1]} has no usage")
    _need(isinstance(response, Mapping) and response.get("output"), f"{names[-1]} has no output")
    return _said([each.get("delta") for name, each in events if name == "response.output_text.delta"])


def anthropic(reply: ApiReply) -> str:
    """Read named events: https://docs.claude.com/en/docs/build-with-claude/streaming."""
    events = _events(reply)
    names = [event.type for event in events]
    _need(names[0] == "message_start", f"the first event is {names[0]}, not message_start")
    _need(names[-2:] == ["message_delta", "message_stop"], f"the last events are {names[-2:]}")
    fields = [_json(event.data) for event in events]
    _need(names == [each.get("type") for each in fields], "an event has another name than its data")
    ending = fields[-2]
    stop = ending.get("delta")
    _need(isinstance(stop, Mapping) and stop.get("stop_reason"), "message_delta has no stop_reason")
    _need(ending.get("usage"), "message_delta has no usage")
    deltas = [each.get("delta") for each in fields if each["type"] == "content_block_delta"]
    return _said([delta.get("text") for delta in deltas if isinstance(delta, Mapping)])


def ui(reply: ApiReply) -> str:
    """Read the UI message stream: https://ai-sdk.dev/docs/ai-sdk-ui/stream-protocol."""
    version = reply.headers.get("x-vercel-ai-ui-message-stream")
    _need(version == "v1", f"x-vercel-ai-ui-message-stream is {version or 'missing'}, not v1")
    *parts, last = (event.data for event in _events(reply))
    _need(last == "[DONE]", f"the last event is {last[:80]!r}, not [DONE]")
    fields = [_json(part) for part in parts]
    kinds = [each.get("type") for each in fields]
    _need(kinds[0] == "start" and kinds[-1] == "finish", f"the parts go from {kinds[0]} to {kinds[-1]}")
    return _said([each.get("delta") for each in fields if each.get("type") == "text-delta"])


def converse(reply: ApiReply) -> str:
    """Read Bedrock's events.

    https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html
    """
    messages = _messages(reply)
    names = [name for name, _ in messages]
    _need("messageStop" in names, "no messageStop")
    _need(names[-1] == "metadata", "the last event is not metadata, which has the usage")
    deltas = [fields["delta"] for name, fields in messages if name == "contentBlockDelta"]
    return _said([delta.get("text") for delta in deltas if isinstance(delta, Mapping)])


def invoke(reply: ApiReply) -> str:
    """Read chunks whose bytes are the model's own JSON, of which only what Bedrock adds to the last is known.

    https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_InvokeModelWithResponseStream.html
    """
    chunks = []
    for name, fields in _messages(reply):
        _need(name == "chunk", f"an event is {name}, not chunk")
        try:
            chunks.append(_json(b64decode(str(fields.get("bytes")), validate=True).decode()))
        except ValueError as failure:  # also what base64 and UTF-8 raise
            raise NotWhole(f"the bytes of a chunk: {failure}") from None
    _need(METRICS in chunks[-1], f"the last chunk has no {METRICS}")
    return counted(len(chunks), "piece")


def _messages(reply: ApiReply) -> list[tuple[str, Mapping[str, object]]]:
    """Return the events of an event stream, whose checksums botocore verifies.

    https://smithy.io/2.0/aws/amazon-eventstream.html
    """
    kind = reply.headers.get("content-type", "missing")
    _need(kind == EVENT_STREAM, f"content-type is {kind}, not {EVENT_STREAM}")
    buffer = EventStreamBuffer()
    buffer.add_data(reply.raw)
    try:
        messages = list(buffer)
    except ParserError as failure:
        raise NotWhole(f"no event stream: {failure}") from None
    _need(messages, "the event stream has no message")
    whole = sum(message.prelude.total_length for message in messages)
    _need(whole == len(reply.raw), "the last message is not complete")
    for message in messages:
        exception = message.headers.get(":exception-type") or message.headers.get(":error-code")
        _need(not exception, f"the stream ended in {exception}")
    return [(message.headers.get(":event-type", ""), _json(message.payload.decode())) for message in messages]


def _listed(value: object) -> list[Mapping[str, object]]:
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []


@dataclass(frozen=True)
class Format:
    """One format.

    :param path: below the stage; ``{chat}`` is the native route, ``{model}`` the id of a model
    :param body: the request; None for the native request of the model
    :param read: returns a summary of a complete answer, and raises :class:`NotWhole` for any other
    """

    path: str
    body: Mapping[str, object] | None
    read: Callable[[ApiReply], str]

    def body_for(self, model: str) -> Mapping[str, object] | None:
        """Return the request to a model, or None when its native format is not known."""
        return words_of(model) if self.body is None else self.body


FORMATS: Mapping[str, Format] = {
    "sse": Format("{chat}", {"prompt": PROMPT, **CONVERSE}, native),
    "ndjson": Format("{chat}?format=ndjson", {"prompt": PROMPT, **CONVERSE}, ndjson),
    "text": Format("{chat}?format=text", {"prompt": PROMPT, **CONVERSE}, text),
    "openai": Format(
        "v1/chat/completions",
        {
            "messages": [MESSAGE],
            "max_tokens": MOST_TOKENS,
            "stream": True,
            "stream_options": {"include_usage": True},
        },
        openai,
    ),
    "responses": Format(
        "v1/responses", {"input": PROMPT, "max_output_tokens": MOST_TOKENS, "stream": True}, responses
    ),
    "anthropic": Format(
        "v1/messages", {"messages": [MESSAGE], "max_tokens": MOST_TOKENS, "stream": True}, anthropic
    ),
    "ai-sdk": Format(
        "ui/chat",
        {"messages": [{"id": "m1", "role": "user", "parts": [{"type": "text", "text": PROMPT}]}], **CONVERSE},
        ui,
    ),
    "converse": Format(
        "model/{model}/converse-stream",
        {"messages": [CONVERSE_MESSAGE], **CONVERSE},
        converse,
    ),
    "invoke": Format("model/{model}/invoke-with-response-stream", None, invoke),
}
