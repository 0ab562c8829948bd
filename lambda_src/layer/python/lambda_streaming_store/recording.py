"""Keep the stream of one invocation, where the environment of the function names a store.

STREAM_STORE_TABLE is the name of the table; STREAM_STORE_MAX_BYTES and STREAM_STORE_TTL are what of a stream
is kept and for how many seconds. STREAM_STORE_REPLAY is there if the function may read the table too.
"""

from __future__ import annotations

import functools
import json
import os
import threading
import time
from collections.abc import Mapping
from math import inf

from lambda_streaming._answer import method_and_domain

from . import rows
from .batches import with_id
from .owner import owner_of
from .recorder import LAST_WAIT, Recorder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from lambda_streaming._deadline import Deadline
    from lambda_streaming._head import Prelude
    from lambda_streaming._response_stream import Sink

    from .table import Table

TABLE = "STREAM_STORE_TABLE"
#: is there if the function may read its table, and so answers a client that has come back by itself
REPLAY = "STREAM_STORE_REPLAY"
HEADER = "x-stream-id"
_DEFAULTS = {"STREAM_STORE_MAX_BYTES": 1024 * 1024, "STREAM_STORE_TTL": 3600}
# "Server-sent events", WHATWG HTML 9.2.6: how long an EventSource waits before it comes back. Browsers take
# 3 s by themselves. Said where it then finds a replay, and does not begin the stream anew.
RETRY = b"retry: 1000\n"
_ID_BYTES, _TOKEN_BYTES = 16, 8
# The part of the time until Lambda kills the function that the last batch may take.
_PART_OF_REST = 0.25
# How long the client's first byte is left alone at most, in seconds.
_HEAD_START = 0.05
# Held while the recorder of a stream is made: a process of Lambda has one stream at a time.
_opening = threading.Lock()


class Recording:
    """A stream that is kept: its id, and the sink that keeps what goes through it.

    :param environ: the environment of the function
    :param event: the request
    :param deadline: of the handler, which a cancel brings forward
    """

    def __init__(self, environ: Mapping[str, str], event: object, deadline: Deadline) -> None:
        self.stream_id = os.urandom(_ID_BYTES).hex()
        self._retry = RETRY if REPLAY in environ else b""
        self._environ = environ
        self._event = event
        self._made: Recorder | None = None
        self._deadline = deadline

    @property
    def headers(self) -> dict[str, str]:
        """The headers that tell the client how to come back."""
        return {HEADER: self.stream_id}

    @property
    def max_bytes(self) -> int:
        """The number of bytes that are kept of it, at most."""
        return self._setting("STREAM_STORE_MAX_BYTES")

    def keep_before(self, further: Callable[[str, int], list[dict[str, Any]]]) -> None:
        """Have rows written before the head; the function gets the partition key and the expiry."""
        self._recorder().further = further

    def begin(self) -> None:
        """Write the head now, in this thread.

        :raises StoreError: when the table does not take it
        """
        self._recorder().write_head()

    def number(self, event: bytes, start: int) -> bytes:
        """Return a server-sent event with its id; ``start`` is the offset of its first byte.

        The first one tells browsers to come back soon. What the event says itself follows, and counts.
        """
        retry, self._retry = self._retry, b""
        return with_id(retry + event, start, self.stream_id)

    def keep(self, sink: Sink) -> KeptSink:
        """Return a sink that passes everything on to another, and keeps it."""
        return KeptSink(sink, self._recorder, self._deadline)

    def _recorder(self) -> Recorder:
        """Return what writes to the table; it is made once the client has its first byte, or is asked for."""
        if self._made is None:
            event, stream_id, name = self._event, self.stream_id, self._environ[TABLE]
            self._made = Recorder(
                lambda: (table_of(name), rows.partition_key(owner_of(event), stream_id)),
                os.urandom(_TOKEN_BYTES).hex(),
                max_bytes=self.max_bytes,
                ttl=self._setting("STREAM_STORE_TTL"),
                cancel=self._deadline.cancel,
                active=lambda expires: _active(event, stream_id, expires),
            )
        return self._made

    def _setting(self, name: str) -> int:
        return int(self._environ.get(name, _DEFAULTS[name]))


