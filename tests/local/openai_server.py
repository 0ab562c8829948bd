"""A scripted server of OpenAI's Chat Completions on a real socket, which sends what the test gives it."""

from __future__ import annotations

import json
import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.local.serving import PATIENCE

DONE = "[DONE]"
CUT = "cut"


class OpenAiServer:
    """What was asked, and what is to be answered: chunks, then :data:`DONE` or :data:`CUT`."""

    def __init__(self) -> None:
        self.url = ""
        self.models = ["first-model", "second-model"]
        self.status = 200
        self.asked: queue.Queue[dict[str, Any]] = queue.Queue()
        self._chunks: queue.Queue[object] = queue.Queue()

    def say(self, *chunks: object) -> None:
        """Let the server send chunks."""
        for chunk in chunks:
            self._chunks.put(chunk)

    def text(self, piece: str) -> None:
        """Let the server send a piece of text."""
        self.say({"choices": [{"index": 0, "delta": {"content": piece}, "finish_reason": None}]})

    def finish(self, reason: str = "stop", usage: dict[str, int] | None = None) -> None:
        """Let the server end its answer."""
        self.say({"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]})
        if usage:
            self.say({"choices": [], "usage": usage})
        self.say(DONE)

    def next_chunk(self) -> object:
        """Wait for what is to be sent next."""
        return self._chunks.get(timeout=PATIENCE)


@contextmanager
def openai_server() -> Iterator[OpenAiServer]:
    """Serve on a free port of loopback."""
    state = OpenAiServer()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            """List the models."""
            assert self.path == "/v1/models"
            data = [{"id": model, "object": "model"} for model in state.models]
            self._whole(200, {"object": "list", "data": data})

        def do_POST(self) -> None:
            """Stream an answer."""
            assert self.path == "/v1/chat/completions"
            state.asked.put(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            if state.status != 200:
                return self._whole(state.status, {"error": {"message": "no such luck"}})
            self.send_response(200)
            self.send_header("content-type", "text/event-stream")
            self.send_header("transfer-encoding", "chunked")
            self.end_headers()
            while (chunk := state.next_chunk()) is not CUT:
                data = chunk if isinstance(chunk, str) else json.dumps(chunk)
                frame = f": a comment\n\ndata: {data}\n\n".encode()
                self.wfile.write(b"%x\r\n%b\r\n" % (len(frame), frame))
                if chunk == DONE:
                    self.wfile.write(b"0\r\n\r\n")
                    return None
            self.close_connection = True
            return None

        def _whole(self, status: int, body: object) -> None:
            data = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    state.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
