"""A Bedrock that does what the last text of a request says, and counts how often it was asked."""

from __future__ import annotations

import json
import re
import threading
from base64 import b64encode
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import botocore.session

from tests.runtime.bedrock import event, exception, text
from tests.support.bedrock_refusal import refusal_of

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
START = event("messageStart", {"role": "assistant"})
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


class Bedrock:
    """The server; ``asked`` counts the requests by their last text, ``told`` has their headers, with
    ``:path``, and bodies.
    """

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        self.told: dict[str, tuple[dict[str, str], dict[str, object]]] = {}
        self.stopped = threading.Event()
        self.url = ""


def _asked(body: dict[str, object]) -> str:
    if "messages" not in body:
        return str(body["prompt"])
    content = body["messages"][-1]["content"]  # type: ignore[index]
    return content if isinstance(content, str) else content[-1]["text"]


@contextmanager
def bedrock() -> Iterator[Bedrock]:
    """Serve on a free port."""
    state = Bedrock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            """Answer a request."""
            data = self.rfile.read(int(self.headers["content-length"]))
            body = json.loads(data)
            asked = _asked(body)
            state.asked[asked] += 1
            headers = {name.lower(): value for name, value in self.headers.items()}
            state.told[asked] = ({**headers, ":path": self.path}, body)
            if refused := refusal_of(self.path, headers, data):
                self._send_refusal(400, refused.name, {"message": str(refused)})
                return
            found = DIRECTIVE.search(asked)
            if found and found[2] is None:
                self._refuse(found[1])
                return
            native = self.path.endswith("/invoke-with-response-stream")
            self.send_response(200)
            self.send_header("content-type", "application/vnd.amazon.eventstream")
            self.send_header("transfer-encoding", "chunked")
            if native:
                self.send_header("x-amzn-bedrock-content-type", "application/json")
                self.send_header("x-amzn-bedrock-service-tier", "default")
            self.end_headers()
            replies, start = (CLAUDE, []) if native else (REPLIES, [START])
            if found:
                pieces = replies["text"][: int(found[2]) + native * 2] if int(found[2]) else []
                self._fail(found[1], *start, *pieces)
            else:
                self._chunks(*start, *replies.get(asked.split()[0], replies["text"]))

        def _fail(self, name: str, *frames: bytes) -> None:
            self._write(*frames)
            if name == "cut":
                self.close_connection = True
            elif name == "stall":
                state.stopped.wait(30)
                self.close_connection = True
            elif name == "silent-end":
                self._chunks()
            elif name == "bad-crc":
                self._chunks(text("x")[:-1] + b"?")
            elif name == "malformed":
                self._chunks(*end("malformed_tool_use"))
            else:
                self._chunks(exception(name, SECRET))

        def _write(self, *frames: bytes) -> None:
            for frame in frames:
                self.wfile.write(b"%x\r\n%b\r\n" % (len(frame), frame))

        def _chunks(self, *frames: bytes) -> None:
            self._write(*frames)
            self.wfile.write(b"0\r\n\r\n")

        def _refuse(self, name: str) -> None:
            if name in ("mute", "hang-up"):
                self.close_connection = True
                if name == "mute":
                    state.stopped.wait(30)
                return
            code, said = REFUSALS.get(name, (name, {"message": SECRET}))
            status = int(name.removeprefix("New")) if name.startswith("New") else STATUSES.get(code, 400)
            self._send_refusal(status, code, said)

        def _send_refusal(self, status: int, code: str, said: object) -> None:
            body = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("x-amzn-errortype", code)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    state.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield state
    finally:
        state.stopped.set()
        server.shutdown()
        server.server_close()
        thread.join()
