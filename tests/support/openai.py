"""Serve OpenAI's Chat Completions on a real socket, and send the chunks that the test gives."""

from __future__ import annotations

import json
import queue
import socket
from types import TracebackType
from typing import Any

from tests.support.servers import LAST_CHUNK, HttpServer, Request, chunked, head, json_body

DONE = "[DONE]"
CUT = "cut"
PATIENCE = 60.0
STREAMED = {"content-type": "text/event-stream", "transfer-encoding": "chunked"}


class OpenAiServer(HttpServer):
    """A server for ``with``; it answers with what it is let say, up to :data:`DONE` or :data:`CUT`."""

    def __init__(self) -> None:
        super().__init__(self._answer)
        self.url += "/v1"
        self.models = ["first-model", "second-model"]
        self.status = 200
        self.asked: queue.Queue[dict[str, Any]] = queue.Queue()
        self._chunks: queue.Queue[object] = queue.Queue()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self.say(CUT)  # an answer that still waits for a chunk ends
        super().__exit__(kind, error, at)

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

    def _answer(self, connection: socket.socket, request: Request) -> bool:
        if request.method == "GET":
            assert request.target == "/v1/models"
            data = [{"id": model, "object": "model"} for model in self.models]
            return json_body({"object": "list", "data": data})(connection)
        assert request.target == "/v1/chat/completions"
        self.asked.put(request.json())
        if self.status != 200:
            return json_body({"error": {"message": "no such luck"}}, self.status)(connection)
        connection.sendall(head(200, STREAMED))
        while (chunk := self._chunks.get(timeout=PATIENCE)) is not CUT:
            data_of_event = chunk if isinstance(chunk, str) else json.dumps(chunk)
            connection.sendall(chunked(f": a comment\n\ndata: {data_of_event}\n\n".encode()))
            if chunk == DONE:
                connection.sendall(LAST_CHUNK)
                return True
        return False