class KeptSink:
    """A sink whose bytes are kept once the client has them.

    A thread that starts right behind the first byte would compete with it for a processor, so what watches
    the response starts it a moment later.

    :param sink: where they go
    :param recorder: returns what keeps them; called after the first of them has gone, which it would delay
    :param deadline: of the handler
    """

    def __init__(self, sink: Sink, recorder: Callable[[], Recorder], deadline: Deadline) -> None:
        self._sink = sink
        self._recorder_of = recorder
        self._recorder: Recorder | None = None
        # what the client got first; to make the recorder would take the processor from those who pass it on
        self._first = b""
        self._begin_at = inf
        self._deadline = deadline
        self._prelude: Prelude | None = None
        self._watched = deadline.at < inf
        if self._watched:
            deadline.look = self._look

    def send_through(self, wrap: Callable[[Sink], Sink]) -> None:
        """Put another sink before the one that the response goes to."""
        self._sink = wrap(self._sink)

    def open(self, prelude: Prelude) -> None:
        """Send the head, and keep it."""
        self._sink.open(prelude)
        self._prelude = prelude

    def write(self, data: bytes) -> None:
        """Send a chunk, and keep it."""
        self._sink.write(data)
        if self._begin_at == inf and self._watched:
            self._first, self._begin_at = bytes(data), time.monotonic() + _HEAD_START
        elif recorder := self._recorder or self._opened():
            recorder.append(data)

    def close(self) -> None:
        """Write the last batch, and end the response."""
        self._end(rows.ENDED)
        self._sink.close()

    def fail(self, error: BaseException) -> None:
        """Write the last batch, which has the error event, and end the response."""
        self._end(rows.ENDED)
        self._sink.fail(error)

    def keep_now(self) -> None:
        """Keep what was sent without waiting for more."""
        if self._begin_at == inf and self._recorder is None:
            return
        # an interruption in the start of the thread would leave it half started
        in_handler = threading.get_ident() == self._deadline.thread
        self._deadline.sending += in_handler
        try:
            if recorder := self._opened():
                self._begin(recorder)
                recorder.keep_now()
        finally:
            self._deadline.sending -= in_handler

    def limit(self, seconds: float) -> None:
        """Limit how long each further step may take, in seconds."""
        self._sink.limit(seconds)

    def cut(self) -> bool:
        """Cut the connection under whoever is stuck in sending."""
        return self._sink.cut()

    def drop(self) -> None:
        """Close the connection; a response that has no end until now is one that was cut."""
        self._sink.drop()
        self._end(rows.CUT)

    def _opened(self) -> Recorder | None:
        """Return what keeps the response; None where it has no head."""
        with _opening:
            if self._prelude and self._recorder is None:
                recorder = self._recorder_of()
                if self._first:
                    recorder.append(self._first)
                    self._first = b""
                if not self._watched:
                    self._begin(recorder)
                self._recorder = recorder
        return self._recorder

    def _begin(self, recorder: Recorder) -> None:
        if prelude := self._prelude:
            headers = {**prelude.headers, **prelude.multi_value_headers}
            recorder.begin({"status": prelude.status, "headers": headers})

    def _look(self) -> float:
        """Begin to keep the response if its first byte has gone; return the seconds until the next look."""
        left = self._begin_at - time.monotonic()
        if left > 0:
            return min(left, _HEAD_START)
        if recorder := self._opened():
            self._begin(recorder)
        return inf

    def _end(self, status: str) -> None:
        if recorder := self._recorder or self._opened():
            self._begin(recorder)
            recorder.end(status, min(LAST_WAIT, max(0.0, self._deadline.until_kill) * _PART_OF_REST))


def recording(environ: Mapping[str, str], event: object, deadline: Deadline) -> Recording | None:
    """Return what keeps the stream of a request; None where it must not be kept, or there is no HTTP request.

    A request whose JSON body has ``"store": false`` keeps nothing.
    """
    if not isinstance(event, dict) or "requestContext" not in event or method_and_domain(event)[0] == "HEAD":
        return None
    if _declines(_body(event)):
        return None
    return Recording(environ, event, deadline)


def _active(event: object, stream_id: str, expires: int) -> dict[str, Any] | None:
    """Return the row that notes a stream in its chat: the transport of the AI SDK sends the id of the chat.

    It asks for the stream by that id, and knows no other.
    """
    body = _body(event) if isinstance(event, Mapping) else ""
    if '"trigger"' not in body:
        return None
    chat_id = _members(body).get("id")
    if not isinstance(chat_id, str) or not chat_id:
        return None
    return rows.put_active(rows.chat_key(owner_of(event), chat_id), stream_id, expires)


def _body(event: Mapping[str, object]) -> str:
    """Return the text of a request's body, which an API with binary media types has in Base64."""
    body = event.get("body")
    if not isinstance(body, str):
        return ""
    if not event.get("isBase64Encoded"):
        return body
    from base64 import b64decode  # few requests need it

    try:
        return b64decode(body).decode()
    except ValueError:
        return ""


def _declines(body: str) -> bool:
    if '"store"' not in body:
        return False
    return _members(body).get("store") is False


def _members(body: str) -> dict[str, object]:
    try:
        members = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return members if isinstance(members, dict) else {}


@functools.cache
def table_of(name: str) -> Table:
    """Return a table, whose connection is kept for the next invocation."""
    from .table import Table  # loads HTTP and TLS, which the first byte need not wait for

    return Table(os.environ, name)
