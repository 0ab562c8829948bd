"""Stand in for a custom domain name on loopback: its root is the stage, and its name is an address."""

from __future__ import annotations

import http.client
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from urllib.parse import urlsplit

#: of a connection, and not of what is passed on
HOP_BY_HOP = {"connection", "content-length", "host", "keep-alive", "transfer-encoding"}


class Domain:
    """Passes requests on to a stage, and writes its own URL for the one of the domain name, for ``with``.

    :param name: the URL of the domain name, as the API knows it
    :param stage_url: where the stage is
    :param without: a header of answers that gets lost on the way, in lower case
    """

    def __init__(self, name: str, stage_url: str, without: str = "") -> None:
        self._name, self._stage, self._without = name, urlsplit(stage_url), without
        domain = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_one_request(self) -> None:
                self.raw_requestline = self.rfile.readline()
                if self.raw_requestline and self.parse_request():
                    domain._pass_on(self)
                else:
                    self.close_connection = True

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self.paths: list[tuple[str, int]] = []

    def __enter__(self) -> Domain:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _pass_on(self, request: BaseHTTPRequestHandler) -> None:
        body = request.rfile.read(int(request.headers.get("Content-Length", "0")))
        stage = http.client.HTTPConnection(str(self._stage.hostname), self._stage.port)
        headers = {name: value for name, value in request.headers.items() if name.lower() not in HOP_BY_HOP}
        stage.request(request.command, f"{self._stage.path}{request.path}", body, headers)
        answer = stage.getresponse()
        content = answer.read().replace(self._name.encode(), self.url.encode())
        stage.close()
        self.paths.append((f"{request.command} {request.path}", answer.status))
        request.send_response(answer.status)
        for name, value in answer.headers.items():
            if name.lower() not in {*HOP_BY_HOP, self._without}:
                request.send_header(name, value.replace(self._name, self.url))
        request.send_header("Content-Length", str(len(content)))
        request.end_headers()
        request.wfile.write(content)
