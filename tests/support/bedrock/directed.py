"""Stand in for Bedrock: it obeys the last text of a request, and counts how often it was asked."""

from __future__ import annotations

import json
import re
import socket
from base64 import b64encode
from collections import Counter
from collections.abc import Mapping

import botocore.session

from tests.support.bedrock.queued import START, event, exception, text
from tests.support.bedrock.refusal import refusal_of
from tests.support.bedrock.scripted import STREAMED, error
from tests.support.servers import LAST_CHUNK, HttpServer, Request, chunked, head, json_body

#: ``[[Name]]`` is a refusal; ``[[name@2]]`` an exception inside the stream after two pieces, or one of ENDS.
DIRECTIVE = re.compile(r"\[\[([A-Za-z0-9-]+)(?:@(\d+))?\]\]")
#: The connection breaks, ends without messageStop, falls silent; a checksum is wrong; the output is useless.
ENDS = frozenset({"cut", "silent-end", "stall", "bad-crc", "malformed"})
#: No answer at all: silence, or the end of the connection. Others are refused with a status or a message.
REFUSALS = {
    "too-long": ("ValidationException", {"message": "Input is too long for requested model."}),
    "model-says-no": ("ModelErrorException", {"message": "no", "originalStatusCode": 400}),
}
SERVICE = botocore.session.get_session().get_service_model("bedrock-runtime")
STATUSES = {
    shape.name: shape.metadata["error"]["httpStatusCode"]
    for operation in ("ConverseStream", "InvokeModelWithResponseStream")
    for shape in SERVICE.operation_model(operation).error_shapes
}
SECRET = "arn:aws:bedrock:us-east-1:123456789012:x said no"
PIECES = ("Hel", "lo ", "wörld \U0001f642")
USAGE = {
    "inputTokens": 3,
    "outputTokens": 2,
    "totalTokens": 10,
    "cacheReadInputTokens": 4,
    "cacheWriteInputTokens": 1,
}
NATIVE = {"x-amzn-bedrock-content-type": "application/json", "x-amzn-bedrock-service-tier": "default"}
METADATA = event("metadata", {"usage": USAGE, "metrics": {"latencyMs": 1}})


def delta(index: int, **of: object) -> bytes:
    return event("contentBlockDelta", {"contentBlockIndex": index, "delta": of})


def end(reason: str) -> list[bytes]:
    return [event("messageStop", {"stopReason": reason}), METADATA]


TOOL = {"contentBlockIndex": 2, "start": {"toolUse": {"toolUseId": "t-1", "name": "weather"}}}
REPLIES = {
    "text": [
        *(text(piece) for piece in PIECES),
        event("contentBlockStop", {"contentBlockIndex": 0}),
        *end("end_turn"),
    ],
    "tools": [
        delta(0, reasoningContent={"text": "hm"}),
        delta(0, reasoningContent={"signature": "sig"}),
        event("contentBlockStop", {"contentBlockIndex": 0}),
        delta(1, text="Let me see"),
        event("contentBlockStop", {"contentBlockIndex": 1}),
        event("contentBlockStart", TOOL),
        delta(2, toolUse={"input": '{"city":'}),
        delta(2, toolUse={"input": '"Bonn"}'}),
        event("contentBlockStop", {"contentBlockIndex": 2}),
        *end("tool_use"),
    ],
}


def chunk(value: object) -> bytes:
    """Return the frame of a chunk in a model's own words."""
    return event("chunk", {"bytes": b64encode(json.dumps(value).encode()).decode()})


def _block(index: int, block: Mapping[str, object], *deltas: Mapping[str, object]) -> list[bytes]:
    return [
        chunk({"type": "content_block_start", "index": index, "content_block": block}),
        *(chunk({"type": "content_block_delta", "index": index, "delta": each}) for each in deltas),
        chunk({"type": "content_block_stop", "index": index}),
    ]


