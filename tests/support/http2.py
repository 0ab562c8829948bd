"""Serve HTTP/2 on loopback from threads, with every frame of an answer in the hands of the test."""

from __future__ import annotations

import json
import select
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import trustme
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import DataReceived, Event, RequestReceived, StreamEnded
from h2.settings import SettingCodes

from streaming_api_tools.client import http2_post
from tests.support.servers import SocketServer

EVENT_STREAM = {"content-type": "text/event-stream"}
STREAM = 1


class Peer:
    """The server's side of a connection with one request.

    :param smallest_window: the least room that the client left for the answer
    """

    def __init__(self, connection: socket.socket, settings: dict[SettingCodes | int, int]) -> None:
        self.socket = connection
        self.http = H2Connection(H2Configuration(client_side=False, header_encoding="utf-8"))
        self.http.local_settings.update(settings)
        self.request: dict[str, str] = {}
        self.body = b""
        self.smallest_window = 1 << 31
        self.http.initiate_connection()
        self.flush()

    def flush(self) -> None:
        """Send what h2 has to say."""
        if data := self.http.data_to_send():
            self.socket.sendall(data)

    def raw(self, data: bytes) -> None:
        """Send any bytes, frames or not."""
        self.socket.sendall(data)

    def pump(self) -> list[Event]:
        """Take what the client sends next."""
        if not (data := self.socket.recv(1 << 16)):
            raise ConnectionResetError
        events = self.http.receive_data(data)
        for event in events:
            if isinstance(event, RequestReceived):
                self.request = {str(name): str(value) for name, value in event.headers}
            elif isinstance(event, DataReceived):
                self.body += event.data
                self.http.acknowledge_received_data(event.flow_controlled_length, STREAM)
        self.flush()
        return events

    def read_request(self) -> None:
        """Take a whole request."""
        while not any(isinstance(event, StreamEnded) for event in self.pump()):
            pass

    def head(self, status: int = 200, **headers: str) -> None:
        """Send the head of an answer, of server-sent events unless another type is given."""
        fields = EVENT_STREAM | {name.replace("_", "-"): value for name, value in headers.items()}
        self.http.send_headers(STREAM, [(":status", str(status)), *fields.items()])
        self.flush()

    def data(self, data: bytes = b"", *, end: bool = False) -> None:
        """Send a part of the body, as far as the client leaves room."""
        while data:
            room = self.http.local_flow_control_window(STREAM)
            self.smallest_window = min(self.smallest_window, room)
            if not room or self._heard():
                self.pump()
                continue
            size = min(room, self.http.max_outbound_frame_size)
            self.http.send_data(STREAM, data[:size])
            self.flush()
            data = data[size:]
        if end:
            self.http.end_stream(STREAM)
            self.flush()

    def _heard(self) -> bool:
        return bool(select.select([self.socket], [], [], 0)[0])

    def wait(self) -> None:
        """Read until the client leaves."""
        while self.socket.recv(1 << 16):
            pass


def honest_probe(peer: Peer) -> None:
    """Answer a challenge on its schedule."""
    challenge, started = json.loads(peer.body), time.perf_counter()
    peer.head()
    gaps = [challenge["first_ms"], *challenge["gaps_ms"]]
    for number, gap in enumerate(gaps):
        time.sleep(gap / 1000)
        stamp = (time.perf_counter() - started) * 1000
        peer.data(b'data: {"i": %d, "s": %f}\n\n' % (number, stamp))
    peer.data(b'event: done\ndata: {"events": %d}\n\n' % len(gaps), end=True)


class Http2Server(SocketServer):
    """A server that serves each connection by a script, after its request has come.

    :param script: sends the answer; the connection is closed after it
    :param tls: to serve TLS. Default: - plain text, to clients that know
    :param early: whether the script begins before the request has come
    :param settings: of the server
    """

    def __init__(
        self,
        script: Callable[[Peer], None],
        tls: ssl.SSLContext | None = None,
        *,
        early: bool = False,
        settings: dict[SettingCodes | int, int] | None = None,
    ) -> None:
        super().__init__(self._serve_http2)
        self.url = f"{'https' if tls else 'http'}://{self.address}/prod/probe"
        self.peers: list[Peer] = []
        self._script, self._tls, self._early, self._settings = script, tls, early, settings or {}

    def _serve_http2(self, connection: socket.socket) -> None:
        if self._tls:
            connection = self._tls.wrap_socket(connection, server_side=True)
            self._open.append(connection)
        peer = Peer(connection, self._settings)
        self.peers.append(peer)
        with connection:
            if not self._early:
                peer.read_request()
            self._script(peer)
            # in order: TCP answers what nobody reads with a reset, which overtakes what was written
            connection.shutdown(socket.SHUT_WR)
            peer.wait()


class Authority:
    """A certificate authority of the test, and a server that it knows.

    :param folder: where its certificate is written
    """

    def __init__(self, folder: Path) -> None:
        authority, self.certificate = trustme.CA(), folder / "authority.pem"
        self.key = folder / "server.pem"
        authority.cert_pem.write_to_path(str(self.certificate))
        self._issued = authority.issue_cert("127.0.0.1")
        self._issued.private_key_and_cert_chain_pem.write_to_path(str(self.key))

    def serves(self, *protocols: str) -> ssl.SSLContext:
        """Return the TLS of a server that offers these protocols (ALPN)."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._issued.configure_cert(context)
        if protocols:
            context.set_alpn_protocols(list(protocols))
        return context

    @contextmanager
    def trusted(self) -> Iterator[None]:
        """Let the HTTP/2 client of this process trust the authority."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("SSL_CERT_FILE", str(self.certificate))
            http2_post._tls.cache_clear()
            yield
        http2_post._tls.cache_clear()
