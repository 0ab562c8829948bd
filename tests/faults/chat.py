"""The rows of the chat function: what its model does wrong, in each format of its answer.

A format is added by a line in ``FORMATS``, with what is seen of it in ``SEEN`` if that is not an error event.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from tests.faults.observe import seen
from tests.faults.table import CUT, LATE, REFUSED, REPORTED, Seen
from tests.runtime.test_functions import chat
from tests.support.bedrock import queued as bedrock
from tests.support.bedrock.queued import Bedrock

_CONVERSE = [{"role": "user", "content": [{"text": "Hi"}]}]
_MESSAGES = [{"role": "user", "content": "Hi"}]
_PARTS = [{"id": "1", "role": "user", "parts": [{"type": "text", "text": "Hi"}]}]
_CLAUDE = "anthropic.claude-sonnet-4-20250514-v1:0"
#: Models that get the API of their vendor on Bedrock's own path for it, and the name of that API.
_VENDOR_APIS = {"us.anthropic.claude-opus-4-8": "messages", "us.openai.gpt-5.6-sol": "responses"}
_OPUS, _GPT = _VENDOR_APIS
_INVOKE = "/model/model-1/invoke-with-response-stream"

FORMATS: dict[str, tuple[str, str, dict[str, object]]] = {
    "events": ("/chat", "sse", {"prompt": "Hi"}),
    "NDJSON": ("/chat", "ndjson", {"prompt": "Hi"}),
    "text": ("/chat", "text", {"prompt": "Hi"}),
    "OpenAI": ("/chat/completions", "", {"model": "model-1", "messages": _MESSAGES, "stream": True}),
    "Responses": ("/v1/responses", "", {"model": "model-1", "input": "Hi", "stream": True}),
    "Anthropic": (
        "/v1/messages",
        "",
        {"model": "model-1", "max_tokens": 9, "messages": _MESSAGES, "stream": True},
    ),
    "AI SDK": ("/ui/chat", "", {"messages": _PARTS}),
    "ConverseStream": ("/model/model-1/converse-stream", "", {"messages": _CONVERSE}),
    "InvokeModel": (_INVOKE, "", {"prompt": "Hi"}),
    "InvokeModel in events": (_INVOKE, "sse", {"prompt": "Hi"}),
    "Anthropic relayed": (
        "/v1/messages",
        "",
        {"model": _CLAUDE, "max_tokens": 9, "messages": _MESSAGES, "stream": True},
    ),
    "Anthropic on its own path": (
        "/v1/messages",
        "",
        {"model": _OPUS, "max_tokens": 9, "messages": _MESSAGES, "stream": True},
    ),
    "Responses on its own path": ("/v1/responses", "", {"model": _GPT, "input": "Hi", "stream": True}),
    "OpenAI in one piece": ("/chat/completions", "", {"model": "model-1", "messages": _MESSAGES}),
    "Anthropic in one piece": (
        "/v1/messages",
        "",
        {"model": "model-1", "max_tokens": 9, "messages": _MESSAGES},
    ),
    "Anthropic relayed in one piece": (
        "/v1/messages",
        "",
        {"model": _CLAUDE, "max_tokens": 9, "messages": _MESSAGES},
    ),
    "Anthropic on its own path in one piece": (
        "/v1/messages",
        "",
        {"model": _OPUS, "max_tokens": 9, "messages": _MESSAGES},
    ),
    "Responses on its own path in one piece": ("/v1/responses", "", {"model": _GPT, "input": "Hi"}),
    "Responses in one piece": ("/v1/responses", "", {"model": "model-1", "input": "Hi"}),
    "Converse in one piece": ("/model/model-1/converse", "", {"messages": _CONVERSE}),
}
#: The beginning of a stream in the words of Anthropic's models.
_MESSAGE = {
    "type": "message_start",
    "message": {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "claude",
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": {"input_tokens": 3, "output_tokens": 1},
    },
}
_BLOCK = {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}
_DELTA = {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Hel"}}
#: The same of OpenAI's models.
_RESPONSE = {"type": "response.created", "response": {"id": "resp_1", "status": "in_progress"}}
_TEXT = {"type": "response.output_text.delta", "item_id": "m", "output_index": 0, "content_index": 0}

#: title of the row -> the frames of the model after its first text
FAULTS: dict[str, list[bytes | None]] = {
    "an exception of the model": [bedrock.exception("modelStreamErrorException", "no"), None],
    "the model's connection is cut": [bedrock.CUT],
    "the model's stream ends silently": [None],
    "a frame with a wrong checksum": [bedrock.text("x")[:-4] + b"\0\0\0\0", None],
    "the model stalls until the deadline": [],
}
#: The same on a path for the API of a vendor, where they are not frames of an event stream.
VENDOR_FAULTS: dict[str, list[bytes | None]] = {
    **FAULTS,
    "an exception of the model": [bedrock.sse({"type": "error", "error": {"type": "api_error"}}), None],
    "a frame with a wrong checksum": [b"data: {\n\n", None],
}

PART = Seen("an error part of the protocol", "error trailers")
RESPONSE = Seen("`response.failed`", "error trailers")
MESSAGE = Seen("an exception message", "error trailers")
SEEN = {
    "text": CUT,
    "AI SDK": PART,
    "ConverseStream": MESSAGE,
    "InvokeModel": MESSAGE,
    "Responses": RESPONSE,
    "Responses on its own path": RESPONSE,
}


@dataclass(frozen=True)
class ChatCase:
    """A cell of the chat function's rows."""

    format: str
    fault: str

    @property
    def id(self) -> str:
        """The name of the case in the log of the tests."""
        return f"{self.fault} - {self.format}"

    @property
    def seen(self) -> Seen:
        """What is seen of it."""
        if self.format.endswith("in one piece"):
            return REFUSED if FAULTS[self.fault] else LATE
        return SEEN.get(self.format, REPORTED)