def _claude(reason: str, *blocks: list[bytes]) -> list[bytes]:
    usage = {
        "input_tokens": 3,
        "output_tokens": 2,
        "cache_read_input_tokens": 4,
        "cache_creation_input_tokens": 1,
    }
    message: dict[str, object] = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "claude",
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": usage,
    }
    metrics = {"inputTokenCount": 3, "outputTokenCount": 2, "invocationLatency": 2, "firstByteLatency": 1}
    return [
        chunk({"type": "message_start", "message": message}),
        *(frame for block in blocks for frame in block),
        chunk(
            {
                "type": "message_delta",
                "delta": {"stop_reason": reason, "stop_sequence": None},
                "usage": {"output_tokens": 2},
            }
        ),
        chunk({"type": "message_stop", "amazon-bedrock-invocationMetrics": metrics}),
    ]


#: The same in the words of Anthropic's models.
CLAUDE = {
    "text": _claude(
        "end_turn",
        _block(0, {"type": "text", "text": ""}, *({"type": "text_delta", "text": piece} for piece in PIECES)),
    ),
    "tools": _claude(
        "tool_use",
        _block(
            0,
            {"type": "thinking", "thinking": "", "signature": ""},
            {"type": "thinking_delta", "thinking": "hm"},
            {"type": "signature_delta", "signature": "sig"},
        ),
        _block(1, {"type": "text", "text": ""}, {"type": "text_delta", "text": "Let me see"}),
        _block(
            2,
            {"type": "tool_use", "id": "t-1", "name": "weather", "input": {}},
            {"type": "input_json_delta", "partial_json": '{"city":'},
            {"type": "input_json_delta", "partial_json": '"Bonn"}'},
        ),
    ),
}


class Bedrock(HttpServer):
    """A Bedrock for ``with``.

    ``asked`` counts the requests by their last text, ``told`` has their headers, with ``:path``, and bodies.
    """

    def __init__(self) -> None:
        super().__init__(self._answer)
        self.asked: Counter[str] = Counter()
        self.told: dict[str, tuple[dict[str, str], dict[str, object]]] = {}

    def _answer(self, connection: socket.socket, request: Request) -> bool:
        asked = _last_text(request.json())
        self.asked[asked] += 1
        self.told[asked] = ({**request.headers, ":path": request.target}, request.json())
        if refused := refusal_of(request.target, request.headers, request.body):
            return error(400, refused.name, str(refused))(connection)
        found = DIRECTIVE.search(asked)
        if found and found[2] is None:
            return self._refuse(connection, found[1])
        native = request.target.endswith("/invoke-with-response-stream")
        connection.sendall(head(200, STREAMED | (NATIVE if native else {})))
        replies, start = (CLAUDE, []) if native else (REPLIES, [START])
        if not found:
            frames = [*start, *replies.get(asked.split()[0], replies["text"])]
            connection.sendall(chunked(*frames) + LAST_CHUNK)
            return True
        pieces = replies["text"][: int(found[2]) + native * 2] if int(found[2]) else []
        connection.sendall(chunked(*start, *pieces))
        return self._fail(connection, found[1])

    def _fail(self, connection: socket.socket, name: str) -> bool:
        if name == "stall":
            self.stopping.wait(30)
        if name in ("stall", "cut"):
            return False
        if name == "silent-end":
            frames = []
        elif name == "bad-crc":
            frames = [text("x")[:-1] + b"?"]
        elif name == "malformed":
            frames = end("malformed_tool_use")
        else:
            frames = [exception(name, SECRET)]
        connection.sendall(chunked(*frames) + LAST_CHUNK)
        return True

    def _refuse(self, connection: socket.socket, name: str) -> bool:
        if name == "mute":
            self.stopping.wait(30)
        if name in ("mute", "hang-up"):
            return False
        code, message = REFUSALS.get(name, (name, {"message": SECRET}))
        status = int(name.removeprefix("New")) if name.startswith("New") else STATUSES.get(code, 400)
        return json_body(message, status, **{"x-amzn-errortype": code})(connection)


def _last_text(body: dict[str, object]) -> str:
    if "messages" not in body:
        return str(body["prompt"])
    content = body["messages"][-1]["content"]  # type: ignore[index]
    return content if isinstance(content, str) else content[-1]["text"]
