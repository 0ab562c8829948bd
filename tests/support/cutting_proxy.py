"""A TCP proxy that cuts the answers of an HTTP server where a test says, at any byte."""

from __future__ import annotations

import re
import socket
import threading
from contextlib import suppress
from typing import BinaryIO, NamedTuple
from urllib.parse import urlsplit

from tests.support.gateway import PATIENCE
from tests.support.servers import Request, SocketServer, head_of, read_headers

_READ = 65536


class _Cut(NamedTuple):
    """An answer that is cut: whose, behind which bytes, and when."""

    path: str
    after: re.Pattern[bytes]
    end: threading.Event


class CuttingProxy(SocketServer):
    """Passes everything on to a server, but for the answers that it is to cut.

    :param url: of the server, of which the path is kept
    """

    def __init__(self, url: str) -> None:
        super().__init__(self._pass_on)
        parts = urlsplit(url)
        self._upstream = (parts.hostname or "", parts.port or 0)
        self.url = f"http://{self.address}{parts.path}"
        #: What was asked, in order; of the preflights of browsers none.
        self.requests: list[Request] = []
        self._cuts: list[_Cut] = []
        self._changed = threading.Condition()

    def cut(self, path: str, after: bytes | re.Pattern[bytes]) -> threading.Event:
        """Cut the next answer to a path behind some bytes of it, or what a pattern finds.

        Return what ends the connection: a browser may drop what it has not read when the connection ends,
        so a test first waits for what the client is to have.
        """
        pattern = re.compile(re.escape(after)) if isinstance(after, bytes) else after
        end = threading.Event()
        with self._changed:
            self._cuts.append(_Cut(path, pattern, end))
        return end

    def wait_for(self, number: int, path: str) -> list[Request]:
        """Wait until so many requests for a path were made, and return them."""

        def found() -> list[Request]:
            return [request for request in self.requests if path in request.target]

        with self._changed:
            enough = self._changed.wait_for(lambda: len(found()) >= number, PATIENCE)
            assert enough, self.requests
            return found()

    def _pass_on(self, client: socket.socket) -> None:
        with socket.create_connection(self._upstream) as upstream, client.makefile("rb") as incoming:
            asked: list[_Cut | None] = []
            back = threading.Thread(target=self._answer, args=(upstream, client, asked), daemon=True)
            back.start()
            while line := incoming.readline():
                self._ask(line, incoming, upstream, asked)
            with suppress(OSError):
                upstream.shutdown(socket.SHUT_RDWR)
            back.join(PATIENCE)

    def _ask(
        self, line: bytes, incoming: BinaryIO, upstream: socket.socket, asked: list[_Cut | None]
    ) -> None:
        """Pass a request on, and note how its answer is cut."""
        method, target, _ = line.decode("latin-1").split(" ")
        headers = read_headers(incoming)
        body = incoming.read(int(headers.get("content-length", "0")))
        found = None
        with self._changed:
            if method != "OPTIONS":
                self.requests.append(Request(target, headers, body, method))
                found = next((cut for cut in self._cuts if cut.path in target), None)
                if found:
                    self._cuts.remove(found)
            self._changed.notify_all()
        asked.append(found)
        upstream.sendall(line + head_of(headers) + body)

    def _answer(self, upstream: socket.socket, client: socket.socket, asked: list[_Cut | None]) -> None:
        """Pass answers on; a client has one request at a time on a connection, so the last is answered."""
        seen = b""
        with suppress(OSError):
            while data := upstream.recv(_READ):
                cut = asked[-1] if asked else None
                seen = seen + data if cut else b""
                if cut and (found := cut.after.search(seen)):
                    client.sendall(data[: len(data) - (len(seen) - found.end())])
                    cut.end.wait(PATIENCE)
                    break
                client.sendall(data)
        with suppress(OSError):
            client.shutdown(socket.SHUT_RDWR)
        with suppress(OSError):
            upstream.shutdown(socket.SHUT_RDWR)
