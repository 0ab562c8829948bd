"""Speak HTTP/2 for one request on a connection of its own: bytes in, moments and bytes out; no sockets.

h2 does the protocol. The windows are so large, and opened again so early, that a server never waits for this
client: a small window would hold an answer back as a slow intermediary does, and be taken for one.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.errors import ErrorCodes
from h2.events import DataReceived, Event, ResponseReceived, StreamEnded, StreamReset
from h2.exceptions import InvalidBodyLengthError, ProtocolError
from h2.settings import SettingCodes, Settings

from .http2_frames import GOAWAY, FrameCutter, Goaway, code_name, read_goaway
from .http_fields import IDENTITY, by_name, host_header
from .moments import HTTP_2, End, Ending, Head, Moment, Part, Request

#: Bytes that a server may send ahead. They take no memory here: what is read is passed on at once, and the
#: rest waits in the buffers of TCP.
WINDOW = 1 << 30
#: Bytes of the header fields of an answer, as for HTTP/1.1: RFC 9113, section 10.5.1.
MOST_HEADERS = 1 << 16
#: Frames in which nothing of the answer came; a flood is for a client to notice: RFC 9113, section 10.5.
MOST_IDLE_FRAMES = 1000
#: Fields of HTTP/1.1 that are about one connection: RFC 9113, section 8.2.2.
HOP_BY_HOP = frozenset({"connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"})


class Http2Exchange:
    """Sends one request and reads its answer.

    :param request: what is sent; a body that the windows of the server have no room for goes out later
    """

    def __init__(self, request: Request) -> None:
        self._http = H2Connection(H2Configuration(client_side=True, header_encoding=None))
        self._http.local_settings = Settings(
            client=True,
            initial_values={
                SettingCodes.ENABLE_PUSH: 0,
                SettingCodes.INITIAL_WINDOW_SIZE: WINDOW,
                SettingCodes.MAX_HEADER_LIST_SIZE: MOST_HEADERS,
            },
        )
        self._frames = FrameCutter()
        self._goaway: Goaway | None = None
        self._idle_frames = 0
        self._body = memoryview(request.body)
        #: Whether something of the exchange went on since this was set to False.
        self.progressed = True
        self._http.initiate_connection()
        self._http.increment_flow_control_window(WINDOW)
        self._stream = self._http.get_next_available_stream_id()
        self._http.send_headers(self._stream, _fields(request), end_stream=not request.body)

    def to_send(self) -> bytes:
        """Return the next bytes for the server: as much of the body as it has room for, and h2's own.

        :raises ProtocolError: when the server has reset what this belongs to
        """
        while self._body and (room := self._room()):
            self._http.send_data(self._stream, bytes(self._body[:room]), end_stream=room >= len(self._body))
            self._body, self.progressed = self._body[room:], True
        return self._http.data_to_send()

    def receive(self, data: bytes, ns: int) -> list[Moment]:
        """Take what came at a time, and return what it means, up to the ``End`` once it is over."""
        moments: list[Moment] = []
        try:
            for frame in self._frames.feed(data):
                self._idle_frames += 1
                if frame.kind == GOAWAY:
                    self._take_goaway(read_goaway(frame))
                    continue
                for event in self._http.receive_data(frame.wire):
                    self._take(event, ns, moments)
                    if moments and isinstance(moments[-1], End):
                        return moments
                if self._idle_frames > MOST_IDLE_FRAMES:
                    raise ProtocolError(f"{MOST_IDLE_FRAMES} frames came without a byte of the answer")
        except InvalidBodyLengthError as failure:
            size = f"{failure.actual_length} bytes came where content-length says {failure.expected_length}"
            moments.append(End(ns, Ending.CUT, f"the body has another length than announced: {size}"))
        except _Over as over:
            moments.append(End(ns, Ending.CUT, str(over)))
        except (ProtocolError, ValueError, KeyError) as failure:
            said = " ".join(str(failure).split()) or type(failure).__name__
            moments.append(End(ns, Ending.CUT, f"what came is no HTTP/2 response: {said}"))
        return moments

    def closed(self, ns: int, why: str = "") -> End:
        """Return the end of an exchange whose connection went away before its answer was whole.

        :param why: the reason that the system gave. Default: - none
        """
        after = f" after {self._goaway}" if self._goaway else ""
        said = f"the connection was closed within the HTTP/2 stream{after}: {why}".removesuffix(": ")
        return End(ns, Ending.CUT, said)

    @property
    def waits_for_room(self) -> bool:
        """Tell whether the server left no room for the rest of the request's body."""
        return bool(self._body)

    def _room(self) -> int:
        return min(self._http.local_flow_control_window(self._stream), self._http.max_outbound_frame_size)

    def _take(self, event: Event, ns: int, moments: list[Moment]) -> None:
        if isinstance(event, ResponseReceived):
            fields = [(_text(name), _text(value)) for name, value in event.headers]
            headers = by_name(field for field in fields if not field[0].startswith(":"))
            moments.append(Head(ns, int(dict(fields)[":status"]), headers, HTTP_2))
            self._went_on()
        elif isinstance(event, DataReceived):
            self._http.acknowledge_received_data(event.flow_controlled_length, self._stream)
            if event.data:
                self._went_on()
                _add(moments, Part(ns, event.data))
        elif isinstance(event, StreamEnded):
            moments.append(End(ns, Ending.CLOSED))
        elif isinstance(event, StreamReset):
            raise _Over(f"RST_STREAM with {code_name(event.error_code)}")

    def _take_goaway(self, goaway: Goaway) -> None:
        self._goaway = goaway
        if goaway.code != ErrorCodes.NO_ERROR or goaway.last < self._stream:
            raise _Over(str(goaway))

    def _went_on(self) -> None:
        self.progressed, self._idle_frames = True, 0


class _Over(Exception):
    """Raised where the server ended the stream before its end."""


def _add(moments: list[Moment], part: Part) -> None:
    """Add a part to the one before it: the frames of one read came at one time."""
    if moments and isinstance(before := moments[-1], Part):
        moments[-1] = Part(part.ns, before.data + part.data)
    else:
        moments.append(part)


def _fields(request: Request) -> list[tuple[str, str]]:
    parts = urlsplit(request.url)
    given = {name.lower(): value for name, value in {**IDENTITY, **request.headers}.items()}
    authority = given.pop("host", "") or host_header(request.url)
    pseudo = {":method": request.method, ":authority": authority, ":scheme": parts.scheme}
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    fields = {name: value for name, value in given.items() if name not in HOP_BY_HOP}
    length = {"content-length": str(len(request.body))} if request.body else {}
    return list({**pseudo, ":path": path, **length, **fields}.items())


def _text(field: bytes | str) -> str:
    return field.decode("utf-8", "surrogateescape") if isinstance(field, bytes) else field
