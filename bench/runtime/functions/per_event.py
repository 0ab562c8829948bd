"""Prints the microseconds of CPU time that an event takes in each format, from its bytes to the client's.

There is no socket, so that this is the code alone. ``library`` is a generator behind ``@stream``, which makes
its events of nothing: the unit for the others.
"""

import json
import sys
import time
from base64 import b64encode
from types import SimpleNamespace

import chat.handler
from chat.bedrock.events import events
from chat.formats.event_stream import frame
from lambda_streaming import CollectedResponse, stream

EVENTS, TIMES = 2_000, 7
MODEL = "/model/us.amazon.nova-2-lite-v1:0"
QUESTION = {"messages": [{"role": "user", "content": "Hi"}]}
CONVERSE = {"messages": [{"role": "user", "content": [{"text": "Hi"}]}]}
PARTS = {"messages": [{"role": "user", "parts": [{"type": "text", "text": "Hi"}]}]}
#: Name -> path, body and query of a request.
FORMATS = {
    "native, sse": ("/chat", {"prompt": "Hi"}, {}),
    "native, ndjson": ("/chat", {"prompt": "Hi"}, {"format": "ndjson"}),
    "native, text": ("/chat", {"prompt": "Hi"}, {"format": "text"}),
    "openai": ("/v1/chat/completions", {**QUESTION, "stream": True}, {}),
    "responses": ("/v1/responses", {"input": "Hi", "stream": True}, {}),
    "anthropic": ("/v1/messages", {**QUESTION, "stream": True, "max_tokens": 9}, {}),
    "ui": ("/ui/chat", PARTS, {}),
    "converse-stream": (f"{MODEL}/converse-stream", CONVERSE, {}),
    "invoke": (f"{MODEL}/invoke-with-response-stream", CONVERSE, {}),
    "invoke, sse": (f"{MODEL}/invoke-with-response-stream", CONVERSE, {"format": "sse"}),
}


def message(kind: str, payload: object) -> bytes:
    encoded = json.dumps(payload).encode()
    return frame(encoded, event_type=kind, content_type="application/json", message_type="event")


def chunk(payload: object) -> bytes:
    return message("chunk", {"bytes": b64encode(json.dumps(payload).encode()).decode(), "p": "abcdefgh"})


DELTA = {"contentBlockIndex": 0, "delta": {"text": " token"}}
USAGE = {"usage": {"inputTokens": 1, "outputTokens": 2, "totalTokens": 3}, "metrics": {"latencyMs": 1}}
STREAMED = [
    message("messageStart", {"role": "assistant"}),
    *[message("contentBlockDelta", {**DELTA, "p": "abcdefgh"})] * EVENTS,
    message("contentBlockStop", {"contentBlockIndex": 0}),
    message("messageStop", {"stopReason": "end_turn"}),
    message("metadata", USAGE),
]
INVOKED = [
    *[chunk({"contentBlockDelta": DELTA})] * EVENTS,
    chunk({"messageStop": {"stopReason": "end_turn"}}),
    chunk({"metadata": USAGE, "amazon-bedrock-invocationMetrics": {"inputTokenCount": 1}}),
]
METADATA: dict[str, object] = {"HTTPHeaders": {}}
chat.handler.BEDROCK = SimpleNamespace(
    converse_stream=lambda **request: {"stream": events(STREAMED), "ResponseMetadata": METADATA},
    invoke_model_with_response_stream=lambda **request: {
        "body": events(INVOKED),
        "ResponseMetadata": METADATA,
    },
)


@stream
def library(event: object, context: object) -> object:
    for _ in range(EVENTS):
        yield {"text": " token"}


def ask(path: str, body: object, query: object) -> CollectedResponse:
    event = {
        "httpMethod": "POST",
        "path": path,
        "body": json.dumps(body),
        "queryStringParameters": query,
        "requestContext": {},
    }
    return chat.handler.handler(event, None)


def main() -> None:
    found = dict.fromkeys(["library", *FORMATS], float("inf"))
    sys.stdout = sys.stderr  # where the records of usage go
    for _ in range(TIMES):
        for name in found:
            began = time.thread_time_ns()
            response = ask(*FORMATS[name]) if name in FORMATS else library({}, None)
            took = (time.thread_time_ns() - began) / 1e3 / EVENTS
            if len(response.chunks) < EVENTS:
                raise RuntimeError(f"{name}: {response.status} {response.body[:500]!r}")
            found[name] = min(found[name], took)
    print(json.dumps(found), file=sys.__stdout__)


main()
