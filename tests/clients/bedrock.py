"""A Bedrock that does what the last text of a request says, and counts how often it was asked."""

from __future__ import annotations

import json
import re
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from streaming_api_tools.local.bedrock_operations import HTTP_EXCEPTIONS
from tests.runtime.bedrock import event, exception, text

#: ``[[Name]]`` is a refusal; ``[[name@2]]`` an exception inside the stream after two pieces, ``cut`` and
#: ``silent-end`` its end.
DIRECTIVE = re.compile(r"\[\[([A-Za-z-]+)(?:@(\d+))?\]\]")
PIECES = ("Hel", "lo ", "wörld \U0001f642")
USAGE = {
    "inputTokens": 3,
    "outputTokens": 2,
    "totalTokens": 10,
    "cacheReadInputTokens": 4,
    "cacheWriteInputTokens": 1,
}
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


class Bedrock:
    """The server; ``asked`` counts the requests by their last text."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        self.bodies: dict[str, dict[str, object]] = {}
        self.url = ""


@contextmanager
def bedrock() -> Iterator[Bedrock]:
    """Serve on a free port."""
    state = Bedrock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            """Answer a request."""
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            asked = body["messages"][-1]["content"][-1]["text"] if "messages" in body else body["prompt"]
            state.asked[asked] += 1
            state.bodies[asked] = body
            found = DIRECTIVE.search(asked)
            if found and found[2] is None:
                self._refuse(found[1])
                return
            self.send_response(200)
            self.send_header("content-type", "application/vnd.amazon.eventstream")
            self.send_header("transfer-encoding", "chunked")
            self.end_headers()
            if self.path.endswith("/invoke-with-response-stream"):
                self._chunks(
                    event("chunk", {"bytes": "eyJhbWF6b24tYmVkcm9jay1pbnZvY2F0aW9uTWV0cmljcyI6e319"})
                )
            elif found:
                self._fail(found[1], int(found[2]))
            else:
                self._chunks(event("messageStart", {"role": "assistant"}), *REPLIES[asked.split()[0]])

        def _fail(self, name: str, after: int) -> None:
            self._write(
                event("messageStart", {"role": "assistant"}), *(text(each) for each in PIECES[:after])
            )
            if name == "cut":
                self.close_connection = True
            elif name == "silent-end":
                self._chunks()
            else:
                self._chunks(exception(name, "arn:aws:bedrock:us-east-1:123456789012:x said no"))

        def _write(self, *frames: bytes) -> None:
            for frame in frames:
                self.wfile.write(b"%x\r\n%b\r\n" % (len(frame), frame))

        def _chunks(self, *frames: bytes) -> None:
            self._write(*frames)
            self.wfile.write(b"0\r\n\r\n")

        def _refuse(self, name: str) -> None:
            body = json.dumps({"message": "arn:aws:bedrock:us-east-1:123456789012:x said no"}).encode()
            self.send_response(HTTP_EXCEPTIONS.get(name, 400))
            self.send_header("x-amzn-errortype", name)
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
        server.shutdown()
        server.server_close()
        thread.join()
