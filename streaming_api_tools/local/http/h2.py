"""Serve one HTTP/2 connection: h2 does the protocol, asyncio the sockets."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.errors import ErrorCodes
from h2.events import (
    DataReceived,
    Event,
    RemoteSettingsChanged,
    RequestReceived,
    StreamEnded,
    StreamReset,
    WindowUpdated,
)
from h2.exceptions import FrameTooLargeError, ProtocolError

from .handler import Handler, Headers, Request, pairs

READ_SIZE = 64 * 1024
#: RFC 9113, sections 4.1 and 6.8.
FRAME_HEAD = 9
GOAWAY = 7
#: Section 6.5.2: what a client must keep to, since the settings of this server say nothing else.
MAX_FRAME = 16 * 1024
#: Seconds for which a client may still send on a connection that ended.
LINGER = 5.0


class FrameFilter:
    """Drops GOAWAY frames, after which h2 would send nothing more.

    GOAWAY only says that no more streams are begun. The AWS SDK for JavaScript sends it as soon as it has the
    head of a response, and then reads on.
    """

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> bytes:
        """Take what came and return the whole frames of it.

        :raises FrameTooLargeError: by the head of a frame, before the rest of it is waited for
        """
        data = self._rest + data
        kept, start = bytearray(), 0
        while len(data) - start >= FRAME_HEAD:
            length = int.from_bytes(data[start : start + 3], "big")
            if length > MAX_FRAME:
                raise FrameTooLargeError(f"a frame of {length} bytes")
            end = start + FRAME_HEAD + length
            if end > len(data):
                break
            if data[start + 3] != GOAWAY:
                kept += data[start:end]
            start = end
        self._rest = data[start:]
        return bytes(kept)


@dataclass
class _Stream:
    fields: tuple[tuple[str, str], ...]
    body: bytearray = field(default_factory=bytearray)
    task: asyncio.Task[None] | None = None


class Http2Connection:
    """Serves a handler to one client, as many requests at a time as it sends.

    :param limit: the largest request body in bytes; a stream with a larger one is reset
    :param timeout: seconds after which a connection is closed that has no request which is whole
    """

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        handler: Handler,
        limit: int,
        timeout: float,
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._handler = handler
        self._limit = limit
        self._timeout = timeout
        self._timer: asyncio.TimerHandle | None = None
        self._was_cut = False
        self._http = H2Connection(H2Configuration(client_side=False, header_encoding="utf-8"))
        self._streams: dict[int, _Stream] = {}
        # one waits for the socket at a time
        self._draining = asyncio.Lock()
        self._window = asyncio.Condition()

    async def serve(self, received: bytes) -> None:
        """Serve until the client leaves.

        :param received: what has been read from the client before
        """
        frames = FrameFilter()
        self._wait_for_request()
        self._http.initiate_connection()
        self._http.receive_data(received)
        await self._flush()
        try:
            while data := await self._reader.read(READ_SIZE):
                if self._was_cut:
                    continue
                for event in self._http.receive_data(frames.feed(data)):
                    await self._on(event)
                await self._flush()
        except ProtocolError:
            # h2 may have written why
            await self._flush()
        finally:
            self._stop_waiting()
            tasks = [stream.task for stream in self._streams.values() if stream.task]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _on(self, event: Event) -> None:
        if isinstance(event, RequestReceived):
            fields = tuple((str(name), str(value)) for name, value in event.headers)
            self._streams[event.stream_id] = _Stream(fields)
        elif isinstance(event, DataReceived):
            self._receive(event)
        elif isinstance(event, StreamEnded):
            if stream := self._streams.get(event.stream_id):
                self._stop_waiting()
                stream.task = asyncio.create_task(self._handle(event.stream_id, stream))
        elif isinstance(event, StreamReset):
            stream = self._streams.pop(event.stream_id, None)
            if stream and stream.task:
                stream.task.cancel()
        elif isinstance(event, (WindowUpdated, RemoteSettingsChanged)):
            async with self._window:
                self._window.notify_all()

    def _receive(self, event: DataReceived) -> None:
        self._http.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        stream = self._streams.get(event.stream_id)
        if stream is None:
            return
        stream.body += event.data
        if len(stream.body) > self._limit:
            self._http.reset_stream(event.stream_id, ErrorCodes.ENHANCE_YOUR_CALM)
            del self._streams[event.stream_id]

    async def _handle(self, stream_id: int, stream: _Stream) -> None:
        headers, body = dict(stream.fields), bytes(stream.body)
        request = Request(headers[":method"], headers[":path"], headers, body, stream.fields)
        try:
            await self._handler(request, Http2Answer(self, stream_id))
        except ConnectionError:
            pass
        except Exception:
            # as over HTTP/1.1: nobody waits for an answer that never comes
            self.cut()
            raise
        finally:
            self._streams.pop(stream_id, None)
            if not any(other.task for other in self._streams.values()):
                self._wait_for_request()

    def _wait_for_request(self) -> None:
        if self._was_cut:
            return
        self._stop_waiting()
        self._timer = asyncio.get_running_loop().call_later(self._timeout, self._give_up)

    def _stop_waiting(self) -> None:
        if self._timer:
            self._timer.cancel()

    def _give_up(self) -> None:
        """Close the connection, and say so before (RFC 9113, section 9.1)."""
        self._http.close_connection()
        self._writer.write(self._http.data_to_send())
        self.cut()

    async def send_headers(self, stream_id: int, headers: list[tuple[str, str]]) -> None:
        """Send the head of a response."""
        try:
            self._http.send_headers(stream_id, headers)
        except ProtocolError as error:
            raise ConnectionResetError(str(error)) from error
        await self._flush()

    async def send_data(self, stream_id: int, data: bytes, *, end: bool = False) -> None:
        """Send a part of a body, as much at a time as the client has room for."""
        try:
            while data:
                async with self._window:
                    await self._window.wait_for(lambda: self._http.local_flow_control_window(stream_id) > 0)
                size = min(
                    self._http.local_flow_control_window(stream_id), self._http.max_outbound_frame_size
                )
                self._http.send_data(stream_id, data[:size])
                data = data[size:]
                await self._flush()
            if end:
                self._http.end_stream(stream_id)
        except ProtocolError as error:
            raise ConnectionResetError(str(error)) from error
        await self._flush()

    def cut(self) -> None:
        """End the connection after what was written.

        Only this direction is closed, and what the client still sends is read and dropped: TCP answers data
        that nobody reads with a reset, which can overtake what was written (RFC 9112, section 9.6).
        """
        if self._was_cut or self._writer.is_closing():
            return
        self._was_cut = True
        self._writer.write_eof()
        self._stop_waiting()
        self._timer = asyncio.get_running_loop().call_later(LINGER, self._writer.close)

    async def _flush(self) -> None:
        if self._was_cut:
            raise ConnectionResetError("the connection was cut")
        if data := self._http.data_to_send():
            self._writer.write(data)
        async with self._draining:
            await self._writer.drain()


class Http2Answer:
    """An answer in HTTP/2."""

    def __init__(self, connection: Http2Connection, stream_id: int) -> None:
        self._connection = connection
        self._stream_id = stream_id

    async def start(self, status: int, headers: Headers) -> None:
        """Send status and headers."""
        fields = [(name.lower(), value) for name, value in pairs(headers)]
        await self._connection.send_headers(self._stream_id, [(":status", str(status)), *fields])

    async def write(self, data: bytes) -> None:
        """Send a part of the body."""
        await self._connection.send_data(self._stream_id, data)

    async def end(self) -> None:
        """Send what ends the body."""
        await self._connection.send_data(self._stream_id, b"", end=True)

    def cut(self) -> None:
        """Close the connection, and with it every other stream of it."""
        self._connection.cut()