def _begun(path: str, model_id: str) -> list[bytes]:
    """Return what the model has sent when the fault comes."""
    if model_id == _OPUS:
        return [bedrock.sse(each) for each in (_MESSAGE, _BLOCK, _DELTA)]
    if model_id == _GPT:
        return [bedrock.sse(each) for each in (_RESPONSE, {**_TEXT, "delta": "Hel", "sequence_number": 1})]
    if model_id == _CLAUDE:
        return [bedrock.chunk(each) for each in (_MESSAGE, _BLOCK, _DELTA)]
    # The words of the model itself have no message that begins.
    return [bedrock.chunk({"text": "Hel"})] if path == _INVOKE else [bedrock.START, bedrock.text("Hel")]


def chat_cases() -> list[ChatCase]:
    """Return every cell of the chat function's rows."""
    return [ChatCase(form, fault) for fault in FAULTS for form in FORMATS]


def observe_chat(case: ChatCase) -> Seen:
    """Run a case, and return what is seen of it."""
    path, query, body = FORMATS[case.format]
    event = {
        "httpMethod": "POST",
        "path": path,
        "queryStringParameters": {"format": query} if query else None,
        "body": json.dumps(body),
    }
    model_id = str(body.get("model", "model-1"))
    api = _VENDOR_APIS.get(model_id)
    frames = (VENDOR_FAULTS if api else FAULTS)[case.fault]
    settings = json.dumps({"models": [{"modelId": model_id, "vendorApi": api}]})
    with Bedrock() as model, chat(model, BEDROCK_MODEL_ID=model_id, BEDROCK_SETTINGS=settings) as function:
        invocation = function.api.invoke(event, timeout_s=60 if frames else 4)
        model.send(*_begun(path, model_id), *frames)
        answer = invocation.wait()
        if not frames:
            model.send(None)
    own_part = b'{"type":"error","errorText":' in answer.payload and b"event: error" not in answer.payload
    if answer.complete and answer.trailers and own_part:
        return PART
    *_, last = answer.payload.rstrip().split(b"\n\n")
    if answer.complete and answer.trailers and last.startswith(b"event: response.failed\n"):
        return RESPONSE
    if answer.complete and answer.trailers and b"exception{" in answer.payload:
        return MESSAGE
    return seen(answer)
